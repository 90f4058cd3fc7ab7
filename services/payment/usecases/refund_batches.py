"""The refunds of a cancelled session (PA-12): queued, watched, paused, resumed."""

from collections.abc import Sequence
from typing import Final

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.errors import StaleEtag
from services.payment.dependencies import Dependencies
from services.payment.domain.refunds import BatchState, Refund, RefundBatch, RefundState

QUEUED_AT_ONCE: Final = 1_000
"""Orders whose refunds are recorded in one statement: well within a statement's time."""


async def create_batch(deps: Dependencies, session_id: str, note: str) -> RefundBatch:
    """The one batch of a session, made at the first request and answered as it stands afterwards."""
    noted = AuditNote(AuditAction.REFUND_BATCH_CREATED, "session", session_id, reason=note)
    return await deps.refund_batches.create_batch(session_id, noted, now=deps.clock.now())


async def get_batch(deps: Dependencies, refund_batch_id: str) -> RefundBatch:
    """The batch and its progress. Raises NotFound."""
    return await deps.refund_batches.get_batch(refund_batch_id)


async def pause_batch(deps: Dependencies, refund_batch_id: str, etag: str) -> RefundBatch:
    """Stops a batch after the refunds that are under way. Raises NotFound, StaleEtag."""
    batch = await _unchanged(deps, refund_batch_id, etag)
    noted = AuditNote(AuditAction.REFUND_BATCH_PAUSED, "refund batch", refund_batch_id)
    if batch.state is BatchState.RUNNING and not await deps.refund_batches.pause_batch(
        batch, noted, now=deps.clock.now()
    ):
        raise StaleEtag()
    return await deps.refund_batches.get_batch(refund_batch_id)


async def resume_batch(deps: Dependencies, refund_batch_id: str, etag: str) -> RefundBatch:
    """Goes on with a batch that was paused, or with the refunds that were refused. Raises NotFound, StaleEtag."""
    batch = await _unchanged(deps, refund_batch_id, etag)
    noted = AuditNote(AuditAction.REFUND_BATCH_RESUMED, "refund batch", refund_batch_id)
    if batch.state is not BatchState.RUNNING and not await deps.refund_batches.resume_batch(
        batch, noted, now=deps.clock.now()
    ):
        raise StaleEtag()
    return await deps.refund_batches.get_batch(refund_batch_id)


async def list_batch_refunds(
    deps: Dependencies, refund_batch_id: str, state: RefundState | None, after: tuple[int, str] | None, size: int
) -> Sequence[Refund]:
    """Refunds of a batch, those that failed first. Raises NotFound."""
    await deps.refund_batches.get_batch(refund_batch_id)
    return await deps.refund_batches.list_batch_refunds(refund_batch_id, state, after, size)


async def queue_refunds(deps: Dependencies) -> int:
    """Records refunds of a cancelled session, some thousand at once, and says how many."""
    batch = await deps.refund_batches.find_unqueued_batch()
    if batch is None:
        return 0
    now = deps.clock.now()
    due = deps.config.refunds.due_date(now)
    return await deps.refund_batches.queue_refunds(batch, due, now=now, size=QUEUED_AT_ONCE)


async def complete_batches(deps: Dependencies) -> None:
    """Lets the refunds of paused batches rest, and completes batches whose refunds are all settled."""
    while await deps.refund_batches.rest_paused_refunds(QUEUED_AT_ONCE):
        pass
    await deps.refund_batches.complete_batches(now=deps.clock.now())


async def _unchanged(deps: Dependencies, refund_batch_id: str, etag: str) -> RefundBatch:
    batch = await deps.refund_batches.get_batch(refund_batch_id)
    if etag and etag != batch.etag:
        raise StaleEtag()
    return batch
