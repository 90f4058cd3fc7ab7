"""Cells of files that people open with a spreadsheet: none is taken for a formula (CWE-1236)."""

from collections.abc import Iterable
from typing import Final

FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a cell begins with that spreadsheets calculate; the wide signs too, which some read as the narrow ones."""


def inert(text: str) -> str:
    """The text as a cell that a spreadsheet shows and does not calculate: with an apostrophe before what would be a
    formula.
    """
    return f"'{text}" if text.startswith(FORMULAS) else text


def inert_row(cells: Iterable[str]) -> tuple[str, ...]:
    """A row of such cells."""
    return tuple(inert(cell) for cell in cells)
