"""The port to what tells how soon a password is guessed."""

from collections.abc import Sequence
from typing import Protocol


class PasswordGuesser(Protocol):
    """Guesses passwords as those do who know what people choose (ID-22)."""

    def guesses(self, password: str, words: Sequence[str]) -> float:
        """How many guesses it takes, when `words` are tried first, alone and as parts."""
        ...
