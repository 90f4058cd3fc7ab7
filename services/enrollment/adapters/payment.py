"""Payment, asked to create orders and where they stand."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from zikao.payment.v1 import payment_service_pb2, payment_service_pb2_grpc

from chassis.errors import Code, Refusal, ServiceTimeout, ServiceUnavailable
from chassis.process.call_batching import Batcher
from chassis.rpc.client import Peer
from chassis.rpc.deadlines import for_outgoing
from chassis.telemetry.logs import get_logger
from services.enrollment.adapters.final_refusals import is_final
from services.enrollment.domain.checkouts import Checkout, OrderFate
from services.enrollment.domain.selections import Selection
from services.enrollment.errors import OrderRefused
from services.enrollment.mapping import peer_messages

ASK_SECONDS: Final = 1.0
CREATE_SECONDS: Final = 2.5
AWAY: Final = frozenset({Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED})
"""Codes of a call that would fare no better for one order alone."""

_log = get_logger(__name__)


class PaymentService:
    """Calls payment. Orders of one moment share a call; one that comes alone has a call of its own."""

    def __init__(self, peer: Peer) -> None:
        self._stub: Any = payment_service_pb2_grpc.PaymentServiceStub(peer)
        self._create = Batcher(self._create_all)

    async def create_order(
        self, checkout: Checkout, drafts: Sequence[Selection], names: Mapping[str, str]
    ) -> OrderFate:
        """Creates the order of a checkout, or finds it; UNKNOWN when that cannot be done now, within the time that the
        caller has. Raises OrderRefused.
        """
        fate = await self._created(peer_messages.order_to_create(checkout, drafts, names))
        if isinstance(fate, OrderFate):
            return fate
        if is_final(fate):
            raise OrderRefused(payment_reason=fate.reason) from fate
        _log.warning("order not created in line", reason=fate.reason)
        return OrderFate.UNKNOWN

    async def _created(self, request: payment_service_pb2.CreateOrderRequest) -> OrderFate | Refusal:
        try:
            async with asyncio.timeout(for_outgoing(CREATE_SECONDS)):
                return await self._create(request)
        except Refusal as refusal:
            return refusal
        except TimeoutError:
            return ServiceTimeout(service="payment")

    async def _create_all(
        self, requests: Sequence[payment_service_pb2.CreateOrderRequest]
    ) -> Sequence[OrderFate | Refusal]:
        if len(requests) == 1:
            order = await self._stub.CreateOrder(requests[0], timeout=CREATE_SECONDS)
            return [peer_messages.order_fate(order)]
        together = payment_service_pb2.BatchCreateOrdersRequest(requests=requests)
        try:
            answer = await self._stub.BatchCreateOrders(together, timeout=CREATE_SECONDS)
        except Refusal as refusal:
            if refusal.code not in AWAY:
                raise
            return [refusal] * len(requests)
        return [peer_messages.order_outcome(one) for one in answer.outcomes]

    async def get_order_fate(self, order_id: str) -> OrderFate:
        """Where an order stands; UNKNOWN when payment does not know it yet. Raises ServiceUnavailable."""
        request = payment_service_pb2.GetOrderRequest(order_id=order_id)
        try:
            return peer_messages.order_fate(await self._stub.GetOrder(request, timeout=ASK_SECONDS))
        except Refusal as refusal:
            if is_final(refusal):
                return OrderFate.UNKNOWN
            raise ServiceUnavailable(service="payment") from refusal
