"""The refunds of cancelled sessions: queued by the thousand in one statement, paused, resumed, counted (PA-12)."""

from datetime import date, datetime
from typing import Any, Final

import asyncpg

from chassis.errors import NotFound
from chassis.postgres.database import Database
from services.payment.domain.refund import ROUTE_CLOSED, BatchState, Refund, RefundBatch, RefundState
from services.payment.ports.refunds import BATCH_ORDER
from services.payment.repository.refunds import OPEN_STATES, READ, refund_from

# What there is to give back is counted once more when every refund is recorded: some orders are paid meanwhile.
_CREATE: Final = """
INSERT INTO refund_batches (refund_batch_id, session_id, note, create_time, total_count, total_fen)
SELECT $1, $2, $3, $4, count(*), coalesce(sum(total_fen - refunding_fen), 0) FROM orders
WHERE session_id = $2 AND state = 'PAID'
ON CONFLICT (session_id) DO NOTHING
"""
_READ: Final = """
SELECT b.refund_batch_id::text AS refund_batch_id, b.session_id, b.note, b.state, b.queued, b.create_time,
  b.complete_time, b.version,
  CASE WHEN b.queued THEN f.total_count ELSE greatest(b.total_count, f.total_count) END AS total_count,
  CASE WHEN b.queued THEN f.total_fen ELSE greatest(b.total_fen, f.total_fen) END AS total_fen,
  f.succeeded_count, f.failed_count, f.succeeded_fen
FROM refund_batches b, LATERAL (
  SELECT count(*) AS total_count, coalesce(sum(amount_fen), 0)::bigint AS total_fen,
    count(*) FILTER (WHERE state = 'SUCCEEDED') AS succeeded_count,
    count(*) FILTER (WHERE state = 'FAILED') AS failed_count,
    coalesce(sum(amount_fen) FILTER (WHERE state = 'SUCCEEDED'), 0)::bigint AS succeeded_fen
  FROM refunds WHERE refund_batch_id = b.refund_batch_id) f
"""
_GET: Final = f"{_READ} WHERE b.refund_batch_id = $1"
_OF_SESSION: Final = f"{_READ} WHERE b.session_id = $1"
_UNQUEUED: Final = """
SELECT refund_batch_id::text FROM refund_batches WHERE state = 'RUNNING' AND NOT queued ORDER BY create_time LIMIT 1
"""
# One statement for thousands of orders. Whatever stops it, it has happened for all of them or for none; and since an
# order leaves PAID with it, the next one goes on where this one ended.
_QUEUE: Final = """
WITH batch AS (
  SELECT refund_batch_id, session_id FROM refund_batches
  WHERE refund_batch_id = $1 AND state = 'RUNNING' AND NOT queued),
chunk AS MATERIALIZED (
  SELECT o.order_id, o.total_fen, o.refunding_fen, b.refund_batch_id, gen_random_uuid() AS refund_id, a.number
  FROM batch b JOIN orders o ON o.session_id = b.session_id AND o.state = 'PAID'
  JOIN LATERAL (SELECT number FROM attempts a WHERE a.order_id = o.order_id AND a.state = 'PAID'
                  AND a.purpose <> 'SURPLUS' ORDER BY a.purpose DESC LIMIT 1) a ON true
  LIMIT $4 FOR UPDATE OF o SKIP LOCKED),
items AS MATERIALIZED (
  SELECT c.order_id, array_agg(i.item_id ORDER BY i.position) AS item_ids, sum(i.fee_fen)::bigint AS amount_fen
  FROM chunk c JOIN order_items i ON i.order_id = c.order_id WHERE i.paid AND i.refund_id IS NULL GROUP BY c.order_id),
due AS (SELECT c.*, i.item_ids, i.amount_fen FROM chunk c JOIN items i USING (order_id)),
moved AS (
  UPDATE orders o SET state = 'REFUNDING', refunding_fen = o.total_fen FROM due
  WHERE o.order_id = due.order_id RETURNING o.order_id, o.total_fen),
made AS (
  INSERT INTO refunds (refund_id, order_id, attempt_number, item_ids, amount_fen, state, reason, refund_batch_id,
                       create_time, due_date, due_time)
  SELECT d.refund_id, d.order_id, d.number, d.item_ids, d.amount_fen, 'REQUESTED', 'SESSION_CANCELLED',
    d.refund_batch_id, $2, $3, $2 FROM due d JOIN moved USING (order_id)),
taken AS (
  UPDATE order_items i SET refund_id = d.refund_id FROM due d
  WHERE i.order_id = d.order_id AND i.paid AND i.refund_id IS NULL),
told AS (
  INSERT INTO timeline_entries (order_id, time, kind, source, outcome, attempt_number, amount_fen)
  SELECT d.order_id, $2, e.kind, 'SERVICE', e.outcome, d.number, d.amount_fen
  FROM due d, (VALUES ('REFUND_REQUESTED', 'REQUESTED'), ('STATE_CHANGED', 'REFUNDING')) AS e(kind, outcome))
SELECT count(*) FROM moved
"""
_QUEUED: Final = """
UPDATE refund_batches b SET queued = true WHERE refund_batch_id = $1 AND state = 'RUNNING'
  AND NOT EXISTS (SELECT FROM orders o WHERE o.session_id = b.session_id AND o.state = 'PAID')
"""
_PAUSE: Final = """
UPDATE refund_batches SET state = 'PAUSED', version = version + 1
WHERE refund_batch_id = $1 AND version = $2 AND state = 'RUNNING' RETURNING true
"""
# A batch that goes on counts as not queued, so that orders paid meanwhile are looked for, and its refunds woken.
_RESUME: Final = f"""
WITH resumed AS (
  UPDATE refund_batches SET state = 'RUNNING', complete_time = NULL, queued = false, version = version + 1
  WHERE refund_batch_id = $1 AND version = $2 RETURNING refund_batch_id),
once_more AS (
  UPDATE refunds r SET state = 'REQUESTED', due_time = $3, failure_code = '',
    to_bank_account = r.to_bank_account OR r.failure_code = '{ROUTE_CLOSED}' AND EXISTS (
      SELECT FROM refund_accounts a WHERE a.order_id = r.order_id)
  FROM resumed WHERE r.refund_batch_id = resumed.refund_batch_id AND r.state = 'FAILED')
SELECT count(*) FROM resumed
"""
_REST: Final = """
WITH part AS (
  SELECT r.refund_id FROM refunds r JOIN refund_batches b USING (refund_batch_id)
  WHERE b.state = 'PAUSED' AND r.state = 'REQUESTED' AND r.due_time IS NOT NULL LIMIT $1 FOR UPDATE OF r SKIP LOCKED),
rested AS (UPDATE refunds r SET due_time = NULL FROM part WHERE r.refund_id = part.refund_id)
SELECT count(*) FROM part
"""
_WAKE: Final = f"""
WITH part AS (
  SELECT r.refund_id FROM refunds r JOIN refund_batches b USING (refund_batch_id)
  WHERE b.refund_batch_id = $1 AND b.state = 'RUNNING' AND r.state IN ({OPEN_STATES}) AND r.due_time IS NULL
  LIMIT $3 FOR UPDATE OF r SKIP LOCKED),
woken AS (UPDATE refunds r SET due_time = $2 FROM part WHERE r.refund_id = part.refund_id)
SELECT count(*) FROM part
"""
_COMPLETE: Final = f"""
UPDATE refund_batches b SET state = 'COMPLETED', complete_time = $1 WHERE state = 'RUNNING' AND queued
  AND NOT EXISTS (SELECT FROM refunds r WHERE r.refund_batch_id = b.refund_batch_id AND r.state IN ({OPEN_STATES}))
"""
_PLACES: Final = " ".join(f"WHEN '{state.value}' THEN {place}" for state, place in BATCH_ORDER.items())
_PLACE: Final = f"CASE f.state {_PLACES} END"
_PAGE: Final = f"""{READ}
WHERE f.refund_batch_id = $1 AND ($2::text IS NULL OR f.state = $2)
  AND ($3::int IS NULL OR ({_PLACE}, f.refund_id) > ($3, $4::uuid))
ORDER BY {_PLACE}, f.refund_id LIMIT $5
"""


class BatchRepository:
    """Adapter for the port `Batches`."""

    def __init__(self, db: Database) -> None:
        self._db = db.driver

    async def create(self, batch: RefundBatch) -> RefundBatch:
        """As the port says."""
        await self._db.execute(_CREATE, batch.refund_batch_id, batch.session_id, batch.note, batch.create_time)
        return _batch_from(await self._db.fetchrow(_OF_SESSION, batch.session_id))

    async def get(self, refund_batch_id: str) -> RefundBatch:
        """As the port says."""
        return _batch_from(await self._db.fetchrow(_GET, refund_batch_id))

    async def unqueued(self) -> str | None:
        """As the port says."""
        found: str | None = await self._db.fetchval(_UNQUEUED)
        return found

    async def queue(self, refund_batch_id: str, due: date, *, now: datetime, limit: int) -> int:
        """As the port says."""
        count = await self._by_the_thousand(_QUEUE, refund_batch_id, now, due, limit)
        if count < limit:
            count += await self._by_the_thousand(_WAKE, refund_batch_id, now, limit)
        if count < limit:
            await self._db.execute(_QUEUED, refund_batch_id)
        return count

    async def pause(self, batch: RefundBatch) -> bool:
        """As the port says."""
        return bool(await self._db.fetchval(_PAUSE, batch.refund_batch_id, batch.version))

    async def resume(self, batch: RefundBatch, *, now: datetime) -> bool:
        """As the port says."""
        return bool(await self._db.fetchval(_RESUME, batch.refund_batch_id, batch.version, now))

    async def rest(self, limit: int) -> int:
        """As the port says."""
        return await self._by_the_thousand(_REST, limit)

    async def _by_the_thousand(self, statement: str, *values: Any) -> int:
        """Runs a statement with a plan for these very values: one for any, which PostgreSQL turns to after five times,
        reckons with a few rows and takes seconds for a thousand.
        """
        async with self._db.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
            count: int = await connection.fetchval(statement, *values)
        return count

    async def complete(self, *, now: datetime) -> None:
        """As the port says."""
        await self._db.execute(_COMPLETE, now)

    async def page(
        self, refund_batch_id: str, state: RefundState | None, after: tuple[int, str] | None, limit: int
    ) -> list[Refund]:
        """As the port says."""
        place, refund_id = after or (None, None)
        wanted = state.value if state else None
        return [
            refund_from(row) for row in await self._db.fetch(_PAGE, refund_batch_id, wanted, place, refund_id, limit)
        ]


def _batch_from(row: asyncpg.Record | None) -> RefundBatch:
    if row is None:
        raise NotFound()
    return RefundBatch(
        refund_batch_id=row["refund_batch_id"],
        session_id=row["session_id"],
        note=row["note"],
        state=BatchState(row["state"]),
        queued=row["queued"],
        total_count=row["total_count"],
        total_fen=row["total_fen"],
        create_time=row["create_time"],
        version=row["version"],
        complete_time=row["complete_time"],
        succeeded_count=row["succeeded_count"],
        failed_count=row["failed_count"],
        succeeded_fen=row["succeeded_fen"],
    )
