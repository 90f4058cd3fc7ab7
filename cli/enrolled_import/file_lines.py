"""The lines of the file, one at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chassis.imports.enrolled_file import ENCODING, Line, Unreadable, lines_in
from chassis.imports.enrolled_survey import Survey, survey
from cli.terminal.known_failures import KnownFailure


class FileUnusable(KnownFailure):
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


def survey_of(path: Path) -> Survey:
    """The whole file, looked through. Raises FileUnusable."""
    with lines_of(path) as lines:
        return survey(lines)
