"""Rosters and counts for operators (OP-1)."""

from collections.abc import AsyncIterator, Sequence

from chassis.audit_log.notes import AuditAction, AuditNote
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.catalogue_lookups import session_of
from services.enrollment.domain.rosters import RosterBatch, RosterQuery, SelectionCount


async def export_roster(deps: Dependencies, query: RosterQuery) -> AsyncIterator[RosterBatch]:
    """OP-1: the effective selections asked for, in batches; noted before the first (RE-11). Raises NotFound."""
    catalogue = await deps.catalogue_cache.current()
    session_of(catalogue, query.session_id)
    await deps.audit_log.add_entry(AuditNote(AuditAction.ROSTER_EXPORTED, "session", query.session_id))
    async for total, rows in deps.rosters.list_in_batches(query):
        yield RosterBatch(total, rows, catalogue)


async def count_selections(deps: Dependencies, session_id: str) -> Sequence[SelectionCount]:
    """A session's live and effective selections per half-day and district. Raises NotFound."""
    session_of(await deps.catalogue_cache.current(), session_id)
    return await deps.rosters.count_selections(session_id)
