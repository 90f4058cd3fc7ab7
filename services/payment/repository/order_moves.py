"""The moves of an order and its attempts: each is one statement that is guarded by what its caller saw, tells the
timeline, and announces itself where others must know.
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from operator import itemgetter
from typing import Any, Final

import asyncpg
from google.protobuf.message import Message
from zikao.payment.v1 import events_pb2

from chassis.events import outbox
from chassis.events.relay import WakeUp
from chassis.postgres.columns import among
from chassis.postgres.database import Database, violated_constraint
from chassis.postgres.driver_statements import Statement, Statements, sql
from chassis.process.call_batching import Batcher
from services.payment.domain.orders import (
    ENDED_UNPAID,
    LIVE,
    PAYABLE,
    Attempt,
    DuplicateSelection,
    ExpiringOrder,
    HeldMoney,
    Order,
    OrderState,
)
from services.payment.domain.platform_messages import QrCode, Trade
from services.payment.domain.receipts import ReceiptDates
from services.payment.domain.timeline import TimelineEvent
from services.payment.mapping import events as event_mapping
from services.payment.repository import timeline_sql

ENROLLMENT: Final = "enrollment"
"""Who follows what becomes of orders."""

IDENTITY: Final = "identity"
"""Who tells candidates of it (EN-19)."""

# What follows when step `moved` has made an order paid.
_PAID: Final = f"""
effective AS (UPDATE order_items i SET paid = true FROM moved WHERE i.order_id = moved.order_id),
receipt AS (
  INSERT INTO receipts (order_id, amount_fen, paid_date, available_date)
  SELECT order_id, total_fen, :paid_date::date, :available_date::date FROM moved),
told AS ({timeline_sql.insert_from("moved")}),
announced AS ({outbox.insert_all_if("EXISTS (SELECT FROM moved)")})
SELECT count(*) FROM moved
"""

_PREPARE: Final = sql(f"""
WITH moved AS (
  UPDATE orders SET attempt_number = :number, undertaking_accept_time = coalesce(undertaking_accept_time, :now),
    due_time = :due_time, asks = 0
  WHERE order_id = :order_id AND state = 'CREATED' AND attempt_number = :number::int - 1 RETURNING order_id),
made AS (
  INSERT INTO attempts (order_id, number, create_time, provider, out_trade_no, state, expire_time)
  SELECT order_id, :number, :now, :provider, :out_trade_no, 'PREPARED', :expire_time FROM moved),
told AS ({timeline_sql.insert_from("moved")})
SELECT count(*) FROM moved
""")
_SHOW_QR: Final = sql(f"""
WITH moved AS (
  UPDATE orders SET state = 'AWAITING_PAYMENT'
  WHERE order_id = :order_id AND state = 'CREATED' AND attempt_number = :number RETURNING order_id),
opened AS (
  UPDATE attempts a SET state = 'OPEN', qr_content = :qr_content, pay_url = :pay_url,
    platform_trade_no = :platform_trade_no
  FROM moved WHERE a.order_id = moved.order_id AND a.number = :number),
told AS ({timeline_sql.insert_from("moved")})
SELECT count(*) FROM moved
""")
_REFUSE_ATTEMPT: Final = sql(f"""
WITH moved AS (
  UPDATE attempts SET state = 'FAILED', failure_code = :failure_code
  WHERE order_id = :order_id AND number = :number AND state = 'PREPARED' RETURNING order_id),
waits AS (
  UPDATE orders o SET due_time = o.open_until FROM moved WHERE o.order_id = moved.order_id AND o.due_time IS NOT NULL),
told AS ({timeline_sql.insert_from("moved")})
SELECT count(*) FROM moved
""")
_SUBMIT: Final = sql(f"""
WITH moved AS (
  UPDATE orders SET state = 'SUBMITTED_TO_BANK', submit_time = :now, ask_time = :now, asks = 0, due_time = :due_time
  WHERE order_id = :order_id AND state IN ('CREATED', 'AWAITING_PAYMENT') RETURNING order_id),
told AS ({timeline_sql.insert_from("moved")})
SELECT count(*) FROM moved
""")
_SETTLE: Final = sql(f"""
WITH moved AS (
  UPDATE orders SET state = 'PAID', paid_time = :paid_time, due_time = NULL
  WHERE order_id = :order_id AND {among("state", LIVE)} RETURNING order_id, total_fen),
has_it AS (
  UPDATE attempts a SET state = 'PAID', purpose = 'FEE', platform_trade_no = :platform_trade_no,
    paid_time = :paid_time, paid_fen = :paid_fen
  FROM moved WHERE a.order_id = moved.order_id AND a.number = :number),
{_PAID}""")
# The order is locked first: what is decided about its money is decided by one at a time.
_ATTACH: Final = sql(f"""
WITH ended AS (SELECT order_id FROM orders WHERE order_id = :order_id AND {among("state", ENDED_UNPAID)} FOR UPDATE),
money AS (
  UPDATE attempts a SET purpose = 'FEE' FROM ended
  WHERE a.order_id = ended.order_id AND a.number = :number AND a.state = 'PAID' AND a.purpose = ''
  RETURNING a.order_id, a.paid_time),
moved AS (
  UPDATE orders o SET state = 'PAID', paid_time = money.paid_time, end_time = NULL FROM money
  WHERE o.order_id = money.order_id RETURNING o.order_id, o.total_fen),
{_PAID}""")
_END: Final = sql(f"""
WITH moved AS (
  UPDATE orders SET state = :ended_state, end_time = :now, due_time = NULL
  WHERE order_id = :order_id AND state = :seen_state AND attempt_number = :number RETURNING order_id),
closed AS (
  UPDATE attempts a SET state = 'CLOSED' FROM moved
  WHERE a.order_id = moved.order_id AND {among("a.state", PAYABLE)}),
told AS ({timeline_sql.insert_from("moved")}),
announced AS ({outbox.insert_all_if("EXISTS (SELECT FROM moved)")})
SELECT count(*) FROM moved
""")
_HOLD: Final = sql(f"""
WITH moved AS (
  UPDATE attempts SET state = 'PAID', platform_trade_no = :platform_trade_no, paid_time = :paid_time,
    paid_fen = :paid_fen
  WHERE order_id = :order_id AND number = :number AND state <> 'PAID' RETURNING order_id),
told AS ({timeline_sql.insert_from("moved")}),
announced AS ({outbox.insert_all_if("EXISTS (SELECT FROM moved)")})
SELECT count(*) FROM moved
""")
_ANNOUNCE: Final = sql(outbox.insert_all_if("true"))
# Only live orders have a due time, and its index holds no others. Rows that somebody moves at this moment are passed
# over: two processes take different rows, and an order that is being paid is seen as it is afterwards.
_TAKE_EXPIRING: Final = sql(f"""
WITH due AS (
  SELECT o.order_id, coalesce(a.expire_time, o.open_until) AS expire_time
  FROM orders o LEFT JOIN LATERAL (
    SELECT expire_time FROM attempts
    WHERE order_id = o.order_id AND number = o.attempt_number AND {among("state", PAYABLE)} OFFSET 0) a ON true
  WHERE o.due_time IS NOT NULL AND o.state IN ('CREATED', 'AWAITING_PAYMENT') AND o.expiry_notice_time IS NULL
    AND coalesce(a.expire_time, o.open_until) > :now AND coalesce(a.expire_time, o.open_until) <= :until
  LIMIT :size FOR UPDATE OF o SKIP LOCKED)
UPDATE orders o SET expiry_notice_time = :now FROM due WHERE o.order_id = due.order_id
RETURNING o.order_id::text AS order_id, o.candidate_id::text AS candidate_id, o.session_id, due.expire_time
""")


class OrderMoveRepository:
    """A move that answers False has not happened: the order is not as the caller saw it. Look and decide again."""

    def __init__(self, db: Database, outbox_written: WakeUp) -> None:
        self._database = db
        self._db = db.hot
        self._outbox_written = outbox_written
        self._settle = Batcher(self._settle_all)

    async def prepare_attempt(
        self, order: Order, attempt: Attempt, events: Sequence[TimelineEvent], *, now: datetime, due: datetime
    ) -> bool:
        """Records the accepted undertaking and an attempt that the platform is about to be asked for (PA-1, F-9)."""
        return await self._moved(
            _PREPARE,
            number=attempt.number,
            due_time=due,
            provider=attempt.provider,
            out_trade_no=attempt.out_trade_no,
            expire_time=attempt.expire_time,
            **timeline_sql.parameters(order.order_id, now, events),
        )

    async def show_qr(self, order: Order, code: QrCode, events: Sequence[TimelineEvent], *, now: datetime) -> bool:
        """The platform has answered: the QR code can be shown."""
        return await self._moved(
            _SHOW_QR,
            number=order.attempt_number,
            **asdict(code),
            **timeline_sql.parameters(order.order_id, now, events),
        )

    async def refuse_attempt(
        self, order: Order, failure_code: str, events: Sequence[TimelineEvent], *, now: datetime
    ) -> bool:
        """The platform has refused the attempt; the order can be tried again."""
        return await self._moved(
            _REFUSE_ATTEMPT,
            number=order.attempt_number,
            failure_code=failure_code,
            **timeline_sql.parameters(order.order_id, now, events),
        )

    async def submit_to_bank(
        self, order: Order, events: Sequence[TimelineEvent], *, now: datetime, due: datetime
    ) -> bool:
        """The bank has taken the payment."""
        return await self._moved(_SUBMIT, due_time=due, **timeline_sql.parameters(order.order_id, now, events))

    async def settle_order(
        self, order: Order, trade: Trade, receipt: ReceiptDates, events: Sequence[TimelineEvent], *, now: datetime
    ) -> bool:
        """The whole amount has arrived: PAID, announced as OrderPaid. Raises DuplicateSelection (PA-7)."""
        money = arrived_money(order, trade, events, now)
        announced = announcement(order.order_id, event_mapping.order_paid(order, money["paid_time"]), now)
        settled = self._settle({**money, **_dates(receipt), **announced})
        return self._told(await _unless_duplicate(settled))

    async def _settle_all(self, orders: Sequence[Mapping[str, Any]]) -> Sequence[bool]:
        return await move_each(self._db, _SETTLE, orders)

    async def attach_money(
        self, order: Order, held: HeldMoney, receipt: ReceiptDates, events: Sequence[TimelineEvent], *, now: datetime
    ) -> bool:
        """Held money pays an order that had ended: PAID, announced as OrderPaid (PA-6). Raises DuplicateSelection."""
        attached = self._moved(
            _ATTACH,
            number=held.number,
            **_dates(receipt),
            **timeline_sql.parameters(order.order_id, now, events),
            **announcement(order.order_id, event_mapping.order_paid(order, held.paid_time), now),
        )
        return self._told(await _unless_duplicate(attached))

    async def end_order(
        self, order: Order, state: OrderState, events: Sequence[TimelineEvent], *, now: datetime
    ) -> bool:
        """Ends a live order unpaid, announced as OrderEndedUnpaid."""
        ended = await self._moved(
            _END,
            ended_state=state.value,
            seen_state=order.state.value,
            number=order.attempt_number,
            **timeline_sql.parameters(order.order_id, now, events),
            **announcement(order.order_id, event_mapping.order_ended(order, state, now), now),
        )
        return self._told(ended)

    async def announce_end_again(self, order: Order, *, now: datetime) -> None:
        """Announces once more that an order has ended unpaid, to whoever had hoped to attach money to it (PA-6)."""
        ended = event_mapping.order_ended(order, order.state, order.end_time or now)
        await self._db.execute(_ANNOUNCE, **announcement(order.order_id, ended, now))
        self._outbox_written()

    async def hold_money(self, order: Order, trade: Trade, events: Sequence[TimelineEvent], *, now: datetime) -> bool:
        """Records money that has come on an ended order, announced as LateMoneyArrived (PA-6)."""
        money = arrived_money(order, trade, events, now)
        arrived = event_mapping.late_money_arrived(order, trade.amount_fen, money["paid_time"])
        return self._told(await self._moved(_HOLD, **money, **announcement(order.order_id, arrived, now)))

    async def announce_expiring_orders(self, *, now: datetime, until: datetime, size: int) -> int:
        """Announces at most `size` unpaid orders that end between the two instants, each once, as OrderExpiring; how
        many (EN-19).
        """
        async with self._database.hot_transaction() as together:
            taken = await together.fetch(_TAKE_EXPIRING, now=now, until=until, size=size)
            told = [event_mapping.order_expiring(ExpiringOrder(**row)) for row in taken]
            rows = [outbox.row(IDENTITY, one.order_id, one, now) for one in told]
            await together.execute(_ANNOUNCE, **outbox.parameters_of_all(rows))
        self._told(bool(rows))
        return len(rows)

    def _told(self, moved: bool) -> bool:
        if moved:
            self._outbox_written()
        return moved

    async def _moved(self, statement: Statement, **values: Any) -> bool:
        return bool(await self._db.fetch_value(statement, **values))


async def move_each(db: Statements, statement: Statement, several: Sequence[Mapping[str, Any]]) -> Sequence[bool]:
    """Runs a move for each of several orders, all in one round trip and one transaction; which of them happened.

    They are taken by their ids: two that move the same orders then wait for each other in line.
    """
    return [bool(row["count"]) for row in await db.fetch_each_in_line(statement, several, by=itemgetter("order_id"))]


def announcement(order_id: str, message: Message, now: datetime) -> Mapping[str, Any]:
    """An event about an order, to whoever follows it, as the parameters of `outbox.insert_all_if`. Of money that came
    late the candidate hears when it is decided about.
    """
    followers = (ENROLLMENT,) if isinstance(message, events_pb2.LateMoneyArrived) else (ENROLLMENT, IDENTITY)
    return outbox.parameters_of_all([outbox.row(one, order_id, message, now) for one in followers])


def arrived_money(order: Order, trade: Trade, events: Sequence[TimelineEvent], now: datetime) -> Mapping[str, Any]:
    """What has arrived on the order's attempt, with its events, as parameters of a statement."""
    return {
        "number": order.attempt_number,
        "platform_trade_no": trade.platform_trade_no,
        "paid_time": trade.paid_time or now,
        "paid_fen": trade.amount_fen,
        **timeline_sql.parameters(order.order_id, now, events),
    }


async def _unless_duplicate(paid: Awaitable[bool]) -> bool:
    """PA-7: raises DuplicateSelection where one of the order's courses is paid for already."""
    try:
        return await paid
    except asyncpg.UniqueViolationError as error:
        if violated_constraint(error) != "one_paid_selection":
            raise
        raise DuplicateSelection from error


def _dates(receipt: ReceiptDates) -> Mapping[str, date | None]:
    """Not `asdict`, which copies what cannot change, and does so slowly."""
    return {"paid_date": receipt.paid_date, "available_date": receipt.available_date}
