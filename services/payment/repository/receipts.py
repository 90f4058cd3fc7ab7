"""The receipts that are still to come (PA-9)."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from chassis.postgres.database import Database
from services.payment.domain.exceptions import ExceptionKind
from services.payment.domain.order import OrderState
from services.payment.domain.receipts import AWAITED, AwaitedReceipt, IssuedReceipt, ReceiptLine, ReceiptState
from services.payment.domain.timeline import Event
from services.payment.repository.healing import heal
from services.payment.repository.rows import event_arrays, events_after, quoted

_STATES: Final = quoted(AWAITED)
_AWAITED: Final = f"state IN ({_STATES})"

# Claiming moves the due time on by a lease: whoever claimed and died loses the receipt to the next round.
_CLAIM: Final = f"""
UPDATE receipts SET due_time = $2 WHERE order_id IN (
  SELECT order_id FROM receipts
  WHERE {_AWAITED} AND available_date IS NOT NULL AND (due_time IS NULL OR due_time <= $1)
  ORDER BY due_time NULLS FIRST LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING order_id::text
"""
_READ: Final = f"""
SELECT r.order_id::text AS order_id, r.state, r.amount_fen, o.paid_time, r.available_date, r.tries,
  o.state AS order_state,
  (SELECT json_agg(json_build_array(i.course_name, i.fee_fen) ORDER BY i.position)
   FROM order_items i WHERE i.order_id = o.order_id) AS lines
FROM receipts r JOIN orders o USING (order_id)
WHERE r.order_id = $1 AND r.state IN ({_STATES}) AND r.available_date IS NOT NULL
"""
_REQUESTED: Final = f"""
WITH moved AS (
  UPDATE receipts SET state = 'REQUESTED', tries = 0, due_time = $3
  WHERE order_id = $1 AND state = 'PENDING' RETURNING order_id)
{events_after("moved", 4)}
"""
_ISSUED: Final = f"""
WITH moved AS (
  UPDATE receipts SET state = 'ISSUED', code = $3, number = $4, url = $5, issue_time = $6, due_time = NULL
  WHERE order_id = $1 AND {_AWAITED} RETURNING order_id),
healed AS ({heal(7)})
{events_after("moved", 8)}
"""
_FORGOTTEN: Final = f"""
WITH moved AS (
  UPDATE receipts SET state = 'PENDING', due_time = NULL
  WHERE order_id = $1 AND state = 'REQUESTED' RETURNING order_id)
{events_after("moved", 3)}
"""
_LATER: Final = f"""
WITH moved AS (
  UPDATE receipts SET tries = tries + 1, due_time = $3 WHERE order_id = $1 AND {_AWAITED} RETURNING order_id)
{events_after("moved", 4)}
"""
_VOID: Final = f"UPDATE receipts SET state = 'VOID', due_time = NULL WHERE order_id = $1 AND {_AWAITED}"


class ReceiptRepository:
    """Adapter for the port `Receipts`."""

    def __init__(self, db: Database) -> None:
        self._db = db.driver

    async def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> list[str]:
        """As the port says."""
        return [row["order_id"] for row in await self._db.fetch(_CLAIM, now, now + lease, limit)]

    async def awaited(self, order_id: str) -> AwaitedReceipt | None:
        """As the port says."""
        row = await self._db.fetchrow(_READ, order_id)
        return _awaited(row) if row else None

    async def requested(self, order_id: str, events: Sequence[Event], *, now: datetime, due: datetime) -> None:
        """As the port says."""
        await self._do(_REQUESTED, order_id, now, due, *event_arrays(events))

    async def issued(self, order_id: str, receipt: IssuedReceipt, events: Sequence[Event], *, now: datetime) -> None:
        """As the port says."""
        overdue = f"{ExceptionKind.RECEIPT_OVERDUE.value}:{order_id}"
        shown = (receipt.code, receipt.number, receipt.url, receipt.issue_time)
        await self._do(_ISSUED, order_id, now, *shown, overdue, *event_arrays(events))

    async def forgotten(self, order_id: str, events: Sequence[Event], *, now: datetime) -> None:
        """As the port says."""
        await self._do(_FORGOTTEN, order_id, now, *event_arrays(events))

    async def look_later(self, order_id: str, events: Sequence[Event], *, now: datetime, due: datetime) -> None:
        """As the port says."""
        await self._do(_LATER, order_id, now, due, *event_arrays(events))

    async def void(self, order_id: str) -> None:
        """As the port says."""
        await self._do(_VOID, order_id)

    async def _do(self, statement: str, *values: Any) -> None:
        await self._db.execute(statement, *values)


def _awaited(row: asyncpg.Record) -> AwaitedReceipt:
    return AwaitedReceipt(
        order_id=row["order_id"],
        state=ReceiptState(row["state"]),
        amount_fen=row["amount_fen"],
        paid_time=row["paid_time"],
        available_date=row["available_date"],
        lines=tuple(ReceiptLine(*line) for line in json.loads(row["lines"])),
        tries=row["tries"],
        owed=row["order_state"] == OrderState.PAID.value,
    )
