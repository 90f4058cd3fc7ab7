"""The refunds of cancelled sessions: queued by the thousand in one statement, paused, resumed, counted (PA-12)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import asyncpg

from chassis.audit_log.entries import change_with_entry
from chassis.audit_log.notes import AuditNote
from chassis.errors import NotFound
from chassis.ids import new_id
from chassis.postgres.columns import among
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import Statement, Statements, sql
from services.payment.domain.refunds import (
    BATCH_ORDER,
    ON_ITS_WAY,
    ROUTE_CLOSED,
    BatchState,
    Refund,
    RefundBatch,
    RefundState,
)
from services.payment.repository.refunds import READ, refund_from

# What there is to give back is counted once more when every refund is recorded: some orders are paid meanwhile.
_CREATE: Final = sql("""
INSERT INTO refund_batches (refund_batch_id, session_id, note, create_time, total_count, total_fen)
SELECT :refund_batch_id, :session_id, :note, :now, count(*), coalesce(sum(total_fen - refunding_fen), 0) FROM orders
WHERE session_id = :session_id AND state = 'PAID'
ON CONFLICT (session_id) DO NOTHING
""")
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
_GET: Final = sql(f"{_READ} WHERE b.refund_batch_id = :refund_batch_id")
_OF_SESSION: Final = sql(f"{_READ} WHERE b.session_id = :session_id")
_UNQUEUED: Final = sql("""
SELECT refund_batch_id::text FROM refund_batches WHERE state = 'RUNNING' AND NOT queued ORDER BY create_time LIMIT 1
""")
# One statement for thousands of orders. Whatever stops it, it has happened for all of them or for none; and since an
# order leaves PAID with it, the next one goes on where this one ended.
_QUEUE: Final = sql("""
WITH batch AS (
  SELECT refund_batch_id, session_id FROM refund_batches
  WHERE refund_batch_id = :refund_batch_id AND state = 'RUNNING' AND NOT queued),
chunk AS MATERIALIZED (
  SELECT o.order_id, o.total_fen, o.refunding_fen, b.refund_batch_id, gen_random_uuid() AS refund_id, a.number
  FROM batch b JOIN orders o ON o.session_id = b.session_id AND o.state = 'PAID'
  JOIN LATERAL (SELECT number FROM attempts a WHERE a.order_id = o.order_id AND a.state = 'PAID'
                  AND a.purpose <> 'SURPLUS' ORDER BY a.purpose DESC LIMIT 1) a ON true
  LIMIT :size FOR UPDATE OF o SKIP LOCKED),
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
    d.refund_batch_id, :now, :due_date, :now FROM due d JOIN moved USING (order_id)),
taken AS (
  UPDATE order_items i SET refund_id = d.refund_id FROM due d
  WHERE i.order_id = d.order_id AND i.paid AND i.refund_id IS NULL),
told AS (
  INSERT INTO timeline_entries (order_id, time, kind, source, outcome, attempt_number, amount_fen)
  SELECT d.order_id, :now, e.kind, 'SERVICE', e.outcome, d.number, d.amount_fen
  FROM due d, (VALUES ('REFUND_REQUESTED', 'REQUESTED'), ('STATE_CHANGED', 'REFUNDING')) AS e(kind, outcome))
SELECT count(*) FROM moved
""")
_QUEUED: Final = sql("""
UPDATE refund_batches b SET queued = true WHERE refund_batch_id = :refund_batch_id AND state = 'RUNNING'
  AND NOT EXISTS (SELECT FROM orders o WHERE o.session_id = b.session_id AND o.state = 'PAID')
""")
_PAUSE: Final = sql("""
UPDATE refund_batches SET state = 'PAUSED', version = version + 1
WHERE refund_batch_id = :refund_batch_id AND version = :version AND state = 'RUNNING' RETURNING true
""")
# A batch that goes on counts as not queued, so that orders paid meanwhile are looked for, and its refunds woken.
_RESUME: Final = sql(f"""
WITH resumed AS (
  UPDATE refund_batches SET state = 'RUNNING', complete_time = NULL, queued = false, version = version + 1
  WHERE refund_batch_id = :refund_batch_id AND version = :version RETURNING refund_batch_id),
once_more AS (
  UPDATE refunds r SET state = 'REQUESTED', due_time = :now, failure_code = '',
    to_bank_account = r.to_bank_account OR r.failure_code = '{ROUTE_CLOSED}' AND EXISTS (
      SELECT FROM refund_accounts a WHERE a.order_id = r.order_id)
  FROM resumed WHERE r.refund_batch_id = resumed.refund_batch_id AND r.state = 'FAILED')
SELECT count(*) FROM resumed
""")
_REST: Final = sql("""
WITH part AS (
  SELECT r.refund_id FROM refunds r JOIN refund_batches b USING (refund_batch_id)
  WHERE b.state = 'PAUSED' AND r.state = 'REQUESTED' AND r.due_time IS NOT NULL
  LIMIT :size FOR UPDATE OF r SKIP LOCKED),
rested AS (UPDATE refunds r SET due_time = NULL FROM part WHERE r.refund_id = part.refund_id)
SELECT count(*) FROM part
""")
_WAKE: Final = sql(f"""
WITH part AS (
  SELECT r.refund_id FROM refunds r JOIN refund_batches b USING (refund_batch_id)
  WHERE b.refund_batch_id = :refund_batch_id AND b.state = 'RUNNING' AND {among("r.state", ON_ITS_WAY)}
    AND r.due_time IS NULL
  LIMIT :size FOR UPDATE OF r SKIP LOCKED),
woken AS (UPDATE refunds r SET due_time = :now FROM part WHERE r.refund_id = part.refund_id)
SELECT count(*) FROM part
""")
_COMPLETE: Final = sql(f"""
UPDATE refund_batches b SET state = 'COMPLETED', complete_time = :now WHERE state = 'RUNNING' AND queued
  AND NOT EXISTS (SELECT FROM refunds r WHERE r.refund_batch_id = b.refund_batch_id AND {among("r.state", ON_ITS_WAY)})
""")
_PLACES: Final = " ".join(f"WHEN '{state.value}' THEN {place}" for state, place in BATCH_ORDER.items())
_PLACE: Final = f"CASE f.state {_PLACES} END"
_PAGE: Final = sql(f"""{READ}
WHERE f.refund_batch_id = :refund_batch_id AND (:state::text IS NULL OR f.state = :state)
  AND (:after_place::int IS NULL OR ({_PLACE}, f.refund_id) > (:after_place, :after_id::uuid))
ORDER BY {_PLACE}, f.refund_id LIMIT :size
""")


class RefundBatchRepository:
    """Batches of refunds in PostgreSQL."""

    def __init__(self, db: Database) -> None:
        self._database = db
        self._db = db.hot
        self._transaction = db.hot_transaction

    async def create_batch(self, session_id: str, noted: AuditNote, *, now: datetime) -> RefundBatch:
        """Stores a batch with what there is to give back, for the reason that is noted in the audit log too; the
        session's present batch when it has one.
        """

        async def create(on: Statements) -> int:
            values = {"refund_batch_id": new_id(), "session_id": session_id, "note": noted.reason, "now": now}
            return await on.execute(_CREATE, **values)

        await change_with_entry(self._database, noted, now, create)
        return _batch_from(await self._db.fetch_one(_OF_SESSION, session_id=session_id))

    async def get_batch(self, refund_batch_id: str) -> RefundBatch:
        """The batch and its progress. Raises NotFound."""
        return _batch_from(await self._db.fetch_one(_GET, refund_batch_id=refund_batch_id))

    async def find_unqueued_batch(self) -> str | None:
        """A running batch whose orders do not all have their refund recorded yet."""
        found: str | None = await self._db.fetch_value(_UNQUEUED)
        return found

    async def queue_refunds(self, refund_batch_id: str, due: date, *, now: datetime, size: int) -> int:
        """Records the refunds of at most `size` more orders in one statement, then wakes those that rested while the
        batch was paused, as many at once; says how many they were. At the last ones the batch is marked as queued.
        """
        count = await self._by_the_thousand(_QUEUE, refund_batch_id=refund_batch_id, now=now, due_date=due, size=size)
        if count < size:
            count += await self._by_the_thousand(_WAKE, refund_batch_id=refund_batch_id, now=now, size=size)
        if count < size:
            await self._db.execute(_QUEUED, refund_batch_id=refund_batch_id)
        return count

    async def pause_batch(self, batch: RefundBatch, noted: AuditNote, *, now: datetime) -> bool:
        """Stops a running batch, which is noted; False when it has changed since it was read."""

        async def pause(on: Statements) -> bool:
            return bool(await on.fetch_value(_PAUSE, refund_batch_id=batch.refund_batch_id, version=batch.version))

        return await change_with_entry(self._database, noted, now, pause)

    async def resume_batch(self, batch: RefundBatch, noted: AuditNote, *, now: datetime) -> bool:
        """Goes on with a batch, its refused refunds included, which is noted; False when it has changed since it was
        read.
        """

        async def resume(on: Statements) -> bool:
            values = {"refund_batch_id": batch.refund_batch_id, "version": batch.version, "now": now}
            return bool(await on.fetch_value(_RESUME, **values))

        return await change_with_entry(self._database, noted, now, resume)

    async def rest_paused_refunds(self, size: int) -> int:
        """Takes away the due times of at most `size` refunds of paused batches, and says of how many."""
        return await self._by_the_thousand(_REST, size=size)

    async def _by_the_thousand(self, statement: Statement, **values: Any) -> int:
        """Runs a statement with a plan for these very values: one for any, which PostgreSQL turns to after five times,
        reckons with a few rows and takes seconds for a thousand.
        """
        async with self._transaction(plan_cache_mode="force_custom_plan") as db:
            count: int = await db.fetch_value(statement, **values)
        return count

    async def complete_batches(self, *, now: datetime) -> None:
        """Completes the running batches all whose refunds have succeeded or failed."""
        await self._db.execute(_COMPLETE, now=now)

    async def list_batch_refunds(
        self, refund_batch_id: str, state: RefundState | None, after: tuple[int, str] | None, size: int
    ) -> Sequence[Refund]:
        """Refunds of a batch after a position, those that failed first."""
        after_place, after_id = after or (None, None)
        rows = await self._db.fetch(
            _PAGE,
            refund_batch_id=refund_batch_id,
            state=state.value if state else None,
            after_place=after_place,
            after_id=after_id,
            size=size,
        )
        return [refund_from(row) for row in rows]


def _batch_from(row: asyncpg.Record | None) -> RefundBatch:
    if row is None:
        raise NotFound()
    return RefundBatch(**{**row, "state": BatchState(row["state"])})
