"""What the other services hold about a candidate (ID-20)."""

from typing import Protocol


class CandidateData(Protocol):
    """The other services. Whatever they refuse is raised as they refused it."""

    async def erase_candidate(self, service: str, candidate_id: str) -> None:
        """Has one of `OTHERS` erase what it holds; asking again is harmless."""
        ...
