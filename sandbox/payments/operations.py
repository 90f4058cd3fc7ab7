"""What the platform does: each function is one intent and runs inside one transaction of the store."""

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime, Field

from sandbox.payments import notification_deliveries, order_storage
from sandbox.payments.notification_deliveries import Delivery
from sandbox.payments.order_states import PAID, Order, OrderChange, as_of, close, refund
from sandbox.payments.order_storage import Refund
from sandbox.web.refusals import conflict, unknown
from sandbox.web.requests_and_answers import Body

MOST_FEN = 10**12
NUMBER = r"^[0-9A-Za-z_.\-]{1,64}$"


class NewOrder(Body):
    """`POST /pay/orders`."""

    merchant: str
    out_trade_no: str = Field(pattern=NUMBER)
    amount_fen: int = Field(gt=0, le=MOST_FEN)
    subject: str = Field(min_length=1, max_length=200)
    notify_url: str = Field(pattern=r"^https?://[^\s]+$", max_length=500)
    expire_time: AwareDatetime

    def made(self, now: datetime) -> Order:
        """The order that is asked for."""
        return Order(**dict(self), platform_trade_no=_number("T", now), create_time=now)

    def describes(self, order: Order) -> bool:
        """Whether it is the same content."""
        return all(getattr(order, name) == value for name, value in self)


class BankAccount(Body):
    """Where a refund goes when the way its money came is closed. Not kept."""

    holder: str = Field(min_length=1, max_length=100)
    number: str = Field(pattern=r"^[0-9]{8,32}$")
    bank: str = Field(min_length=1, max_length=100)


class NewRefund(Body):
    """`POST /pay/refunds`."""

    out_refund_no: str = Field(pattern=NUMBER)
    out_trade_no: str = Field(pattern=NUMBER)
    amount_fen: int = Field(gt=0, le=MOST_FEN)
    bank_account: BankAccount | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button has done: the order now, and the notifications that are owed since."""

    order: Order
    owed: list[Delivery]


def create(connection: sqlite3.Connection, new: NewOrder, now: datetime) -> Order:
    """The order of a number, made at the first request. Raises Refused for the same number with other content."""
    present = order_storage.find(connection, new.merchant, new.out_trade_no)
    if present is None:
        order = new.made(now)
        order_storage.add(connection, order)
        return as_of(order, now)
    if not new.describes(present):
        raise conflict("ORDER_MISMATCH", "同一订单号的内容不同", "the number has been used for another order")
    return as_of(present, now)


def query(connection: sqlite3.Connection, merchant: str, out_trade_no: str, now: datetime) -> Order:
    """The order as it stands. Raises Refused."""
    return as_of(order_storage.get(connection, merchant, out_trade_no), now)


def close_order(connection: sqlite3.Connection, merchant: str, out_trade_no: str, now: datetime) -> Order:
    """PA-3: takes an order back. Raises Refused while money has come or may come."""
    return _changed(connection, order_storage.get(connection, merchant, out_trade_no), close, now)


def press(connection: sqlite3.Connection, platform_trade_no: str, button: OrderChange, now: datetime) -> Pressed:
    """A button of the pay page. What is owed to the merchant is planned in the same transaction (PA-5)."""
    before = order_storage.get_scanned(connection, platform_trade_no)
    after = _changed(connection, before, button, now)
    newly_paid = after.state in PAID and before.state not in PAID
    return Pressed(after, notification_deliveries.plan(connection, after, now) if newly_paid else [])


def give_back(connection: sqlite3.Connection, merchant: str, new: NewRefund, now: datetime) -> Refund:
    """The refund of a number, made at the first request. Raises Refused."""
    order = order_storage.get(connection, merchant, new.out_trade_no)
    present = order_storage.find_refund(connection, merchant, new.out_refund_no)
    if present is not None:
        if (present.out_trade_no, present.amount_fen) != (new.out_trade_no, new.amount_fen):
            raise conflict("REFUND_MISMATCH", "同一退款号的内容不同", "the number has been used for another refund")
        return present
    order_storage.save(connection, refund(as_of(order, now), new.amount_fen))
    made = Refund(
        merchant=merchant,
        platform_trade_no=order.platform_trade_no,
        platform_refund_no=_number("R", now),
        refund_time=now,
        **new.model_dump(exclude={"bank_account"}),
    )
    order_storage.add_refund(connection, made)
    return made


def give_back_over_closed_route(connection: sqlite3.Connection, merchant: str, new: NewRefund, now: datetime) -> Refund:
    """As `give_back` when the account the money came from is gone (PA-12). Raises Refused without another one."""
    if new.bank_account is None and order_storage.find_refund(connection, merchant, new.out_refund_no) is None:
        raise conflict("ROUTE_CLOSED", "原支付账户已注销", "the account the money came from is closed")
    return give_back(connection, merchant, new, now)


def query_refund(connection: sqlite3.Connection, merchant: str, out_refund_no: str) -> Refund:
    """The refund of a number. Raises Refused."""
    found = order_storage.find_refund(connection, merchant, out_refund_no)
    if found is None:
        raise unknown("REFUND_UNKNOWN", "退款不存在", "there is no such refund")
    return found


def _changed(connection: sqlite3.Connection, before: Order, change: OrderChange, now: datetime) -> Order:
    current = as_of(before, now)
    after = change(current, now)
    if after != before:
        order_storage.save(connection, after)
    return after


def _number(prefix: str, now: datetime) -> str:
    return f"{prefix}{now:%Y%m%d}{secrets.token_hex(10)}"
