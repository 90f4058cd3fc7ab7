"""How wide a line is, and how a paragraph is wrapped: Chinese characters are two columns wide and have no spaces."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

COLUMNS: Final = 120
"""No line of code or document is wider."""

_PIECE = re.compile(r"\s*(?:`[^`]*`|[^\s，。；：、！？])+[，。；：、！？]*")
"""What is not broken: a word, quoted code, Chinese up to its next punctuation mark."""


def width(text: str) -> int:
    """The columns that a line takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def wrapped(text: str, first: str = "", rest: str = "") -> Iterator[str]:
    """A paragraph as lines of at most COLUMNS, the first begun with `first` and the others with `rest`."""
    line = first
    for piece in _PIECE.findall(text):
        if line not in (first, rest) and width(line) + width(piece) > COLUMNS:
            yield line
            line = rest
        line += piece if line not in (first, rest) else piece.lstrip()
    yield line
