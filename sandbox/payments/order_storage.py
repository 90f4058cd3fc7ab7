"""The platform's book of orders and refunds. Every function runs inside one transaction of the store."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from sandbox.payments.order_states import Order, OrderState
from sandbox.storage.row_conversion import columns_of, fields_of, insert
from sandbox.storage.timestamps import to_text
from sandbox.web.refusals import Refused, unknown


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back; `amount_fen` in fen."""

    merchant: str
    out_refund_no: str
    out_trade_no: str
    platform_trade_no: str
    platform_refund_no: str
    amount_fen: int
    refund_time: datetime

    def as_json(self) -> dict[str, object]:
        """What merchants are told."""
        told = columns_of(self) | {"state": "SUCCESS"}
        del told["merchant"], told["platform_trade_no"]
        return told


@dataclass(frozen=True, slots=True)
class OrderSearch:
    """Which orders are listed, newest first."""

    limit: int
    out_trade_no: str | None = None
    state: OrderState | None = None


def find(connection: sqlite3.Connection, merchant: str, out_trade_no: str) -> Order | None:
    """The merchant's order of that number."""
    row = connection.execute(
        "SELECT * FROM orders WHERE merchant = ? AND out_trade_no = ?", (merchant, out_trade_no)
    ).fetchone()
    return None if row is None else _order(row)


def get(connection: sqlite3.Connection, merchant: str, out_trade_no: str) -> Order:
    """The merchant's order of that number. Raises Refused (404)."""
    order = find(connection, merchant, out_trade_no)
    if order is None:
        raise order_unknown()
    return order


def get_scanned(connection: sqlite3.Connection, platform_trade_no: str) -> Order:
    """The order behind a QR code. Raises Refused (404)."""
    row = connection.execute("SELECT * FROM orders WHERE platform_trade_no = ?", (platform_trade_no,)).fetchone()
    if row is None:
        raise order_unknown()
    return _order(row)


def search(connection: sqlite3.Connection, wanted: OrderSearch, now: datetime) -> list[Order]:
    """The orders that are looked for, as they were last written."""
    at = to_text(now)
    conditions, values = ["TRUE"], list[object]()
    if wanted.out_trade_no is not None:
        conditions.append("out_trade_no = ?")
        values.append(wanted.out_trade_no)
    if wanted.state is not None:
        conditions.append("CASE WHEN state = 'NOTPAY' AND expire_time <= ? THEN 'CLOSED' ELSE state END = ?")
        values += [at, wanted.state.value]
    statement = f"SELECT * FROM orders WHERE {' AND '.join(conditions)} ORDER BY rowid DESC LIMIT ?"
    return [_order(row) for row in connection.execute(statement, (*values, wanted.limit))]


def add(connection: sqlite3.Connection, order: Order) -> None:
    """Enters a new order."""
    insert(connection, "orders", columns_of(order))


def save(connection: sqlite3.Connection, order: Order) -> None:
    """Writes what has become of an order."""
    connection.execute(
        "UPDATE orders SET state = :state, refunded_fen = :refunded_fen, paid_time = :paid_time,"
        " close_time = :close_time WHERE platform_trade_no = :platform_trade_no",
        columns_of(order),
    )


def find_refund(connection: sqlite3.Connection, merchant: str, out_refund_no: str) -> Refund | None:
    """The merchant's refund of that number."""
    row = connection.execute(
        "SELECT * FROM refunds WHERE merchant = ? AND out_refund_no = ?", (merchant, out_refund_no)
    ).fetchone()
    return None if row is None else Refund(**fields_of(row))


def add_refund(connection: sqlite3.Connection, refund: Refund) -> None:
    """Enters a refund."""
    insert(connection, "refunds", columns_of(refund))


def order_unknown() -> Refused:
    """There is no such order."""
    return unknown("ORDER_UNKNOWN", "订单不存在", "there is no such order")


def _order(row: sqlite3.Row) -> Order:
    return Order(**fields_of(row) | {"state": OrderState(row["state"])})
