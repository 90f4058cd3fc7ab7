"""The export of an organisation's decisions (RE-9)."""

from collections.abc import Sequence

from chassis.audit_log.notes import AuditAction, AuditNote
from services.review.dependencies import Dependencies
from services.review.domain.decision_export import MOST_ROWS, ExportedDecision, ExportPeriod, export_too_large
from services.review.domain.viewers import Viewer


async def export_decisions(deps: Dependencies, period: ExportPeriod, viewer: Viewer) -> Sequence[ExportedDecision]:
    """What was decided in a period; noted before it is handed out (RE-7). Raises ExportTooLarge."""
    since, until = period.bounds(deps.clock.now())
    found = await deps.queue.list_exported(viewer.organisation, since=since, until=until, most=MOST_ROWS + 1)
    if len(found) > MOST_ROWS:
        raise export_too_large()
    facts = {"organisation": viewer.organisation, "since": since.isoformat(), "until": until.isoformat()}
    note = AuditNote(AuditAction.EXPORTED, "decisions", "", facts={**facts, "rows": str(len(found))})
    await deps.audit_log.add_entry(note)
    return found
