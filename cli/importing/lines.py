"""The file: its lines, one at a time, and how far an earlier run came."""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TextIO

REQUIRED = ("document_type", "document_number", "display_name", "school_code")
OPTIONAL = ("phone", "major_code", "ticket_number", "passed_course_codes")
ENCODING = "utf-8-sig"


class FileUnusable(Exception):
    """The file cannot be imported at all; the text says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One enrolled candidate as the file has it; `number` is that of the line in the file."""

    number: int
    cells: Mapping[str, str] = field(repr=False)

    @property
    def registers(self) -> bool:
        """Whether it brings a registration with its ticket number."""
        return bool(self.cells["major_code"] or self.cells["ticket_number"])


@contextmanager
def lines_of(path: Path) -> Iterator[Iterator[Line]]:
    """The file's lines, read as they are asked for. Raises FileUnusable."""
    try:
        with path.open(encoding=ENCODING, newline="") as file:
            yield _lines(path, file)
    except OSError as error:
        raise FileUnusable(f"{path} cannot be read: {error.strerror}") from error


def _lines(path: Path, file: TextIO) -> Iterator[Line]:
    rows = csv.DictReader(file, strict=True)
    try:
        _require_columns(path, rows.fieldnames or ())
        for row in rows:
            cells = {name: (row.get(name) or "").strip() for name in (*REQUIRED, *OPTIONAL)}
            if any(cells.values()):
                yield Line(rows.line_num, cells)
    except UnicodeDecodeError as error:
        raise FileUnusable(f"{path} is not UTF-8; in Excel, save it as “CSV UTF-8”") from error
    except csv.Error as error:
        raise FileUnusable(f"{path}, line {rows.line_num}: {error}") from error


def _require_columns(path: Path, names: object) -> None:
    present = set(names) if isinstance(names, (list, tuple)) else set()
    if missing := [name for name in REQUIRED if name not in present]:
        raise FileUnusable(f"{path} has no column {', '.join(missing)}; it needs {', '.join(REQUIRED)}")
    if strange := sorted(str(name) for name in present - {*REQUIRED, *OPTIONAL}):
        raise FileUnusable(f"{path} has columns nobody knows: {', '.join(strange)}; it may have {', '.join(OPTIONAL)}")


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
