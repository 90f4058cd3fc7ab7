"""One function per intent: read a snapshot, decide in the domain, apply with one guarded statement."""

from typing import Final

TRIES: Final = 5
"""How often an intent decides again when others changed what it had read."""
