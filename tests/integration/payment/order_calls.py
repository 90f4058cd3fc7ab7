"""What candidates, enrollment and the platform do to orders of a running payment service."""

from dataclasses import dataclass, field

from google.api.httpbody_pb2 import HttpBody
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import payment_service_pb2_grpc, settlement_service_pb2_grpc
from zikao.payment.v1 import resources_pb2 as res
from zikao.payment.v1 import settlement_service_pb2 as settlement

from chassis.rpc.client import Peer
from tests.integration.payment.callers import Callers
from tests.integration.payment.simulated_platform import Platform
from tests.support.wait_until import PATIENCE_SECONDS


@dataclass
class OrderCalls(Callers):
    """Calls to the service, and what somebody does at the platform."""

    peer: Peer
    platform: Platform
    stub: payment_service_pb2_grpc.PaymentServiceStub = field(init=False)
    settlement: settlement_service_pb2_grpc.SettlementServiceStub = field(init=False)

    def __post_init__(self) -> None:
        self.connect(self.peer)

    def connect(self, peer: Peer) -> None:
        """Calls go to `peer` from now on."""
        self.stub = payment_service_pb2_grpc.PaymentServiceStub(peer)
        self.settlement = settlement_service_pb2_grpc.SettlementServiceStub(peer)

    async def create(self, request: pb.CreateOrderRequest | None = None) -> res.Order:
        """An order, made by enrollment."""
        return await self.stub.CreateOrder(request or self.request(), metadata=self.as_enrollment())

    async def pay(self, order: res.Order, version: str = "3") -> res.Order:
        """The candidate asks for a QR code."""
        request = pb.PayOrderRequest(order_id=order.order_id, undertaking_version=version)
        return await self.stub.PayOrder(
            request, metadata=self.as_candidate(order.candidate_id), timeout=PATIENCE_SECONDS
        )

    async def awaiting(self, request: pb.CreateOrderRequest | None = None) -> res.Order:
        """An order whose QR code is shown."""
        return await self.pay(await self.create(request))

    async def paid_in_silence(self) -> res.Order:
        """An order that somebody has paid and of which no notification comes."""
        order = await self.awaiting()
        await self.platform.fault(order.attempt.out_trade_no, "notification", "LOST")
        await self.platform.pay(order.attempt.out_trade_no)
        return order

    async def get(self, order: res.Order) -> res.Order:
        """The order as it stands here."""
        request = pb.GetOrderRequest(order_id=order.order_id)
        return await self.stub.GetOrder(request, metadata=self.as_candidate(order.candidate_id))

    async def state(self, order: res.Order) -> str:
        """The order's state here, by name."""
        return res.Order.State.Name((await self.get(order)).state)

    async def refresh(self, order: res.Order) -> pb.RefreshOrderResponse:
        """The candidate presses refresh."""
        request = pb.RefreshOrderRequest(order_id=order.order_id)
        return await self.stub.RefreshOrder(
            request, metadata=self.as_candidate(order.candidate_id), timeout=PATIENCE_SECONDS
        )

    async def cancel(self, order: res.Order) -> res.Order:
        """The candidate cancels."""
        request = pb.CancelOrderRequest(order_id=order.order_id)
        return await self.stub.CancelOrder(
            request, metadata=self.as_candidate(order.candidate_id), timeout=PATIENCE_SECONDS
        )

    async def notify(self, body: bytes, headers: dict[str, str], provider: str = "sandbox") -> HttpBody:
        """A notification comes in, as the gateway passes it on."""
        request = pb.ReceivePaymentNotificationRequest(provider=provider)
        request.body.data = body
        request.body.content_type = "application/json"
        return await self.stub.ReceivePaymentNotification(request, metadata=tuple(headers.items()))

    async def timeline(self, order: res.Order) -> list[tuple[str, str, str]]:
        """The order's timeline: kind, source, outcome."""
        request = pb.GetTimelineRequest(order_id=order.order_id)
        answer = await self.stub.GetTimeline(request, metadata=self.as_candidate(order.candidate_id))
        names = res.TimelineEntry.Kind.Name, res.TimelineEntry.Source.Name
        return [(names[0](entry.kind), names[1](entry.source), entry.outcome) for entry in answer.entries]

    async def exceptions(self, order: res.Order) -> list[str]:
        """The kinds of open exceptions that concern the order."""
        request = settlement.ListExceptionsRequest(order_id=order.order_id)
        answer = await self.settlement.ListExceptions(request, metadata=self.as_operator())
        return [res.Exception.Kind.Name(entry.kind) for entry in answer.exceptions]

    async def refunds(self, order: res.Order) -> list[res.Refund]:
        """The order's refunds, as its candidate sees them."""
        request = pb.ListRefundsRequest(order_id=order.order_id)
        answer = await self.stub.ListRefunds(request, metadata=self.as_candidate(order.candidate_id))
        return list(answer.refunds)

    async def settle_late(self, order: res.Order, decision: str) -> res.Order:
        """Enrollment decides what becomes of late money."""
        request = pb.SettleLateMoneyRequest(order_id=order.order_id, decision=decision)
        return await self.stub.SettleLateMoney(request, metadata=self.as_enrollment())
