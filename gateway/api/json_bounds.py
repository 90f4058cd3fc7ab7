"""How many values the JSON of a body may hold, found without reading it: what is too wide costs nothing more."""

import re
from typing import Final

from gateway.errors import TooManyValues

_SEPARATORS: Final = (b",", b"[", b"{")
"""JSON has at most as many values as these together, outside its strings."""

_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_QUOTES_OF_A_VALUE: Final = 4
"""At most: a name and a string, each in two."""


def require_few_values(text: bytes, most: int) -> None:
    """Raises TooManyValues where `text` holds more than `most` values, those of lists and objects in lists and objects
    included.
    """
    if _separators(text) <= most:
        return
    quotes = text.count(b'"') - text.count(b'\\"')
    if quotes > _QUOTES_OF_A_VALUE * (most + 1) or _separators(_STRING.sub(b"", text)) > most:
        raise TooManyValues(limit_values=str(most))


def _separators(text: bytes) -> int:
    return sum(text.count(one) for one in _SEPARATORS)
