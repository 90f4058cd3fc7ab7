"""How soon a password is guessed, as zxcvbn estimates it: 30,000 leaked passwords, names, keyboards, dates, repetitions
and the usual substitutions of letters.
"""

from collections.abc import Sequence
from typing import Final

from zxcvbn import zxcvbn

MOST_CHARACTERS: Final = 64
"""So many are looked at: the time grows faster than the length, and what is longer was hardly guessed by its end."""


class ZxcvbnPasswordGuesser:
    """Asks the library."""

    def guesses(self, password: str, words: Sequence[str]) -> float:
        """How many guesses it takes."""
        return float(zxcvbn(password[:MOST_CHARACTERS], user_inputs=list(words))["guesses"])
