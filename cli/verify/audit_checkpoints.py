"""The audit logs' heads, kept in a file outside the database (RE-7): a line for each log and verification, never
changed.

Whoever rewrites a log would have to rewrite this file too, so it belongs where the database's owner cannot write.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cli.terminal.known_failures import KnownFailure
from cli.verify.audit_chain import ChainHead


class CheckpointsUnreadable(KnownFailure):
    """The file holds something that no verification wrote."""


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """A file of lines `TIME SERVICE:NUMBER:HASH`, the oldest first."""

    file: Path

    def earlier(self) -> list[ChainHead]:
        """Every head that was kept so far; none where there is no file yet. Raises CheckpointsUnreadable, OSError."""
        if not self.file.exists():
            return []
        return [self._head(number, line) for number, line in enumerate(self.file.read_text().splitlines(), 1)]

    def keep(self, head: ChainHead, at: datetime) -> None:
        """Adds a head. It is on the disk when this returns. Raises OSError."""
        with self.file.open("a") as kept:
            kept.write(f"{at.isoformat(timespec='seconds')} {head}\n")
            kept.flush()
            os.fsync(kept.fileno())

    def _head(self, number: int, line: str) -> ChainHead:
        try:
            time, _, head = line.partition(" ")
            datetime.fromisoformat(time)
            return ChainHead.parse(head)
        except ValueError:
            raise CheckpointsUnreadable(f"Line {number} of {self.file} is no head that a verification kept.") from None
