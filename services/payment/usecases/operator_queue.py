"""The operator's queue."""

from collections.abc import Sequence
from datetime import datetime

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.errors import StaleEtag
from chassis.security.tokens import Principal
from services.payment.dependencies import Dependencies
from services.payment.domain.operator_queue import (
    ExceptionFilter,
    QueueEntry,
    SettlementFigures,
    changes_by_resolving,
)


async def list_exceptions(
    deps: Dependencies, wanted: ExceptionFilter, after: tuple[datetime, str] | None, size: int
) -> Sequence[QueueEntry]:
    """What waits, or what matches, oldest first."""
    return await deps.operator_queue.list_entries(wanted, after, size)


async def count_unsettled(deps: Dependencies) -> SettlementFigures:
    """Orders that wait for payment, and exceptions by kind and age (OP-4)."""
    return await deps.operator_queue.count_unsettled()


async def resolve_exception(deps: Dependencies, exception_id: str, etag: str, note: str, who: Principal) -> QueueEntry:
    """Marks an entry as dealt with. Raises NotFound, StaleEtag."""
    entry = await deps.operator_queue.get_entry(exception_id)
    if not changes_by_resolving(entry, etag, note):
        return entry
    noted = AuditNote(AuditAction.EXCEPTION_RESOLVED, "exception", exception_id, reason=note, facts=_about(entry))
    if not await deps.operator_queue.resolve_entry(entry, by=who.subject_id, noted=noted, now=deps.clock.now()):
        raise StaleEtag()
    return await deps.operator_queue.get_entry(exception_id)


def _about(entry: QueueEntry) -> dict[str, str]:
    return {"kind": entry.kind.value, "order_id": entry.order_id}
