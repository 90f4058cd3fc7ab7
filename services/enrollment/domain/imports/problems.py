"""What is wrong with a file, said so that whoever keeps the file can mend it (EN-1)."""

from dataclasses import dataclass

MOST_FOUND = 100


@dataclass(frozen=True, slots=True)
class Expected:
    """What a cell or a row should have been, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: where, what was found, what was expected.

    `line` counts from 1 with the header; 0 is the file as a whole.
    """

    file: str
    line: int
    column: str
    found: str
    expected: Expected


def problem(file: str, line: int, column: str, found: str, expected: Expected) -> Problem:
    """A problem whose `found` is cut to what a report can show."""
    return Problem(file, line, column, found[:MOST_FOUND], expected)
