"""What payment tells enrollment, as events."""

from datetime import datetime
from typing import Final

from zikao.payment.v1 import events_pb2

from services.payment.domain.orders import Order, OrderState
from services.payment.domain.refunds import Refund
from services.payment.mapping.timestamps import instant

_OUTCOMES: Final = {
    OrderState.EXPIRED: events_pb2.OrderEndedUnpaid.EXPIRED,
    OrderState.CANCELLED: events_pb2.OrderEndedUnpaid.CANCELLED,
    OrderState.FAILED: events_pb2.OrderEndedUnpaid.FAILED,
}


def order_paid(order: Order, paid_time: datetime) -> events_pb2.OrderPaid:
    """The fact that an order is paid."""
    return events_pb2.OrderPaid(
        order_id=order.order_id,
        candidate_id=order.candidate_id,
        session_id=order.session_id,
        paid_time=instant(paid_time),
        amount_fen=order.total_fen,
        item_ids=[item.item_id for item in order.items],
    )


def order_ended(order: Order, state: OrderState, end_time: datetime) -> events_pb2.OrderEndedUnpaid:
    """The fact that an order has ended and no money came."""
    return events_pb2.OrderEndedUnpaid(
        order_id=order.order_id,
        candidate_id=order.candidate_id,
        session_id=order.session_id,
        outcome=_OUTCOMES[state],
        end_time=instant(end_time),
    )


def late_money_arrived(order: Order, amount_fen: int, paid_time: datetime) -> events_pb2.LateMoneyArrived:
    """The fact that money has come on an order that had ended."""
    return events_pb2.LateMoneyArrived(
        order_id=order.order_id,
        candidate_id=order.candidate_id,
        session_id=order.session_id,
        paid_time=instant(paid_time),
        amount_fen=amount_fen,
        item_ids=[item.item_id for item in order.items],
    )


def order_refunded(refund: Refund, refund_time: datetime) -> events_pb2.OrderRefunded:
    """The fact that money is back."""
    return events_pb2.OrderRefunded(
        order_id=refund.order_id,
        candidate_id=refund.candidate_id,
        session_id=refund.session_id,
        refund_id=refund.refund_id,
        item_ids=refund.item_ids,
        amount_fen=refund.amount_fen,
        refund_time=instant(refund_time),
    )
