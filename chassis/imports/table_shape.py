"""The shape of a table in a file, alike for every import (F-20): its header, and rows that fit it or not."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

UNNAMED: Final = ""
"""A column that has values and no name."""


def header_names(header: Sequence[str]) -> list[str]:
    """The columns by name, without the blanks around a name and without nameless columns at the end, which spreadsheets
    add.
    """
    return without_blank_end([cell.strip() for cell in header])


def repeated_names(names: Sequence[str]) -> list[str]:
    """The names that stand twice in a header; a nameless column in the middle counts as one of them."""
    return [name for name, count in Counter(names).items() if count > 1 or name == UNNAMED]


def is_blank(record: Sequence[str]) -> bool:
    """True for a row of which nothing is left but its separators."""
    return not any(cell.strip() for cell in record)


def fitted(record: Sequence[str], width: int) -> list[str] | None:
    """The row's values, one for each of `width` columns; None where it has more or fewer, which is never guessed at."""
    kept = list(record)
    if len(kept) > width and is_blank(kept[width:]):
        kept = kept[:width]
    return kept if len(kept) == width else None


def without_blank_end(cells: list[str]) -> list[str]:
    """The cells up to the last that says something."""
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]
