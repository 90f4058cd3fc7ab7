"""The port to the catalogue's host schools."""

from typing import Protocol


class Schools(Protocol):
    """Which host schools (主考学校) there are."""

    async def is_known(self, school_code: str) -> bool:
        """Whether the catalogue has the school. Raises the refusal of a catalogue that is away."""
        ...
