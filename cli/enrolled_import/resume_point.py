"""How far an import of the file has come, kept so that a run that was ended goes on there."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from chassis.imports.enrolled_file import Line


class Progress:
    """How many of the file's candidates are done, kept beside it, so that a run that was ended goes on there. It holds
    no personal data, and of a file that was changed it is forgotten.
    """

    def __init__(self, path: Path) -> None:
        self.done = 0
        self._kept = path.with_name(f"{path.name}.progress")
        with path.open("rb") as file:
            self._digest = hashlib.file_digest(file, "sha256").hexdigest()
        if self._kept.exists():
            kept = json.loads(self._kept.read_text())
            self.done = int(kept["done"]) if kept["digest"] == self._digest else 0

    def rest(self, lines: Iterator[Line]) -> Iterator[Line]:
        """The lines that are not done."""
        return islice(lines, self.done, None)

    def advance(self, count: int) -> None:
        """So many more are done."""
        self.done += count
        self._write({"digest": self._digest, "done": self.done})

    def finish(self) -> None:
        """All are: nothing needs to be kept."""
        self._kept.unlink(missing_ok=True)

    def _write(self, kept: Mapping[str, object]) -> None:
        fresh = self._kept.with_suffix(".new")
        fresh.write_text(json.dumps(kept))
        fresh.replace(self._kept)
