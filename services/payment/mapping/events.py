"""What payment tells enrollment and identity, as events."""

from datetime import datetime
from typing import Final

from zikao.payment.v1 import events_pb2

from chassis.rpc.message_mapping import message_of
from services.payment.domain.orders import ExpiringOrder, Order, OrderState
from services.payment.domain.receipts import AwaitedReceipt, IssuedReceipt
from services.payment.domain.refunds import Refund

_OUTCOMES: Final = {
    OrderState.EXPIRED: events_pb2.OrderEndedUnpaid.EXPIRED,
    OrderState.CANCELLED: events_pb2.OrderEndedUnpaid.CANCELLED,
    OrderState.FAILED: events_pb2.OrderEndedUnpaid.FAILED,
}


def order_paid(order: Order, paid_time: datetime) -> events_pb2.OrderPaid:
    """The fact that an order is paid."""
    items = [item.item_id for item in order.items]
    return message_of(events_pb2.OrderPaid, order, paid_time=paid_time, amount_fen=order.total_fen, item_ids=items)


def order_ended(order: Order, state: OrderState, end_time: datetime) -> events_pb2.OrderEndedUnpaid:
    """The fact that an order has ended and no money came."""
    return message_of(events_pb2.OrderEndedUnpaid, order, outcome=_OUTCOMES[state], end_time=end_time)


def late_money_arrived(order: Order, amount_fen: int, paid_time: datetime) -> events_pb2.LateMoneyArrived:
    """The fact that money has come on an order that had ended."""
    items = [item.item_id for item in order.items]
    return message_of(events_pb2.LateMoneyArrived, order, paid_time=paid_time, amount_fen=amount_fen, item_ids=items)


def order_refunded(refund: Refund, refund_time: datetime) -> events_pb2.OrderRefunded:
    """The fact that money is back."""
    return message_of(events_pb2.OrderRefunded, refund, refund_time=refund_time)


def order_expiring(order: ExpiringOrder) -> events_pb2.OrderExpiring:
    """The fact that an order ends soon."""
    return message_of(events_pb2.OrderExpiring, order)


def receipt_issued(receipt: AwaitedReceipt, issued: IssuedReceipt) -> events_pb2.ReceiptIssued:
    """The fact that a receipt is there."""
    return message_of(events_pb2.ReceiptIssued, receipt, issue_time=issued.issue_time)
