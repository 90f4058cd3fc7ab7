"""The other services, behind enrollment's ports; and what the outbox carries to them when they could not be called
in line.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Final

from google.protobuf.message import Message
from zikao.identity.v1 import standing_service_pb2, standing_service_pb2_grpc
from zikao.payment.v1 import (
    payment_service_pb2,
    payment_service_pb2_grpc,
    settlement_service_pb2,
    settlement_service_pb2_grpc,
)
from zikao.review.v1 import review_service_pb2, review_service_pb2_grpc

from chassis.errors import Code, Refusal, RemoteRefusal
from chassis.events.relay import OutboxRow, Send, delivery_to
from chassis.rpc.client import Peer, Peers
from chassis.telemetry.logs import get_logger
from services.enrollment.domain.checkout import Checkout
from services.enrollment.domain.registration import Standing
from services.enrollment.domain.selection import Selection
from services.enrollment.errors import OrderRefused
from services.enrollment.mapping import messages
from services.enrollment.ports import OrderFate
from services.enrollment.repository.changes import CREATE_REFUND, CREATE_REFUND_BATCH, IDENTITY, SETTLE_LATE_MONEY
from services.enrollment.repository.selections import CREATE_ORDER, OPEN_CASE, WITHDRAW_CASE

ASK_SECONDS: Final = 1.0
CREATE_SECONDS: Final = 2.5
CARRY_SECONDS: Final = 5.0

PASSING: Final = frozenset(
    {
        Code.UNAVAILABLE,
        Code.DEADLINE_EXCEEDED,
        Code.RESOURCE_EXHAUSTED,
        Code.ABORTED,
        Code.CANCELLED,
        Code.INTERNAL,
        Code.UNKNOWN,
        Code.UNAUTHENTICATED,
        Code.UNIMPLEMENTED,
    }
)
"""Codes that say nothing about the request itself: it is worth making again."""

_log = get_logger(__name__)

Ended = Callable[[str], Awaitable[None]]
"""Told of an order that payment will never make."""


class IdentityStandings:
    """Identity, asked for a fresh standing."""

    def __init__(self, peer: Peer) -> None:
        self._stub: Any = standing_service_pb2_grpc.StandingServiceStub(peer)

    async def fresh(self, candidate_id: str) -> Standing | None:
        """The standing as it is now; None when identity cannot be reached in time or knows nobody of that id."""
        request = standing_service_pb2.GetStandingRequest(candidate_id=candidate_id)
        try:
            return messages.standing(await self._stub.GetStanding(request, timeout=ASK_SECONDS))
        except Refusal as refusal:
            _log.warning("no fresh standing", reason=refusal.reason)
            return None


class PaymentOrders:
    """Payment, asked to create orders and where they stand."""

    def __init__(self, peer: Peer) -> None:
        self._stub: Any = payment_service_pb2_grpc.PaymentServiceStub(peer)

    async def create(self, checkout: Checkout, drafts: Sequence[Selection], names: Mapping[str, str]) -> OrderFate:
        """Creates the order of a checkout, or finds it; UNKNOWN when that cannot be done now. Raises OrderRefused."""
        request = messages.order_to_create(checkout, drafts, names)
        try:
            order = await self._stub.CreateOrder(request, timeout=CREATE_SECONDS)
        except Refusal as refusal:
            if is_final(refusal):
                raise OrderRefused(payment_reason=refusal.reason) from refusal
            _log.warning("order not created in line", reason=refusal.reason)
            return OrderFate.UNKNOWN
        return messages.order_fate(order)

    async def fate(self, order_id: str) -> OrderFate:
        """Where an order stands; UNKNOWN when payment does not say."""
        request = payment_service_pb2.GetOrderRequest(order_id=order_id)
        try:
            return messages.order_fate(await self._stub.GetOrder(request, timeout=ASK_SECONDS))
        except Refusal:
            return OrderFate.UNKNOWN


def is_final(refusal: Refusal) -> bool:
    """True for a refusal of the request itself: the same request will be refused again."""
    return isinstance(refusal, RemoteRefusal) and refusal.code not in PASSING


def destinations(peers: Peers, order_refused: Ended) -> Mapping[str, Send]:
    """Where enrollment's outbox goes: events to identity; requests that are made until they are answered."""
    payment: Any = payment_service_pb2_grpc.PaymentServiceStub(peers.payment)
    settlement: Any = settlement_service_pb2_grpc.SettlementServiceStub(peers.payment)
    review: Any = review_service_pb2_grpc.ReviewServiceStub(peers.review)
    return {
        IDENTITY: delivery_to(peers.identity),
        CREATE_ORDER: _requests(payment.CreateOrder, payment_service_pb2.CreateOrderRequest, order_refused),
        CREATE_REFUND: _requests(payment.CreateRefund, payment_service_pb2.CreateRefundRequest),
        SETTLE_LATE_MONEY: _requests(payment.SettleLateMoney, payment_service_pb2.SettleLateMoneyRequest),
        CREATE_REFUND_BATCH: _requests(settlement.CreateRefundBatch, settlement_service_pb2.CreateRefundBatchRequest),
        OPEN_CASE: _requests(review.OpenCase, review_service_pb2.OpenCaseRequest),
        # A case that is still to be opened is withdrawn once it is.
        WITHDRAW_CASE: _requests(review.WithdrawCase, review_service_pb2.WithdrawCaseRequest, early=Code.NOT_FOUND),
    }


def _requests(call: Any, kind: type[Message], refused: Ended | None = None, *, early: Code | None = None) -> Send:
    """Makes each request once more. A final refusal ends it too: it is told to `refused`, or logged for an operator. A
    refusal with the code `early` is not final: the request came too soon.
    """

    async def send(rows: Sequence[OutboxRow]) -> Collection[str]:
        done = []
        for row in rows:
            try:
                await call(kind.FromString(row.payload), timeout=CARRY_SECONDS)
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
