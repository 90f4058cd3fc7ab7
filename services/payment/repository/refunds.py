"""Refunds: recorded, carried out, settled; each move is one guarded statement with its events."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Final

import asyncpg

from chassis.audit_log.entries import change_with_entry
from chassis.audit_log.notes import AuditNote
from chassis.events import outbox
from chassis.events.relay import WakeUp
from chassis.postgres.columns import among
from chassis.postgres.constraint_refusals import Conflict, Conflicts, refused_by_constraint
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import Statement, Statements, sql
from chassis.process.call_batching import Batcher
from services.payment.domain.operator_queue import ExceptionKind
from services.payment.domain.orders import ENDED_UNPAID, LIVE, Order, OrderState
from services.payment.domain.platform_messages import Trade
from services.payment.domain.refunds import ON_ITS_WAY, NewRefund, Refund, RefundReason, RefundState, Surplus
from services.payment.domain.timeline import TimelineEvent
from services.payment.errors import RefundIdReused
from services.payment.mapping import events as event_mapping
from services.payment.repository import timeline_sql
from services.payment.repository.order_moves import announcement, arrived_money, move_each

READ: Final = """
SELECT f.refund_id::text AS refund_id, f.order_id::text AS order_id, f.attempt_number, f.item_ids::text[] AS item_ids,
  f.amount_fen, f.state, f.reason, f.create_time, f.due_date, f.success_time, f.failure_code, f.to_bank_account,
  f.refund_batch_id::text AS refund_batch_id, f.asks, a.provider, a.out_trade_no, o.candidate_id::text AS candidate_id,
  o.session_id
FROM refunds f JOIN attempts a ON a.order_id = f.order_id AND a.number = f.attempt_number
JOIN orders o ON o.order_id = f.order_id
"""
_COLUMNS: Final = (
    "refund_id, order_id, attempt_number, item_ids, amount_fen, state, reason, create_time, due_date, due_time"
)

# The order is locked first, so that two refunds of one order are recorded one after the other. The items are counted
# once they are locked: either none of them was going back already, or nothing happens at all.
_CREATE: Final = sql(f"""
WITH paid AS (SELECT order_id FROM orders WHERE order_id = :order_id AND state = 'PAID' FOR UPDATE),
items AS MATERIALIZED (
  SELECT i.item_id, i.fee_fen FROM order_items i JOIN paid USING (order_id)
  WHERE i.paid AND i.refund_id IS NULL AND i.item_id = ANY(:item_ids::uuid[]) FOR UPDATE OF i),
trade AS (
  SELECT order_id, number FROM attempts WHERE order_id = :order_id AND state = 'PAID' AND purpose <> 'SURPLUS'
    AND (SELECT count(*) FROM items) = cardinality(:item_ids::uuid[]) ORDER BY purpose DESC LIMIT 1),
moved AS (
  UPDATE orders o SET refunding_fen = refunding_fen + :amount_fen,
    state = CASE WHEN refunding_fen + :amount_fen = total_fen THEN 'REFUNDING' ELSE state END
  FROM trade WHERE o.order_id = trade.order_id RETURNING o.order_id, o.state, o.total_fen, trade.number),
made AS (
  INSERT INTO refunds ({_COLUMNS})
  SELECT :refund_id, order_id, number, :item_ids::uuid[], :amount_fen, 'REQUESTED', :reason, :now, :due_date, :now
  FROM moved RETURNING order_id, refund_id),
taken AS (
  UPDATE order_items i SET refund_id = made.refund_id FROM made
  WHERE i.order_id = made.order_id AND i.item_id = ANY(:item_ids::uuid[])),
told AS ({timeline_sql.insert_from("moved")} UNION ALL
  SELECT order_id, :now, 'STATE_CHANGED', :source, 'REFUNDING', number, total_fen FROM moved WHERE state = 'REFUNDING')
SELECT count(*) FROM moved
""")
# Records the refund of the money of step `moved`, with its events.
_SURPLUS: Final = f"""
made AS (
  INSERT INTO refunds ({_COLUMNS})
  SELECT :refund_id, order_id, number, '{{}}', paid_fen, 'REQUESTED', 'SURPLUS_MONEY', :now, :due_date, :now
  FROM moved),
told AS ({timeline_sql.insert_from("moved")})"""

_GIVE_BACK: Final = sql(f"""
WITH moved AS (
  UPDATE attempts SET state = 'PAID', purpose = 'SURPLUS', platform_trade_no = :platform_trade_no,
    paid_time = :paid_time, paid_fen = :paid_fen
  WHERE order_id = :order_id AND number = :number AND state <> 'PAID' RETURNING order_id, number, paid_fen),
{_SURPLUS}
SELECT count(*) FROM moved
""")
_REFUSE: Final = sql(f"""
WITH ended AS (
  UPDATE orders SET state = 'FAILED', end_time = :now, due_time = NULL
  WHERE order_id = :order_id AND {among("state", LIVE)} RETURNING order_id),
moved AS (
  UPDATE attempts a SET state = 'PAID', purpose = 'SURPLUS', platform_trade_no = :platform_trade_no,
    paid_time = :paid_time, paid_fen = :paid_fen
  FROM ended WHERE a.order_id = ended.order_id AND a.number = :number RETURNING a.order_id, a.number, a.paid_fen),
{_SURPLUS},
announced AS ({outbox.insert_all_if("EXISTS (SELECT FROM moved)")})
SELECT count(*) FROM moved
""")
# An order that is not ended has its own money marked; without that, one release before, none of it is surplus.
_RETURN_HELD: Final = sql(f"""
WITH owner AS (
  SELECT o.order_id FROM orders o WHERE o.order_id = :order_id AND ({among("o.state", ENDED_UNPAID)} OR EXISTS (
    SELECT FROM attempts f WHERE f.order_id = o.order_id AND f.purpose = 'FEE')) FOR UPDATE),
moved AS (
  UPDATE attempts a SET purpose = 'SURPLUS' FROM owner
  WHERE a.order_id = owner.order_id AND a.number = :number AND a.state = 'PAID' AND a.purpose = ''
  RETURNING a.order_id, a.number, a.paid_fen),
{_SURPLUS}
SELECT count(*) FROM moved
""")
_FIND: Final = sql(f"{READ} WHERE f.refund_id = :refund_id")
_OF_ORDER: Final = sql(f"{READ} WHERE f.order_id = :order_id ORDER BY f.create_time, f.refund_id")
_CLAIM_DUE: Final = sql("""
UPDATE refunds SET due_time = :lease_time WHERE refund_id IN (
  SELECT r.refund_id FROM refunds r WHERE r.due_time <= :now AND NOT EXISTS (
    SELECT FROM refund_batches b WHERE b.refund_batch_id = r.refund_batch_id AND b.state = 'PAUSED')
  ORDER BY r.due_time LIMIT :size FOR UPDATE OF r SKIP LOCKED)
RETURNING refund_id::text AS refund_id
""")
# A batch that has been paused meanwhile has emptied the due time, and it stays empty.
_WAIT: Final = sql(f"""
WITH moved AS (
  UPDATE refunds SET asks = asks + 1, state = :state,
    due_time = CASE WHEN due_time IS NOT NULL THEN :due_time::timestamptz END
  WHERE refund_id = :refund_id AND order_id = :order_id AND {among("state", ON_ITS_WAY)} RETURNING order_id),
told AS ({timeline_sql.insert_from("moved")})
SELECT count(*) FROM moved
""")
_SUCCEED: Final = sql(f"""
WITH moved AS (
  UPDATE refunds SET state = 'SUCCEEDED', success_time = :now, due_time = NULL, asks = asks + 1
  WHERE refund_id = :refund_id AND order_id = :order_id AND {among("state", ON_ITS_WAY)}
  RETURNING order_id, refund_id, attempt_number, amount_fen, item_ids),
items AS (
  UPDATE order_items i SET refunded = true FROM moved
  WHERE i.order_id = moved.order_id AND i.refund_id = moved.refund_id),
fees AS (
  UPDATE orders o SET refunded_fen = o.refunded_fen + moved.amount_fen,
    state = CASE WHEN o.refunded_fen + moved.amount_fen = o.total_fen THEN 'REFUNDED' ELSE o.state END
  FROM moved WHERE o.order_id = moved.order_id AND moved.item_ids <> '{{}}'
  RETURNING o.order_id, o.state, o.total_fen, moved.attempt_number),
receipt AS (
  UPDATE receipts r SET state = 'VOID' FROM fees WHERE r.order_id = fees.order_id AND fees.state = 'REFUNDED'),
told AS ({timeline_sql.insert_from("moved")} UNION ALL
  SELECT order_id, :now, 'STATE_CHANGED', :source, 'REFUNDED', attempt_number, total_fen FROM fees
  WHERE state = 'REFUNDED'),
announced AS ({outbox.insert_all_if("EXISTS (SELECT FROM moved)")})
SELECT count(*) FROM moved
""")
_FAIL: Final = sql(f"""
WITH moved AS (
  UPDATE refunds SET state = 'FAILED', failure_code = :failure_code, due_time = NULL, asks = asks + 1
  WHERE refund_id = :refund_id AND order_id = :order_id AND {among("state", ON_ITS_WAY)} RETURNING order_id),
told AS ({timeline_sql.insert_from("moved")})
SELECT count(*) FROM moved
""")
_RETRY: Final = sql(f"""
WITH moved AS (
  UPDATE refunds SET state = 'REQUESTED', failure_code = '', due_time = :now,
    to_bank_account = to_bank_account OR :to_bank_account
  WHERE refund_id = :refund_id AND order_id = :order_id AND (
    state IN ('FAILED', 'REQUESTED') OR state = 'PROCESSING' AND :to_bank_account AND NOT to_bank_account)
  RETURNING order_id),
told AS ({timeline_sql.insert_from("moved")})
SELECT count(*) FROM moved
""")
_HELD_SINCE: Final = sql(f"""
SELECT DISTINCT a.order_id::text AS order_id FROM attempts a JOIN orders o ON o.order_id = a.order_id
WHERE a.state = 'PAID' AND a.purpose = '' AND a.paid_time < :before AND {among("o.state", ENDED_UNPAID)}
  AND NOT EXISTS (SELECT FROM exceptions e WHERE e.order_id = a.order_id AND e.kind = '{ExceptionKind.LATE_MONEY.value}'
    AND e.state = 'OPEN')
LIMIT :size
""")

REFUSED_BY: Final[Conflicts] = {"refunds_pkey": Conflict(RefundIdReused, "refund_id")}


class RefundRepository:
    """Refunds in PostgreSQL. A move that answers False has not happened: things are not as the caller saw them."""

    def __init__(self, db: Database, outbox_written: WakeUp) -> None:
        self._database = db
        self._db = db.hot
        self._outbox_written = outbox_written
        self._find = Batcher(self._find_all)
        self._succeed = Batcher(self._succeed_all)

    async def create_refund(
        self,
        order: Order,
        refund: NewRefund,
        amount_fen: int,
        due: date,
        event: TimelineEvent,
        noted: AuditNote | None,
        *,
        now: datetime,
    ) -> bool:
        """Records the refund of these very items, none of which may be going back already (PA-12); one that an operator
        asks for is `noted` in the audit log. Raises RefundIdReused where another order takes the id at the same moment.
        """

        async def create(on: Statements) -> bool:
            created = await on.fetch_value(
                _CREATE,
                refund_id=refund.refund_id,
                item_ids=list(refund.item_ids),
                amount_fen=amount_fen,
                reason=refund.reason.value,
                due_date=due,
                source=event.source.value,
                **timeline_sql.parameters(order.order_id, now, [event]),
            )
            return bool(created)

        with refused_by_constraint(REFUSED_BY):
            return await change_with_entry(self._database, noted, now, create)

    async def give_back_money(
        self, order: Order, trade: Trade, surplus: Surplus, events: Sequence[TimelineEvent], *, now: datetime
    ) -> bool:
        """Records money that has just come and can never pay anything, with its refund (PA-6)."""
        return await self._moved(_GIVE_BACK, **_arrived(order, trade, surplus, events, now))

    async def refuse_payment(
        self, order: Order, trade: Trade, surplus: Surplus, events: Sequence[TimelineEvent], *, now: datetime
    ) -> bool:
        """Ends a live order whose courses are paid for already, with the refund; as OrderEndedUnpaid (PA-6, PA-7)."""
        ended = announcement(order.order_id, event_mapping.order_ended(order, OrderState.FAILED, now), now)
        return self._told(await self._moved(_REFUSE, **_arrived(order, trade, surplus, events, now), **ended))

    async def return_held_money(
        self, order: Order, surplus: Surplus, events: Sequence[TimelineEvent], *, now: datetime
    ) -> bool:
        """Decides that held money goes back (PA-6)."""
        told = timeline_sql.parameters(order.order_id, now, events)
        return await self._moved(_RETURN_HELD, **asdict(surplus), **told)

    async def find_refund(self, refund_id: str) -> Refund | None:
        """The refund, if there is one."""
        return await self._find(refund_id)

    async def _find_all(self, refund_ids: Sequence[str]) -> Sequence[Refund | None]:
        found = await self._db.fetch_each(_FIND, [{"refund_id": refund_id} for refund_id in refund_ids])
        refunds = {row["refund_id"]: refund_from(row) for row in found}
        return [refunds.get(refund_id) for refund_id in refund_ids]

    async def list_order_refunds(self, order_id: str) -> Sequence[Refund]:
        """The refunds of an order, oldest first."""
        return [refund_from(row) for row in await self._db.fetch(_OF_ORDER, order_id=order_id)]

    async def claim_due_refunds(self, *, now: datetime, lease: timedelta, size: int) -> Sequence[str]:
        """Takes refunds that are due, so that no other worker takes them before the lease ends."""
        rows = await self._db.fetch(_CLAIM_DUE, now=now, lease_time=now + lease, size=size)
        return [row["refund_id"] for row in rows]

    async def postpone_refund(
        self, refund: Refund, state: RefundState, event: TimelineEvent, *, now: datetime, due: datetime
    ) -> bool:
        """The platform has not given the money back yet: it is asked again when due."""
        return await self._moved(_WAIT, **_told_of(refund, event, now), state=state.value, due_time=due)

    async def complete_refund(self, refund: Refund, event: TimelineEvent, *, now: datetime) -> bool:
        """The money is back, announced as OrderRefunded. An order with all its fees back becomes REFUNDED."""
        announced = announcement(refund.order_id, event_mapping.order_refunded(refund, now), now)
        back = await self._succeed({**_told_of(refund, event, now), "source": event.source.value, **announced})
        return self._told(back)

    async def _succeed_all(self, refunds: Sequence[Mapping[str, Any]]) -> Sequence[bool]:
        return await move_each(self._db, _SUCCEED, refunds)

    async def fail_refund(self, refund: Refund, failure_code: str, event: TimelineEvent, *, now: datetime) -> bool:
        """The platform has refused it."""
        return await self._moved(_FAIL, **_told_of(refund, event, now), failure_code=failure_code)

    async def retry_refund(self, refund: Refund, event: TimelineEvent, *, now: datetime, to_bank_account: bool) -> bool:
        """Makes a refused refund once more, or to a bank account one that the platform cannot give back."""
        return await self._moved(_RETRY, **_told_of(refund, event, now), to_bank_account=to_bank_account)

    async def list_undecided_orders(self, before: datetime, size: int) -> Sequence[str]:
        """Orders whose money has waited for a decision since before an instant, and which nobody has been told of."""
        return [row["order_id"] for row in await self._db.fetch(_HELD_SINCE, before=before, size=size)]

    def _told(self, moved: bool) -> bool:
        if moved:
            self._outbox_written()
        return moved

    async def _moved(self, statement: Statement, **values: Any) -> bool:
        return bool(await self._db.fetch_value(statement, **values))


def _told_of(refund: Refund, event: TimelineEvent, now: datetime) -> Mapping[str, Any]:
    return {"refund_id": refund.refund_id, **timeline_sql.parameters(refund.order_id, now, [event])}


def _arrived(
    order: Order, trade: Trade, surplus: Surplus, events: Sequence[TimelineEvent], now: datetime
) -> Mapping[str, Any]:
    return {**arrived_money(order, trade, events, now), **asdict(surplus)}


def refund_from(row: asyncpg.Record) -> Refund:
    """The refund in a row of READ."""
    known = {
        "item_ids": tuple(row["item_ids"]),
        "state": RefundState(row["state"]),
        "reason": RefundReason(row["reason"]),
        "refund_batch_id": row["refund_batch_id"] or "",
    }
    return Refund(**{**row, **known})
