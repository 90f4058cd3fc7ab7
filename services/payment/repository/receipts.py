"""Receipts (PA-9): as they stand, and those that are still to come. What is issued or void stays so."""

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from typing import Final

import asyncpg
from sqlalchemy import select, update

from chassis.errors import NotFound
from chassis.events import outbox
from chassis.events.relay import WakeUp
from chassis.postgres.columns import among
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from services.payment.domain.operator_queue import ExceptionKind, key_of
from services.payment.domain.receipts import AWAITED, AwaitedReceipt, IssuedReceipt, Receipt, ReceiptLine, ReceiptState
from services.payment.domain.timeline import TimelineEvent
from services.payment.mapping.events import receipt_issued
from services.payment.repository import operator_queue, timeline_sql
from services.payment.repository.order_moves import IDENTITY
from services.payment.tables import receipts

_STILL_TO_COME: Final = receipts.c.state.in_([state.value for state in AWAITED])
_AWAITED: Final = among("state", AWAITED)

# Claiming moves the due time on by a lease: whoever claimed and died loses the receipt to the next round.
_CLAIM: Final = sql(f"""
UPDATE receipts SET due_time = :lease_time WHERE order_id IN (
  SELECT order_id FROM receipts
  WHERE {_AWAITED} AND available_date IS NOT NULL AND (due_time IS NULL OR due_time <= :now)
  ORDER BY due_time NULLS FIRST LIMIT :size FOR UPDATE SKIP LOCKED)
RETURNING order_id::text
""")
_READ: Final = sql(f"""
SELECT r.order_id::text AS order_id, r.state, r.amount_fen, o.paid_time, r.available_date, r.tries,
  o.candidate_id::text AS candidate_id, o.session_id,
  o.state = 'PAID' AS owed,
  (SELECT json_agg(json_build_object('name', i.course_name, 'amount_fen', i.fee_fen) ORDER BY i.position)
   FROM order_items i WHERE i.order_id = o.order_id) AS lines
FROM receipts r JOIN orders o USING (order_id)
WHERE r.order_id = :order_id AND {among("r.state", AWAITED)} AND r.available_date IS NOT NULL
""")
_REQUESTED: Final = sql(f"""
WITH moved AS (
  UPDATE receipts SET state = 'REQUESTED', tries = 0, due_time = :due_time
  WHERE order_id = :order_id AND state = 'PENDING' RETURNING order_id)
{timeline_sql.insert_from("moved")}
""")
_ISSUED: Final = sql(f"""
WITH moved AS (
  UPDATE receipts SET state = 'ISSUED', code = :code, number = :number, url = :url, issue_time = :issue_time,
    due_time = NULL
  WHERE order_id = :order_id AND {_AWAITED} RETURNING order_id),
healed AS ({operator_queue.HEAL}),
announced AS ({outbox.insert_all_if("EXISTS (SELECT FROM moved)")})
{timeline_sql.insert_from("moved")}
""")
_FORGOTTEN: Final = sql(f"""
WITH moved AS (
  UPDATE receipts SET state = 'PENDING', due_time = NULL
  WHERE order_id = :order_id AND state = 'REQUESTED' RETURNING order_id)
{timeline_sql.insert_from("moved")}
""")
_LATER: Final = sql(f"""
WITH moved AS (
  UPDATE receipts SET tries = tries + 1, due_time = :due_time
  WHERE order_id = :order_id AND {_AWAITED} RETURNING order_id)
{timeline_sql.insert_from("moved")}
""")
_VOID: Final = sql(f"UPDATE receipts SET state = 'VOID', due_time = NULL WHERE order_id = :order_id AND {_AWAITED}")


class ReceiptRepository:
    """Receipts in PostgreSQL."""

    def __init__(self, db: Database, outbox_written: WakeUp) -> None:
        self._db = db
        self._outbox_written = outbox_written

    async def get_receipt(self, order_id: str) -> Receipt:
        """The receipt of an order. Raises NotFound."""
        shown = [receipts.c[field.name] for field in fields(Receipt) if field.name in receipts.c]
        row = await self._db.fetch_one(select(*shown).where(receipts.c.order_id == order_id))
        if row is None:
            raise NotFound()
        return Receipt(**row._mapping)

    async def list_awaited_days(self, *, undated: bool = False) -> Sequence[date]:
        """The days of payment whose receipts are still to come, or only those among them without a date."""
        days = select(receipts.c.paid_date).where(_STILL_TO_COME).distinct()
        if undated:
            days = days.where(receipts.c.available_date.is_(None))
        return [row.paid_date for row in await self._db.fetch(days.order_by(receipts.c.paid_date))]

    async def set_available_date(self, paid: date, available: date | None) -> None:
        """Sets when the receipts of a day of payment that are still to come become available."""
        awaited = update(receipts).where(receipts.c.paid_date == paid, _STILL_TO_COME)
        # Whatever was planned for another day is planned anew.
        moved = awaited.where(receipts.c.available_date.is_distinct_from(available))
        await self._db.execute(moved.values(available_date=available, due_time=None, tries=0))

    async def claim_due_receipts(self, *, now: datetime, lease: timedelta, size: int) -> Sequence[str]:
        """Takes receipts to look for, so that nobody else takes them before the lease ends."""
        rows = await self._db.hot.fetch(_CLAIM, now=now, lease_time=now + lease, size=size)
        return [row["order_id"] for row in rows]

    async def find_awaited_receipt(self, order_id: str) -> AwaitedReceipt | None:
        """The receipt of an order, if it is still to come and its date is known."""
        row = await self._db.hot.fetch_one(_READ, order_id=order_id)
        return _awaited(row) if row else None

    async def mark_requested(self, order_id: str, event: TimelineEvent, *, now: datetime, due: datetime) -> None:
        """The portal has taken the request: REQUESTED, looked for at `due`."""
        await self._db.hot.execute(_REQUESTED, due_time=due, **timeline_sql.parameters(order_id, now, [event]))

    async def mark_issued(
        self, awaited: AwaitedReceipt, issued: IssuedReceipt, event: TimelineEvent, *, now: datetime
    ) -> None:
        """The receipt is there: ISSUED, announced as ReceiptIssued (EN-19). Whoever was told that it is overdue need
        not do anything any more.
        """
        order_id = awaited.order_id
        announced = outbox.row(IDENTITY, order_id, receipt_issued(awaited, issued), now)
        await self._db.hot.execute(
            _ISSUED,
            **asdict(issued),
            healed_key=key_of(ExceptionKind.RECEIPT_OVERDUE, order_id),
            **timeline_sql.parameters(order_id, now, [event]),
            **outbox.parameters_of_all([announced]),
        )
        self._outbox_written()

    async def mark_pending_again(self, order_id: str, event: TimelineEvent, *, now: datetime) -> None:
        """The portal does not know it: PENDING, asked for again at once."""
        await self._db.hot.execute(_FORGOTTEN, **timeline_sql.parameters(order_id, now, [event]))

    async def postpone_receipt(
        self, order_id: str, events: Sequence[TimelineEvent], *, now: datetime, due: datetime
    ) -> None:
        """Looked for in vain: again at `due`."""
        await self._db.hot.execute(_LATER, due_time=due, **timeline_sql.parameters(order_id, now, events))

    async def void_receipt(self, order_id: str) -> None:
        """There is nothing to receipt any more: VOID."""
        await self._db.hot.execute(_VOID, order_id=order_id)


def _awaited(row: asyncpg.Record) -> AwaitedReceipt:
    lines = tuple(ReceiptLine(**line) for line in json.loads(row["lines"]))
    return AwaitedReceipt(**{**row, "state": ReceiptState(row["state"]), "lines": lines})
