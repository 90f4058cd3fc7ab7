"""The refunds of a cancelled session (PA-12): queued, watched, paused, resumed."""

from collections.abc import Sequence

from chassis.errors import StaleEtag
from chassis.ids import new_id
from services.payment.domain.refund import BatchState, Refund, RefundBatch, RefundState
from services.payment.usecases.till import Till


async def create_batch(till: Till, session_id: str, note: str) -> RefundBatch:
    """The one batch of a session, made at the first request and answered as it stands afterwards."""
    return await till.batches.create(
        RefundBatch(
            refund_batch_id=new_id(),
            session_id=session_id,
            note=note,
            state=BatchState.RUNNING,
            queued=False,
            total_count=0,
            total_fen=0,
            create_time=till.clock.now(),
            version=1,
        )
    )


async def get_batch(till: Till, refund_batch_id: str) -> RefundBatch:
    """The batch and its progress. Raises NotFound."""
    return await till.batches.get(refund_batch_id)


async def pause_batch(till: Till, refund_batch_id: str, etag: str) -> RefundBatch:
    """Stops a batch after the refunds that are under way. Raises NotFound, StaleEtag."""
    batch = await _unchanged(till, refund_batch_id, etag)
    if batch.state is BatchState.RUNNING and not await till.batches.pause(batch):
        raise StaleEtag()
    return await till.batches.get(refund_batch_id)


async def resume_batch(till: Till, refund_batch_id: str, etag: str) -> RefundBatch:
    """Goes on with a batch that was paused, or with the refunds that were refused. Raises NotFound, StaleEtag."""
    batch = await _unchanged(till, refund_batch_id, etag)
    if batch.state is not BatchState.RUNNING and not await till.batches.resume(batch, now=till.clock.now()):
        raise StaleEtag()
    return await till.batches.get(refund_batch_id)


async def list_refunds(
    till: Till, refund_batch_id: str, state: RefundState | None, after: Sequence[str] | None, limit: int
) -> list[Refund]:
    """Refunds of a batch, those that failed first. Raises NotFound."""
    await till.batches.get(refund_batch_id)
    position = (int(after[0]), after[1]) if after else None
    return await till.batches.page(refund_batch_id, state, position, limit)


async def _unchanged(till: Till, refund_batch_id: str, etag: str) -> RefundBatch:
    batch = await till.batches.get(refund_batch_id)
    if etag and etag != batch.etag:
        raise StaleEtag()
    return batch
