"""The file: its lines, one at a time, and how far an earlier run came."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from chassis.imports.enrolled_file import ENCODING, Line, Unreadable, lines_in


class FileUnusable(Exception):
    """The file cannot be imported at all; the text says why."""


@contextmanager
def lines_of(path: Path) -> Iterator[Iterator[Line]]:
    """The file's lines, read as they are asked for. Raises FileUnusable."""
    try:
        with path.open(encoding=ENCODING, newline="") as file:
            yield lines_in(file)
    except Unreadable as unreadable:
        raise FileUnusable(f"{path} {unreadable.en}") from unreadable
    except OSError as error:
        raise FileUnusable(f"{path} cannot be read: {error.strerror}") from error


def count(path: Path) -> int:
    """How many candidates the file names. Raises FileUnusable."""
    with lines_of(path) as lines:
        return sum(1 for _ in lines)


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
