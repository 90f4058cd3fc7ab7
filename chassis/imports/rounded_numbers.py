"""Long numbers that a spreadsheet took for numbers: it keeps fifteen digits and makes the others zero (F-21)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

LENGTH: Final = 18
ROUNDED_END: Final = "000"
MOST_BY_CHANCE: Final = 2
"""One resident number in some thousand ends so: two of a file are no reason to doubt it."""
MOST_SHARE_BY_CHANCE: Final = 0.05

_SCIENTIFIC: Final = re.compile(r"[0-9](\.[0-9]+)?[Ee]\+?[0-9]{1,2}")


@dataclass(slots=True)
class LongNumbers:
    """Counts 18-digit numbers, and those that end as a rounded one does."""

    all: int = 0
    rounded: int = 0

    def take(self, number: str) -> None:
        """Counts one in whatever it is."""
        self.all += len(number) == LENGTH
        self.rounded += looks_rounded(number)

    @property
    def are_suspect(self) -> bool:
        """True where more of them end in zeros than chance makes so."""
        return self.rounded > max(MOST_BY_CHANCE, MOST_SHARE_BY_CHANCE * self.all)


def looks_rounded(number: str) -> bool:
    """True for a number of 18 digits that ends as a rounded one does; a rare right one does too."""
    return len(number) == LENGTH and number.endswith(ROUNDED_END)


def are_rounded(numbers: Iterable[str]) -> bool:
    """Whether these numbers, taken together, look as if a spreadsheet had rounded them."""
    counted = LongNumbers()
    for number in numbers:
        counted.take(number)
    return counted.are_suspect


def is_scientific(cell: str) -> bool:
    """True for a long number as a spreadsheet shows it, such as 3.10101E+17: its last digits are lost."""
    return _SCIENTIFIC.fullmatch(cell) is not None
