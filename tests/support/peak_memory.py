"""How much memory a process may ever have in use, in MiB; said in docs/operations.md and asserted with large images."""

from typing import Final

STATED_PEAK_MIB: Final = {"identity": 800, "review": 700}
