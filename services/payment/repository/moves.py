"""The moves: each is one statement that is guarded by what its caller saw, tells the timeline, and announces
itself where others must know.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg
from google.protobuf.message import Message

from chassis.events import outbox
from chassis.postgres.database import Database, violated_constraint
from chassis.process.batching import Batcher
from services.payment import mapping
from services.payment.domain.order import Attempt, Order, OrderState
from services.payment.domain.timeline import Event
from services.payment.domain.trade import Trade
from services.payment.ports import DuplicateSelection, QrCode, ReceiptDates
from services.payment.repository.rows import (
    ENDED_STATES,
    LIVE_STATES,
    PAYABLE_STATES,
    event_arrays,
    events_after,
)

LISTENER: Final = "enrollment"
"""Who follows what becomes of orders."""


def announced(first: int) -> str:
    """Writes the event whose eight values follow from parameter `first` to the outbox if step `moved` has happened."""
    columns = ", ".join(
        f"${first + offset}::{kind}"
        for offset, kind in enumerate(("uuid", "text", "text", "text", "bytea", "text", "timestamptz", "timestamptz"))
    )
    return f"{outbox.INSERT_INTO} SELECT {columns} FROM moved"


def _consequences(first: int) -> str:
    """What follows when step `moved` has made an order paid; from `first`: the receipt's two days, five arrays of
    events, the event to announce.
    """
    return f"""
effective AS (UPDATE order_items i SET paid = true FROM moved WHERE i.order_id = moved.order_id),
receipt AS (
  INSERT INTO receipts (order_id, amount_fen, paid_date, available_date)
  SELECT order_id, total_fen, ${first}::date, ${first + 1}::date FROM moved),
told AS ({events_after("moved", first + 2)}),
announced AS ({announced(first + 7)})
SELECT count(*) FROM moved
"""


_PREPARE: Final = f"""
WITH moved AS (
  UPDATE orders SET attempt_number = $3, undertaking_accept_time = coalesce(undertaking_accept_time, $2), due_time = $4,
    asks = 0
  WHERE order_id = $1 AND state = 'CREATED' AND attempt_number = $3::int - 1 RETURNING order_id),
made AS (
  INSERT INTO attempts (order_id, number, create_time, provider, out_trade_no, state, expire_time)
  SELECT order_id, $3, $2, $5, $6, 'PREPARED', $7 FROM moved),
told AS ({events_after("moved", 8)})
SELECT count(*) FROM moved
"""
_SHOW_QR: Final = f"""
WITH moved AS (
  UPDATE orders SET state = 'AWAITING_PAYMENT'
  WHERE order_id = $1 AND state = 'CREATED' AND attempt_number = $3 RETURNING order_id),
opened AS (
  UPDATE attempts a SET state = 'OPEN', qr_content = $4, pay_url = $5, platform_trade_no = $6
  FROM moved WHERE a.order_id = moved.order_id AND a.number = $3),
told AS ({events_after("moved", 7)})
SELECT count(*) FROM moved
"""
_REFUSE_ATTEMPT: Final = f"""
WITH moved AS (
  UPDATE attempts SET state = 'FAILED', failure_code = $4
  WHERE order_id = $1 AND number = $3 AND state = 'PREPARED' RETURNING order_id),
waits AS (
  UPDATE orders o SET due_time = o.open_until FROM moved WHERE o.order_id = moved.order_id AND o.due_time IS NOT NULL),
told AS ({events_after("moved", 5)})
SELECT count(*) FROM moved
"""
_SUBMIT: Final = f"""
WITH moved AS (
  UPDATE orders SET state = 'SUBMITTED_TO_BANK', submit_time = $2, ask_time = $2, asks = 0, due_time = $3
  WHERE order_id = $1 AND state IN ('CREATED', 'AWAITING_PAYMENT') RETURNING order_id),
told AS ({events_after("moved", 4)})
SELECT count(*) FROM moved
"""
_SETTLE: Final = f"""
WITH moved AS (
  UPDATE orders SET state = 'PAID', paid_time = $3, due_time = NULL
  WHERE order_id = $1 AND state IN ({LIVE_STATES}) RETURNING order_id, total_fen),
has_it AS (
  UPDATE attempts a SET state = 'PAID', purpose = 'FEE', platform_trade_no = $5, paid_time = $3, paid_fen = $6
  FROM moved WHERE a.order_id = moved.order_id AND a.number = $4),
{_consequences(7)}"""
# The order is locked first: what is decided about its money is decided by one at a time.
_ATTACH: Final = f"""
WITH ended AS (SELECT order_id FROM orders WHERE order_id = $1 AND state IN ({ENDED_STATES}) FOR UPDATE),
money AS (
  UPDATE attempts a SET purpose = 'FEE' FROM ended
  WHERE a.order_id = ended.order_id AND a.number = $3 AND a.state = 'PAID' AND a.purpose = ''
  RETURNING a.order_id, a.paid_time),
moved AS (
  UPDATE orders o SET state = 'PAID', paid_time = money.paid_time, end_time = NULL FROM money
  WHERE o.order_id = money.order_id RETURNING o.order_id, o.total_fen),
{_consequences(4)}"""
_END: Final = f"""
WITH moved AS (
  UPDATE orders SET state = $3, end_time = $2, due_time = NULL
  WHERE order_id = $1 AND state = $4 AND attempt_number = $5 RETURNING order_id),
closed AS (
  UPDATE attempts a SET state = 'CLOSED' FROM moved
  WHERE a.order_id = moved.order_id AND a.state IN ({PAYABLE_STATES})),
told AS ({events_after("moved", 6)}),
announced AS ({announced(11)})
SELECT count(*) FROM moved
"""
_HOLD: Final = f"""
WITH moved AS (
  UPDATE attempts SET state = 'PAID', platform_trade_no = $4, paid_time = $5, paid_fen = $6
  WHERE order_id = $1 AND number = $3 AND state <> 'PAID' RETURNING order_id),
told AS ({events_after("moved", 7)}),
announced AS ({announced(12)})
SELECT count(*) FROM moved
"""
_ANNOUNCE: Final = f"{outbox.INSERT_INTO} VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"


class MoveRepository:
    """Adapter for the port `Moves`."""

    def __init__(self, db: Database, announced: Callable[[], None]) -> None:
        """`announced` is called after a statement that wrote to the outbox."""
        self._db = db.driver
        self._announced = announced
        self._settle = Batcher(self._settle_all)

    async def prepare(
        self, order: Order, attempt: Attempt, events: Sequence[Event], *, now: datetime, due: datetime
    ) -> bool:
        """As the port says."""
        return await self._moved(
            _PREPARE,
            order.order_id,
            now,
            attempt.number,
            due,
            attempt.provider,
            attempt.out_trade_no,
            attempt.expire_time,
            *event_arrays(events),
        )

    async def show_qr(self, order: Order, code: QrCode, events: Sequence[Event], *, now: datetime) -> bool:
        """As the port says."""
        shown = (code.content, code.pay_url, code.platform_trade_no)
        return await self._moved(_SHOW_QR, order.order_id, now, order.attempt_number, *shown, *event_arrays(events))

    async def refuse_attempt(self, order: Order, failure_code: str, events: Sequence[Event], *, now: datetime) -> bool:
        """As the port says."""
        number = order.attempt_number
        return await self._moved(_REFUSE_ATTEMPT, order.order_id, now, number, failure_code, *event_arrays(events))

    async def submit(self, order: Order, events: Sequence[Event], *, now: datetime, due: datetime) -> bool:
        """As the port says."""
        return await self._moved(_SUBMIT, order.order_id, now, due, *event_arrays(events))

    async def settle(
        self, order: Order, trade: Trade, receipt: ReceiptDates, events: Sequence[Event], *, now: datetime
    ) -> bool:
        """As the port says."""
        paid_time = trade.paid_time or now
        money = (paid_time, order.attempt_number, trade.platform_trade_no, trade.amount_fen)
        values = (
            order.order_id,
            now,
            *money,
            receipt.paid,
            receipt.available,
            *event_arrays(events),
            *announcement(order.order_id, mapping.order_paid(order, paid_time), now),
        )
        return self._told(await _unless_duplicate(self._settle(values)))

    async def _settle_all(self, orders: Sequence[tuple[Any, ...]]) -> Sequence[bool]:
        return await moved_in_line(self._db, _SETTLE, orders)

    async def attach(
        self, order: Order, number: int, receipt: ReceiptDates, events: Sequence[Event], *, now: datetime
    ) -> bool:
        """As the port says."""
        paid_time = next(held.paid_time for held in order.held if held.number == number)
        return await _unless_duplicate(
            self._announces(
                _ATTACH,
                order.order_id,
                now,
                number,
                receipt.paid,
                receipt.available,
                *event_arrays(events),
                *announcement(order.order_id, mapping.order_paid(order, paid_time), now),
            )
        )

    async def end(self, order: Order, state: OrderState, events: Sequence[Event], *, now: datetime) -> bool:
        """As the port says."""
        return await self._announces(
            _END,
            order.order_id,
            now,
            state.value,
            order.state.value,
            order.attempt_number,
            *event_arrays(events),
            *announcement(order.order_id, mapping.order_ended(order, state, now), now),
        )

    async def end_again(self, order: Order, *, now: datetime) -> None:
        """As the port says."""
        ended = mapping.order_ended(order, order.state, order.end_time or now)
        await self._db.execute(_ANNOUNCE, *announcement(order.order_id, ended, now))
        self._announced()

    async def hold(self, order: Order, trade: Trade, events: Sequence[Event], *, now: datetime) -> bool:
        """As the port says."""
        paid_time = trade.paid_time or now
        return await self._announces(
            _HOLD,
            order.order_id,
            now,
            order.attempt_number,
            trade.platform_trade_no,
            paid_time,
            trade.amount_fen,
            *event_arrays(events),
            *announcement(order.order_id, mapping.late_money_arrived(order, trade.amount_fen, paid_time), now),
        )

    async def _announces(self, statement: str, *values: Any) -> bool:
        return self._told(await self._moved(statement, *values))

    def _told(self, moved: bool) -> bool:
        if moved:
            self._announced()
        return moved

    async def _moved(self, statement: str, *values: Any) -> bool:
        return bool(await self._db.fetchval(statement, *values))


async def moved_in_line(
    db: "asyncpg.Pool[asyncpg.Record]", statement: str, orders: Sequence[tuple[Any, ...]]
) -> Sequence[bool]:
    """Runs a move for each of several orders, all in one round trip and one transaction; which of them happened.

    They are taken by their ids, the first value of each: two that move the same orders then wait for each other in
    line.
    """
    places = sorted(range(len(orders)), key=lambda place: str(orders[place][0]))
    counts = await db.fetchmany(statement, [orders[place] for place in places])
    moved = {place: bool(row[0]) for place, row in zip(places, counts, strict=True)}
    return [moved[place] for place in range(len(orders))]


async def _unless_duplicate(paid: Awaitable[bool]) -> bool:
    """PA-7: raises DuplicateSelection where one of the order's courses is paid for already."""
    try:
        return await paid
    except asyncpg.UniqueViolationError as error:
        if violated_constraint(error) != "one_paid_selection":
            raise
        raise DuplicateSelection from error


def announcement(order_id: str, message: Message, now: datetime) -> tuple[Any, ...]:
    """The values of `announced`: an event about an order."""
    return outbox.values(LISTENER, order_id, message, now)
