"""Exporting and erasing what payment holds about a candidate (ID-20): money stays."""

from collections.abc import AsyncIterator

from chassis.personal_data.export import File
from services.payment.dependencies import Dependencies


async def erase_candidate_data(deps: Dependencies, candidate_id: str) -> None:
    """Forgets kept answers and what operators typed about a candidate. There is no order, or the account would not be
    erased; where there is one, it stays with all that belongs to it.
    """
    await deps.personal_data.erase_candidate(candidate_id)


async def export_own_data(deps: Dependencies, candidate_id: str) -> AsyncIterator[File]:
    """Everything that is held about a candidate."""
    async for file in deps.personal_data.export_rows(candidate_id):
        yield file
