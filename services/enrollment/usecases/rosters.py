"""Rosters and counts for operators (OP-1)."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from services.enrollment.domain.catalogue import Catalogue
from services.enrollment.ports import Ports
from services.enrollment.ports.practice import Count, RosterQuery, RosterRow
from services.enrollment.usecases.gating import session_of


@dataclass(frozen=True, slots=True)
class RosterBatch:
    """Some rows of a roster, and how many there are in all."""

    total: int
    rows: Sequence[RosterRow]
    catalogue: Catalogue


async def roster(query: RosterQuery, ports: Ports) -> AsyncIterator[RosterBatch]:
    """OP-1: the effective selections asked for, in batches. Raises NotFound."""
    catalogue = await ports.catalogues.current()
    session_of(catalogue, query.session_id)
    async for total, rows in ports.rosters.rows(query):
        yield RosterBatch(total, rows, catalogue)


async def counts(session_id: str, ports: Ports) -> Sequence[Count]:
    """A session's live and effective selections per half-day and district. Raises NotFound."""
    session_of(await ports.catalogues.current(), session_id)
    return await ports.rosters.counts(session_id)
