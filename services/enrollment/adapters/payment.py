"""Payment, asked to create orders and where they stand."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from zikao.payment.v1 import payment_service_pb2, payment_service_pb2_grpc

from chassis.errors import Refusal, ServiceUnavailable
from chassis.rpc.client import Peer
from chassis.telemetry.logs import get_logger
from services.enrollment.adapters.final_refusals import is_final
from services.enrollment.domain.checkouts import Checkout, OrderFate
from services.enrollment.domain.selections import Selection
from services.enrollment.errors import OrderRefused
from services.enrollment.mapping import peer_messages

ASK_SECONDS: Final = 1.0
CREATE_SECONDS: Final = 2.5

_log = get_logger(__name__)


class PaymentService:
    """Calls payment."""

    def __init__(self, peer: Peer) -> None:
        self._stub: Any = payment_service_pb2_grpc.PaymentServiceStub(peer)

    async def create_order(
        self, checkout: Checkout, drafts: Sequence[Selection], names: Mapping[str, str]
    ) -> OrderFate:
        """Creates the order of a checkout, or finds it; UNKNOWN when that cannot be done now. Raises OrderRefused."""
        request = peer_messages.order_to_create(checkout, drafts, names)
        try:
            order = await self._stub.CreateOrder(request, timeout=CREATE_SECONDS)
        except Refusal as refusal:
            if is_final(refusal):
                raise OrderRefused(payment_reason=refusal.reason) from refusal
            _log.warning("order not created in line", reason=refusal.reason)
            return OrderFate.UNKNOWN
        return peer_messages.order_fate(order)

    async def get_order_fate(self, order_id: str) -> OrderFate:
        """Where an order stands; UNKNOWN when payment does not know it yet. Raises ServiceUnavailable."""
        request = payment_service_pb2.GetOrderRequest(order_id=order_id)
        try:
            return peer_messages.order_fate(await self._stub.GetOrder(request, timeout=ASK_SECONDS))
        except Refusal as refusal:
            if is_final(refusal):
                return OrderFate.UNKNOWN
            raise ServiceUnavailable(service="payment") from refusal
