"""The operator's queue."""

from collections.abc import Sequence

from chassis.errors import StaleEtag
from chassis.security.tokens import Principal
from services.payment.domain.exceptions import ExceptionKind, ExceptionState, QueueEntry, may_resolve
from services.payment.usecases.till import Till, position


async def list_exceptions(
    till: Till,
    state: ExceptionState | None,
    kind: ExceptionKind | None,
    order_id: str | None,
    after: Sequence[str] | None,
    limit: int,
) -> list[QueueEntry]:
    """What waits, or what matches, oldest first."""
    return await till.queue.page(state or ExceptionState.OPEN, kind, order_id, position(after), limit)


async def resolve_exception(till: Till, exception_id: str, etag: str, note: str, who: Principal) -> QueueEntry:
    """Marks an entry as dealt with. Raises NotFound, StaleEtag."""
    entry = await till.queue.get(exception_id)
    if not may_resolve(entry, etag, note):
        return entry
    if not await till.queue.resolve(entry, by=who.subject_id, note=note, now=till.clock.now()):
        raise StaleEtag()
    return await till.queue.get(exception_id)
