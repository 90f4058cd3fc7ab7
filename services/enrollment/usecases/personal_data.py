"""Rights over one's data, as far as enrollment holds it (ID-20)."""

from collections.abc import AsyncIterator

from chassis.personal_data.export import File
from services.enrollment.dependencies import Dependencies


async def erase_candidate_data(deps: Dependencies, candidate_id: str) -> None:
    """Erases what is held about a candidate; the account can do nothing here any more. Raises TicketNumberHeld,
    OrderHeld.
    """
    await deps.personal_data.erase_candidate(candidate_id)


async def export_own_data(deps: Dependencies, candidate_id: str) -> AsyncIterator[File]:
    """Everything that is held about a candidate."""
    async for file in deps.personal_data.export_rows(candidate_id):
        yield file
