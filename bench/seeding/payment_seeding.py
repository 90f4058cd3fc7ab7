"""Orders that wait for money, or have it, put into payment's tables and the platform's file by the thousand."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import asyncpg

from chassis.ids import new_id
from sandbox.storage.timestamps import to_text
from services.payment.domain.orders import out_trade_no

MERCHANT: Final = "zikao"
PROVIDER: Final = "sandbox"


@dataclass(frozen=True, slots=True)
class Bought:
    """One item: the selection it pays for, and its fee in fen."""

    item_id: str
    registration_id: str
    course_code: str
    course_name: str
    fee_fen: int


@dataclass(frozen=True, slots=True)
class Due:
    """An order, as checkout leaves it."""

    order_id: str
    candidate_id: str
    session_id: str
    items: tuple[Bought, ...]

    @property
    def total_fen(self) -> int:
        """The sum of the fees."""
        return sum(item.fee_fen for item in self.items)

    @property
    def trade(self) -> str:
        """Its number at the platform."""
        return out_trade_no(self.order_id, 1)


_ORDERS: Final = """
INSERT INTO payment.orders (order_id, candidate_id, session_id, total_fen, state, undertaking_version, fingerprint,
  attempt_number, create_time, open_until, payment_cutoff_time, due_time)
SELECT *, 'CREATED', '1', '\\x00', 1, $5, $6, $6, $6
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[])
"""
_ITEMS: Final = """
INSERT INTO payment.order_items (order_id, item_id, candidate_id, session_id, registration_id, course_code, course_name,
  fee_fen, position)
SELECT *, 1
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::bigint[])
"""
_ATTEMPTS: Final = """
INSERT INTO payment.attempts (order_id, out_trade_no, number, provider, state, create_time, expire_time)
SELECT *, 1, $3, 'PREPARED', $4, $5 FROM unnest($1::uuid[], $2::text[])
"""
_SHOWN: Final = (
    "UPDATE payment.attempts SET state = 'OPEN' WHERE order_id = ANY($1::uuid[])",
    "UPDATE payment.orders SET state = 'AWAITING_PAYMENT' WHERE order_id = ANY($1::uuid[])",
)
_PAID: Final = (
    "UPDATE payment.attempts a SET state = 'PAID', purpose = 'FEE', paid_time = o.create_time, paid_fen = o.total_fen, "
    "platform_trade_no = 'B' || a.out_trade_no FROM payment.orders o "
    "WHERE o.order_id = a.order_id AND a.order_id = ANY($1::uuid[])",
    "UPDATE payment.order_items SET paid = true WHERE order_id = ANY($1::uuid[])",
    "UPDATE payment.orders SET state = 'PAID', paid_time = create_time, due_time = NULL "
    "WHERE order_id = ANY($1::uuid[])",
)
_AT_PLATFORM: Final = (
    "INSERT INTO orders (merchant, out_trade_no, platform_trade_no, state, amount_fen, subject, notify_url,"
    " create_time, expire_time, paid_time) VALUES (?, ?, ?, 'SUCCESS', ?, 'bench', 'http://127.0.0.1:9/none', ?, ?, ?)"
)


def single(session_id: str, count: int, fee_fen: int) -> list[Due]:
    """Orders of one course each, of candidates whom nobody else knows."""
    return [
        Due(new_id(), new_id(), session_id, (Bought(new_id(), new_id(), "00538", "bench", fee_fen),))
        for _ in range(count)
    ]


async def await_payment(owner_url: str, orders: Sequence[Due], now: datetime) -> None:
    """Orders whose QR codes are shown."""
    ids = [order.order_id for order in orders]
    items = [(order, item) for order in orders for item in order.items]
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute(
            _ORDERS,
            ids,
            [order.candidate_id for order in orders],
            [order.session_id for order in orders],
            [order.total_fen for order in orders],
            now,
            now + timedelta(days=1),
        )
        await connection.execute(
            _ITEMS,
            [order.order_id for order, _ in items],
            [item.item_id for _, item in items],
            [order.candidate_id for order, _ in items],
            [order.session_id for order, _ in items],
            [item.registration_id for _, item in items],
            [item.course_code for _, item in items],
            [item.course_name for _, item in items],
            [item.fee_fen for _, item in items],
        )
        trades = [order.trade for order in orders]
        await connection.execute(_ATTEMPTS, ids, trades, PROVIDER, now, now + timedelta(days=1))
        await _each(connection, _SHOWN, ids)
        await connection.execute("ANALYZE payment.orders, payment.order_items, payment.attempts")
    finally:
        await connection.close()


async def have_been_paid(owner_url: str, sandbox: Path, orders: Sequence[Due], now: datetime) -> None:
    """The same orders paid, here and at the platform, whose file lies at `sandbox`."""
    connection = await asyncpg.connect(owner_url)
    try:
        await _each(connection, _PAID, [order.order_id for order in orders])
    finally:
        await connection.close()
    at, until = to_text(now), to_text(now + timedelta(days=1))
    with sqlite3.connect(sandbox / "sandbox.sqlite3", timeout=30) as platform:
        platform.executemany(
            _AT_PLATFORM,
            [(MERCHANT, order.trade, f"B{order.trade}", order.total_fen, at, until, at) for order in orders],
        )
    platform.close()


async def _each(connection: "asyncpg.Connection", statements: Iterable[str], ids: list[str]) -> None:
    for statement in statements:
        await connection.execute(statement, ids)
