"""What is fuzzed: every module in `targets`, each with `SEEDS`, the packages it has instrumented, and `run`."""

from pathlib import Path
from typing import Final

TARGETS: Final = tuple(sorted(file.stem for file in (Path(__file__).parent / "targets").glob("*.py")))
