"""An order at the platform and what may happen to it: decided here, without a clock or a file."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Final

from chassis.errors import IllegalMove
from chassis.transitions import Transitions, advance
from sandbox.storage.row_conversion import columns_of
from sandbox.storage.timestamps import to_text
from sandbox.web.refusals import Refused, conflict


class OrderState(Enum):
    """The platform's own words, as its answers say them."""

    NOTPAY = "NOTPAY"
    USERPAYING = "USERPAYING"
    """The payer's bank has it and has not answered."""
    SUCCESS = "SUCCESS"
    CLOSED = "CLOSED"
    REFUND = "REFUND"


class OrderEvent(Enum):
    """What can happen to an order."""

    PAY = "PAY"
    HOLD = "HOLD"
    RELEASE = "RELEASE"
    CLOSE = "CLOSE"
    PAY_THOUGH_CLOSED = "PAY_THOUGH_CLOSED"
    REFUND = "REFUND"


TRANSITIONS: Final[Transitions[OrderState, OrderEvent]] = {
    (OrderState.NOTPAY, OrderEvent.PAY): OrderState.SUCCESS,
    (OrderState.NOTPAY, OrderEvent.HOLD): OrderState.USERPAYING,
    (OrderState.NOTPAY, OrderEvent.CLOSE): OrderState.CLOSED,
    (OrderState.USERPAYING, OrderEvent.PAY): OrderState.SUCCESS,
    (OrderState.USERPAYING, OrderEvent.RELEASE): OrderState.NOTPAY,
    (OrderState.CLOSED, OrderEvent.PAY_THOUGH_CLOSED): OrderState.SUCCESS,
    (OrderState.SUCCESS, OrderEvent.REFUND): OrderState.REFUND,
    (OrderState.REFUND, OrderEvent.REFUND): OrderState.REFUND,
}

PAID: Final = frozenset({OrderState.SUCCESS, OrderState.REFUND})


@dataclass(frozen=True, slots=True)
class Order:
    """One order; amounts in fen, instants by the platform's clock."""

    merchant: str
    out_trade_no: str
    platform_trade_no: str
    amount_fen: int
    subject: str
    notify_url: str
    create_time: datetime
    expire_time: datetime
    state: OrderState = OrderState.NOTPAY
    refunded_fen: int = 0
    paid_time: datetime | None = None
    close_time: datetime | None = None

    def as_json(self, public_url: str) -> dict[str, object]:
        """What merchants and tools are told."""
        page = f"{public_url}/scan/{self.platform_trade_no}"
        told = columns_of(self) | {"qr_content": page, "pay_url": page}
        del told["notify_url"]
        return told

    def notification(self, event_id: str) -> dict[str, object]:
        """What the merchant is told, unasked, once it is paid."""
        assert self.paid_time is not None
        return {
            "event_id": event_id,
            "merchant": self.merchant,
            "out_trade_no": self.out_trade_no,
            "platform_trade_no": self.platform_trade_no,
            "amount_fen": self.amount_fen,
            "state": OrderState.SUCCESS.value,
            "paid_time": to_text(self.paid_time),
        }


OrderChange = Callable[[Order, datetime], Order]
"""What happens to an order at an instant; the same order when it changes nothing."""


def as_of(order: Order, now: datetime) -> Order:
    """The order as it stands at `now`: nobody has to come by for it to end at its time."""
    if order.state is OrderState.NOTPAY and now >= order.expire_time:
        return replace(order, state=OrderState.CLOSED, close_time=order.expire_time)
    return order


def pay(order: Order, now: datetime) -> Order:
    """The payer's money has arrived. Paying again changes nothing. Raises Refused when the order is closed."""
    if order.state in PAID:
        return order
    return replace(order, state=_move(order, OrderEvent.PAY), paid_time=now)


def pay_though_closed(order: Order, now: datetime) -> Order:
    """PA-6: money lands on an order that was closed, as real platforms let happen."""
    if order.state is not OrderState.CLOSED:
        return pay(order, now)
    return replace(order, state=_move(order, OrderEvent.PAY_THOUGH_CLOSED), paid_time=now)


def hold(order: Order, now: datetime) -> Order:
    """PA-4: the payer's bank has it and will answer later. Raises Refused."""
    if order.state is OrderState.USERPAYING:
        return order
    return replace(order, state=_move(order, OrderEvent.HOLD))


def release(order: Order, now: datetime) -> Order:
    """The payer or the bank gives up; the order can be paid again until its time. Raises Refused."""
    if order.state is OrderState.NOTPAY:
        return order
    return as_of(replace(order, state=_move(order, OrderEvent.RELEASE)), now)


def close(order: Order, now: datetime) -> Order:
    """PA-3: the merchant takes it back. Raises Refused while money has come or may yet come."""
    if order.state is OrderState.CLOSED:
        return order
    return replace(order, state=_move(order, OrderEvent.CLOSE), close_time=now)


def refund(order: Order, amount_fen: int) -> Order:
    """Gives back a part or all. Raises Refused for more than is left."""
    state = _move(order, OrderEvent.REFUND)
    if order.refunded_fen + amount_fen > order.amount_fen:
        raise conflict("REFUND_EXCEEDS_PAYMENT", "退款超过支付金额", "the refunds would exceed the payment")
    return replace(order, state=state, refunded_fen=order.refunded_fen + amount_fen)


def _move(order: Order, event: OrderEvent) -> OrderState:
    try:
        return advance(TRANSITIONS, order.state, event)
    except IllegalMove as error:
        raise _why_not(order.state, event) from error


def _why_not(state: OrderState, event: OrderEvent) -> Refused:
    if event is OrderEvent.REFUND:
        return conflict("ORDER_NOT_PAID", "订单未支付", "the order has not been paid")
    if state is OrderState.CLOSED:
        return conflict("ORDER_CLOSED", "订单已关闭", "the order is closed")
    if state is OrderState.USERPAYING:
        return conflict("ORDER_BEING_PAID", "银行处理中，请稍后再试", "the payer's bank has it; ask again later")
    return conflict("ORDER_PAID", "订单已支付", "the order has been paid")
