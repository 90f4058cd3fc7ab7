"""What the outbox carries to the other services when they could not be called in line, until they answer."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

from google.protobuf.message import Message
from zikao.payment.v1 import (
    payment_service_pb2,
    payment_service_pb2_grpc,
    settlement_service_pb2,
    settlement_service_pb2_grpc,
)
from zikao.review.v1 import review_service_pb2, review_service_pb2_grpc

from chassis.errors import Code, Refusal
from chassis.events.relay import OutboxRow, Send, delivery_to
from chassis.rpc.client import Peers
from chassis.telemetry.logs import get_logger
from services.enrollment.adapters.final_refusals import is_final
from services.enrollment.dependencies import Dependencies
from services.enrollment.repository.outbox_destinations import (
    CANCEL_ORDER,
    CREATE_ORDER,
    CREATE_REFUND,
    CREATE_REFUND_BATCH,
    IDENTITY,
    OPEN_CASE,
    SETTLE_LATE_MONEY,
    WITHDRAW_CASE,
)
from services.enrollment.usecases.order_outcomes import end_refused_order

SECONDS: Final = 5.0

_log = get_logger(__name__)

Refused = Callable[[str], Awaitable[None]]
"""Told the aggregate's id of a request that will never be carried out."""


def destinations(deps: Dependencies, peers: Peers) -> Mapping[str, Send]:
    """Where enrollment's outbox goes: events to identity; requests that are made until they are answered."""
    payment: Any = payment_service_pb2_grpc.PaymentServiceStub(peers.payment)
    settlement: Any = settlement_service_pb2_grpc.SettlementServiceStub(peers.payment)
    review: Any = review_service_pb2_grpc.ReviewServiceStub(peers.review)
    refused = partial(end_refused_order, deps)
    return {
        IDENTITY: delivery_to(peers.identity),
        CREATE_ORDER: _requests(payment.CreateOrder, payment_service_pb2.CreateOrderRequest, refused),
        # One that is paid meanwhile is refunded: its courses cannot count any more (PA-6).
        CANCEL_ORDER: _requests(payment.CancelOrder, payment_service_pb2.CancelOrderRequest),
        CREATE_REFUND: _requests(payment.CreateRefund, payment_service_pb2.CreateRefundRequest),
        SETTLE_LATE_MONEY: _requests(payment.SettleLateMoney, payment_service_pb2.SettleLateMoneyRequest),
        CREATE_REFUND_BATCH: _requests(settlement.CreateRefundBatch, settlement_service_pb2.CreateRefundBatchRequest),
        OPEN_CASE: _requests(review.OpenCase, review_service_pb2.OpenCaseRequest),
        # A case that is still to be opened is withdrawn once it is.
        WITHDRAW_CASE: _requests(review.WithdrawCase, review_service_pb2.WithdrawCaseRequest, early=Code.NOT_FOUND),
    }


def _requests(call: Any, kind: type[Message], refused: Refused | None = None, *, early: Code | None = None) -> Send:
    """Makes each request once more. A final refusal ends it too: it is told to `refused`, or logged for an operator. A
    refusal with the code `early` is not final: the request came too soon.
    """

    async def send(rows: Sequence[OutboxRow]) -> Collection[str]:
        done = []
        for row in rows:
            try:
                await call(kind.FromString(row.payload), timeout=SECONDS)
            except Refusal as refusal:
                if not is_final(refusal) or refusal.code is early:
                    _log.warning("a request must be made again", request=row.type, reason=refusal.reason)
                    continue
                _log.error("a request was refused for good", request=row.type, reason=refusal.reason)
                if refused is not None:
                    await refused(row.aggregate_id)
            done.append(row.event_id)
        return done

    return send
