"""Refunds: recorded, carried out, settled; each move is one guarded statement with its events."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import asyncpg

from chassis.postgres.database import Database
from chassis.process.batching import Batcher
from services.payment import mapping
from services.payment.domain.exceptions import ExceptionKind
from services.payment.domain.order import Order, OrderState
from services.payment.domain.refund import (
    ON_ITS_WAY,
    NewRefund,
    Refund,
    RefundReason,
    RefundState,
    Surplus,
)
from services.payment.domain.timeline import Event
from services.payment.domain.trade import Trade
from services.payment.mapping.refunds import order_refunded
from services.payment.repository.moves import announced, announcement, moved_in_line
from services.payment.repository.rows import (
    ENDED_STATES,
    LIVE_STATES,
    event_arrays,
    events_after,
    quoted,
)

OPEN_STATES: Final = quoted(ON_ITS_WAY)

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
_CREATE: Final = f"""
WITH paid AS (SELECT order_id FROM orders WHERE order_id = $1 AND state = 'PAID' FOR UPDATE),
items AS MATERIALIZED (
  SELECT i.item_id, i.fee_fen FROM order_items i JOIN paid USING (order_id)
  WHERE i.paid AND i.refund_id IS NULL AND i.item_id = ANY($4::uuid[]) FOR UPDATE OF i),
trade AS (
  SELECT order_id, number FROM attempts WHERE order_id = $1 AND state = 'PAID' AND purpose <> 'SURPLUS'
    AND (SELECT count(*) FROM items) = cardinality($4::uuid[]) ORDER BY purpose DESC LIMIT 1),
moved AS (
  UPDATE orders o SET refunding_fen = refunding_fen + $5,
    state = CASE WHEN refunding_fen + $5 = total_fen THEN 'REFUNDING' ELSE state END
  FROM trade WHERE o.order_id = trade.order_id RETURNING o.order_id, o.state, o.total_fen, trade.number),
made AS (
  INSERT INTO refunds ({_COLUMNS})
  SELECT $3, order_id, number, $4::uuid[], $5, 'REQUESTED', $6, $2, $7, $2 FROM moved RETURNING order_id, refund_id),
taken AS (
  UPDATE order_items i SET refund_id = made.refund_id FROM made
  WHERE i.order_id = made.order_id AND i.item_id = ANY($4::uuid[])),
told AS ({events_after("moved", 9)} UNION ALL
  SELECT order_id, $2, 'STATE_CHANGED', $8, 'REFUNDING', number, total_fen FROM moved WHERE state = 'REFUNDING')
SELECT count(*) FROM moved
"""


def _surplus(first: int) -> str:
    """Records the refund of the money of step `moved`, with its events; from `first`: refund, date, events."""
    return f"""
made AS (
  INSERT INTO refunds ({_COLUMNS})
  SELECT ${first}, order_id, number, '{{}}', paid_fen, 'REQUESTED', 'SURPLUS_MONEY', $2, ${first + 1}, $2 FROM moved),
told AS ({events_after("moved", first + 2)})"""


_GIVE_BACK: Final = f"""
WITH moved AS (
  UPDATE attempts SET state = 'PAID', purpose = 'SURPLUS', platform_trade_no = $4, paid_time = $5, paid_fen = $6
  WHERE order_id = $1 AND number = $3 AND state <> 'PAID' RETURNING order_id, number, paid_fen),
{_surplus(7)}
SELECT count(*) FROM moved
"""
_REFUSE: Final = f"""
WITH ended AS (
  UPDATE orders SET state = 'FAILED', end_time = $2, due_time = NULL
  WHERE order_id = $1 AND state IN ({LIVE_STATES}) RETURNING order_id),
moved AS (
  UPDATE attempts a SET state = 'PAID', purpose = 'SURPLUS', platform_trade_no = $4, paid_time = $5, paid_fen = $6
  FROM ended WHERE a.order_id = ended.order_id AND a.number = $3 RETURNING a.order_id, a.number, a.paid_fen),
{_surplus(7)},
announced AS ({announced(14)})
SELECT count(*) FROM moved
"""
# An order that is not ended has its own money marked; without that, one release before, none of it is surplus.
_RETURN_HELD: Final = f"""
WITH owner AS (
  SELECT o.order_id FROM orders o WHERE o.order_id = $1 AND (o.state IN ({ENDED_STATES}) OR EXISTS (
    SELECT FROM attempts f WHERE f.order_id = o.order_id AND f.purpose = 'FEE')) FOR UPDATE),
moved AS (
  UPDATE attempts a SET purpose = 'SURPLUS' FROM owner
  WHERE a.order_id = owner.order_id AND a.number = $3 AND a.state = 'PAID' AND a.purpose = ''
  RETURNING a.order_id, a.number, a.paid_fen),
{_surplus(4)}
SELECT count(*) FROM moved
"""
_FIND: Final = f"{READ} WHERE f.refund_id = $1"
_OF_ORDER: Final = f"{READ} WHERE f.order_id = $1 ORDER BY f.create_time, f.refund_id"
_CLAIM_DUE: Final = """
UPDATE refunds SET due_time = $2 WHERE refund_id IN (
  SELECT r.refund_id FROM refunds r WHERE r.due_time <= $1 AND NOT EXISTS (
    SELECT FROM refund_batches b WHERE b.refund_batch_id = r.refund_batch_id AND b.state = 'PAUSED')
  ORDER BY r.due_time LIMIT $3 FOR UPDATE OF r SKIP LOCKED)
RETURNING refund_id::text AS refund_id
"""
# A batch that has been paused meanwhile has emptied the due time, and it stays empty.
_WAIT: Final = f"""
WITH moved AS (
  UPDATE refunds SET asks = asks + 1, state = $4, due_time = CASE WHEN due_time IS NOT NULL THEN $5::timestamptz END
  WHERE refund_id = $3 AND order_id = $1 AND state IN ({OPEN_STATES}) RETURNING order_id),
told AS ({events_after("moved", 6)})
SELECT count(*) FROM moved
"""
_SUCCEED: Final = f"""
WITH moved AS (
  UPDATE refunds SET state = 'SUCCEEDED', success_time = $2, due_time = NULL, asks = asks + 1
  WHERE refund_id = $3 AND order_id = $1 AND state IN ({OPEN_STATES})
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
told AS ({events_after("moved", 5)} UNION ALL
  SELECT order_id, $2, 'STATE_CHANGED', $4, 'REFUNDED', attempt_number, total_fen FROM fees WHERE state = 'REFUNDED'),
announced AS ({announced(10)})
SELECT count(*) FROM moved
"""
_FAIL: Final = f"""
WITH moved AS (
  UPDATE refunds SET state = 'FAILED', failure_code = $4, due_time = NULL, asks = asks + 1
  WHERE refund_id = $3 AND order_id = $1 AND state IN ({OPEN_STATES}) RETURNING order_id),
told AS ({events_after("moved", 5)})
SELECT count(*) FROM moved
"""
_RETRY: Final = f"""
WITH moved AS (
  UPDATE refunds SET state = 'REQUESTED', failure_code = '', due_time = $2, to_bank_account = to_bank_account OR $4
  WHERE refund_id = $3 AND order_id = $1 AND (
    state IN ('FAILED', 'REQUESTED') OR state = 'PROCESSING' AND $4 AND NOT to_bank_account) RETURNING order_id),
told AS ({events_after("moved", 5)})
SELECT count(*) FROM moved
"""
_HELD_SINCE: Final = f"""
SELECT DISTINCT a.order_id::text AS order_id FROM attempts a JOIN orders o ON o.order_id = a.order_id
WHERE a.state = 'PAID' AND a.purpose = '' AND a.paid_time < $1 AND o.state IN ({ENDED_STATES}) AND NOT EXISTS (
  SELECT FROM exceptions e WHERE e.order_id = a.order_id AND e.kind = '{ExceptionKind.LATE_MONEY.value}'
    AND e.state = 'OPEN')
LIMIT $2
"""


class RefundRepository:
    """Adapter for the port `Refunds`."""

    def __init__(self, db: Database, announced: Callable[[], None]) -> None:
        """`announced` is called after a statement that wrote to the outbox."""
        self._db = db.driver
        self._announced = announced
        self._find = Batcher(self._find_all)
        self._succeed = Batcher(self._succeed_all)

    async def create(
        self, order: Order, refund: NewRefund, amount_fen: int, due: date, events: Sequence[Event], *, now: datetime
    ) -> bool:
        """As the port says."""
        said = (refund.refund_id, list(refund.item_ids), amount_fen, refund.reason.value, due)
        source = events[0].source.value
        return await self._moved(_CREATE, order.order_id, now, *said, source, *event_arrays(events))

    async def give_back(
        self, order: Order, trade: Trade, surplus: Surplus, events: Sequence[Event], *, now: datetime
    ) -> bool:
        """As the port says."""
        return await self._moved(_GIVE_BACK, *_arrived(order, trade, surplus, events, now))

    async def refuse(
        self, order: Order, trade: Trade, surplus: Surplus, events: Sequence[Event], *, now: datetime
    ) -> bool:
        """As the port says."""
        ended = announcement(order.order_id, mapping.order_ended(order, OrderState.FAILED, now), now)
        return await self._announces(_REFUSE, *_arrived(order, trade, surplus, events, now), *ended)

    async def return_held(self, order: Order, surplus: Surplus, events: Sequence[Event], *, now: datetime) -> bool:
        """As the port says."""
        what = (surplus.attempt_number, surplus.refund_id, surplus.due_date)
        return await self._moved(_RETURN_HELD, order.order_id, now, *what, *event_arrays(events))

    async def find(self, refund_id: str) -> Refund | None:
        """As the port says."""
        return await self._find(refund_id)

    async def _find_all(self, refund_ids: Sequence[str]) -> Sequence[Refund | None]:
        found = await self._db.fetchmany(_FIND, [(refund_id,) for refund_id in refund_ids])
        refunds = {row["refund_id"]: refund_from(row) for row in found}
        return [refunds.get(refund_id) for refund_id in refund_ids]

    async def of_order(self, order_id: str) -> list[Refund]:
        """As the port says."""
        return [refund_from(row) for row in await self._db.fetch(_OF_ORDER, order_id)]

    async def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> list[str]:
        """As the port says."""
        return [row["refund_id"] for row in await self._db.fetch(_CLAIM_DUE, now, now + lease, limit)]

    async def wait(
        self, refund: Refund, state: RefundState, events: Sequence[Event], *, now: datetime, due: datetime
    ) -> bool:
        """As the port says."""
        return await self._moved(_WAIT, refund.order_id, now, refund.refund_id, state.value, due, *event_arrays(events))

    async def succeed(self, refund: Refund, events: Sequence[Event], *, now: datetime) -> bool:
        """As the port says."""
        succeeded = await self._succeed(
            (
                refund.order_id,
                now,
                refund.refund_id,
                events[0].source.value,
                *event_arrays(events),
                *announcement(refund.order_id, order_refunded(refund, now), now),
            )
        )
        return self._told(succeeded)

    async def _succeed_all(self, refunds: Sequence[tuple[Any, ...]]) -> Sequence[bool]:
        return await moved_in_line(self._db, _SUCCEED, refunds)

    async def fail(self, refund: Refund, failure_code: str, events: Sequence[Event], *, now: datetime) -> bool:
        """As the port says."""
        return await self._moved(_FAIL, refund.order_id, now, refund.refund_id, failure_code, *event_arrays(events))

    async def retry(self, refund: Refund, events: Sequence[Event], *, now: datetime, to_bank_account: bool) -> bool:
        """As the port says."""
        return await self._moved(_RETRY, refund.order_id, now, refund.refund_id, to_bank_account, *event_arrays(events))

    async def held_since(self, before: datetime, limit: int) -> list[str]:
        """As the port says."""
        return [row["order_id"] for row in await self._db.fetch(_HELD_SINCE, before, limit)]

    async def _announces(self, statement: str, *values: Any) -> bool:
        return self._told(await self._moved(statement, *values))

    def _told(self, moved: bool) -> bool:
        if moved:
            self._announced()
        return moved

    async def _moved(self, statement: str, *values: Any) -> bool:
        return bool(await self._db.fetchval(statement, *values))


def _arrived(order: Order, trade: Trade, surplus: Surplus, events: Sequence[Event], now: datetime) -> tuple[Any, ...]:
    money = (trade.platform_trade_no, trade.paid_time or now, trade.amount_fen)
    what = (surplus.refund_id, surplus.due_date)
    return (order.order_id, now, surplus.attempt_number, *money, *what, *event_arrays(events))


def refund_from(row: asyncpg.Record) -> Refund:
    """The refund in a row of READ."""
    return Refund(
        refund_id=row["refund_id"],
        order_id=row["order_id"],
        candidate_id=row["candidate_id"],
        session_id=row["session_id"],
        attempt_number=row["attempt_number"],
        item_ids=tuple(row["item_ids"]),
        amount_fen=row["amount_fen"],
        state=RefundState(row["state"]),
        reason=RefundReason(row["reason"]),
        create_time=row["create_time"],
        due_date=row["due_date"],
        success_time=row["success_time"],
        failure_code=row["failure_code"],
        to_bank_account=row["to_bank_account"],
        refund_batch_id=row["refund_batch_id"] or "",
        asks=row["asks"],
        provider=row["provider"],
        out_trade_no=row["out_trade_no"],
    )
