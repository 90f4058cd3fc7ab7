"""Payment as it runs: a real server on a real PostgreSQL, the sandbox's platform, and somebody who hears its events."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
import uvicorn
from google.api.httpbody_pb2 import HttpBody
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from zikao.common.v1 import event_pb2, event_pb2_grpc
from zikao.payment.v1 import events_pb2, payment_service_pb2_grpc, settlement_service_pb2_grpc
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import resources_pb2 as res
from zikao.payment.v1 import settlement_service_pb2 as settlement

from chassis.clock import ManualClock, SystemClock
from chassis.config import DatabaseConfig, PeersConfig
from chassis.ids import new_id
from chassis.rpc.channel import FreshChannel
from chassis.rpc.client import Peer
from chassis.security.tokens import Access, Principal, Signer, ensure_keys
from services.payment.config import Config, PaceConfig, PaymentServer, RefundsConfig, SandboxConfig, SweepConfig
from services.payment.main import Payment, payment
from tests.integration.payment.platform import Platform, sandbox_process
from tests.integration.payment.wechat import WeChat, account_at, serving
from tests.support.free_port import free_port
from tests.support.wait_until import PATIENCE_SECONDS

FEE = 7000


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everybody's keys."""
    given = os.environ.get("SANDBOX_KEYS_DIR")
    keys = Path(given) if given else tmp_path_factory.mktemp("keys")
    ensure_keys(keys)
    return keys


@pytest.fixture(scope="session")
def sandbox_url(keys_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The sandbox, a process of its own."""
    with sandbox_process(keys_dir, tmp_path_factory.mktemp("sandbox")) as url:
        yield url


@pytest.fixture
async def platform(sandbox_url: str, keys_dir: Path) -> AsyncIterator[Platform]:
    """The platform, on which nothing goes wrong yet."""
    platform = Platform(sandbox_url, keys_dir)
    await platform.clear_faults()
    yield platform
    await platform.clear_faults()
    await platform.close()


@pytest.fixture
def clock() -> ManualClock:
    """Starts at the present, which the platform's clock shows too."""
    return ManualClock(SystemClock().now())


class Listener(event_pb2_grpc.EventReceiverServicer):
    """Enrollment's ear: hears events, and can be deaf for a while."""

    def __init__(self) -> None:
        self.heard: list[event_pb2.Event] = []
        self.deaf = False

    async def Deliver(self, request: event_pb2.DeliverRequest, context: Any) -> event_pb2.DeliverResponse:  # noqa: N802
        if self.deaf:
            await context.abort(grpc.StatusCode.UNAVAILABLE)
        self.heard.extend(request.events)
        return event_pb2.DeliverResponse(accepted_event_ids=[event.event_id for event in request.events])

    def about(self, order_id: str, kind: type[Any]) -> list[Any]:
        """The events of a kind about an order, each delivery counted."""
        found = []
        for event in self.heard:
            if event.aggregate_id == order_id and event.payload.Is(kind.DESCRIPTOR):
                message = kind()
                event.payload.Unpack(message)
                found.append(message)
        return found

    def paid(self, order_id: str) -> list[events_pb2.OrderPaid]:
        """Each OrderPaid about an order."""
        return self.about(order_id, events_pb2.OrderPaid)

    def ended(self, order_id: str) -> list[events_pb2.OrderEndedUnpaid]:
        """Each OrderEndedUnpaid about an order."""
        return self.about(order_id, events_pb2.OrderEndedUnpaid)


@dataclass
class Desk:
    """The running service, and everybody who talks to it."""

    service: Payment
    config: Config
    clock: ManualClock
    platform: Platform
    listener: Listener
    peer: Peer
    signer: Signer
    enrollment: Signer
    stub: payment_service_pb2_grpc.PaymentServiceStub = field(init=False)
    settlement: settlement_service_pb2_grpc.SettlementServiceStub = field(init=False)
    relaying: "asyncio.Task[None]" = field(init=False)

    def __post_init__(self) -> None:
        self.stub = payment_service_pb2_grpc.PaymentServiceStub(self.peer)
        self.settlement = settlement_service_pb2_grpc.SettlementServiceStub(self.peer)

    def as_candidate(self, candidate_id: str) -> tuple[tuple[str, str]]:
        """The metadata of a candidate's call."""
        token = self.signer.sign(Principal(Access.CANDIDATE, candidate_id, "s"), timedelta(days=2))
        return (("authorization", f"Bearer {token}"),)

    def as_operator(self) -> tuple[tuple[str, str]]:
        """The metadata of an operator's call."""
        token = self.signer.sign(Principal(Access.OPERATOR, "operator-1", "s"), timedelta(days=2))
        return (("authorization", f"Bearer {token}"),)

    def as_enrollment(self) -> tuple[tuple[str, str]]:
        """The metadata of enrollment's call."""
        return (("authorization", f"Bearer {self.enrollment.sign_as_service('payment', timedelta(days=2))}"),)

    def request(self, *, items: int = 1, candidate_id: str | None = None, **changes: Any) -> pb.CreateOrderRequest:
        """What enrollment asks for: an order of `items` courses."""
        request = pb.CreateOrderRequest(
            order_id=new_id(),
            candidate_id=candidate_id or new_id(),
            session_id="2026-10",
            items=[
                res.OrderItem(
                    item_id=new_id(),
                    registration_id=str(uuid.uuid4()),
                    course_code=f"{538 + number:05d}",
                    course_name="中国古代文学史（一）",
                    fee_fen=FEE,
                )
                for number in range(items)
            ],
            total_fen=FEE * items,
            undertaking_version="3",
        )
        request.payment_cutoff_time.FromDatetime(self.clock.now() + timedelta(days=3))
        for name, value in changes.items():
            setattr(request, name, value)
        return request

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

    async def sweep(self, after: timedelta = timedelta()) -> None:
        """Time passes, and every order that is due is looked at."""
        self.clock.advance(after)
        while await self.service.sweep.once():
            pass

    async def refunds(self, order: res.Order) -> list[res.Refund]:
        """The order's refunds, as its candidate sees them."""
        request = pb.ListRefundsRequest(order_id=order.order_id)
        answer = await self.stub.ListRefunds(request, metadata=self.as_candidate(order.candidate_id))
        return list(answer.refunds)

    async def give_back(self, order: res.Order, after: timedelta = timedelta()) -> list[tuple[str, str, int]]:
        """Time passes, every refund that is due is carried out; the order's, as state, reason and amount."""
        self.clock.advance(after)
        while await self.service.refunder.once():
            pass
        names = res.Refund.State.Name, res.Refund.Reason.Name
        return [(names[0](one.state), names[1](one.reason), one.amount_fen) for one in await self.refunds(order)]

    async def settle_late(self, order: res.Order, decision: str) -> res.Order:
        """Enrollment decides what becomes of late money."""
        request = pb.SettleLateMoneyRequest(order_id=order.order_id, decision=decision)
        return await self.stub.SettleLateMoney(request, metadata=self.as_enrollment())

    async def until(self, condition: Callable[[], Awaitable[bool]], seconds: float = PATIENCE_SECONDS) -> None:
        """Waits for something to come true."""
        async with asyncio.timeout(seconds):
            while not await condition():
                await asyncio.sleep(0.02)

    async def until_state(self, order: res.Order, state: str, seconds: float = PATIENCE_SECONDS) -> res.Order:
        """Waits until the order is in a state here, and reads it."""

        async def reached() -> bool:
            return await self.state(order) == state

        await self.until(reached, seconds)
        return await self.get(order)

    async def until_nobody_needs_to_look(self, order: res.Order) -> None:
        """Waits until the operator's queue has nothing about the order."""

        async def empty() -> bool:
            return not await self.exceptions(order)

        await self.until(empty)

    async def until_heard(self, order: res.Order, kind: type[Any]) -> None:
        """Waits until enrollment has heard something about the order."""

        async def heard() -> bool:
            return bool(self.listener.about(order.order_id, kind))

        await self.until(heard)


@asynccontextmanager
async def gateway(port: int, deliver: Callable[[Request], Awaitable[Response]]) -> AsyncIterator[None]:
    """The one route of the gateway that the platform knows."""
    app = Starlette(routes=[Route("/v1/payment-notifications/sandbox", deliver, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def listening(listener: Listener) -> AsyncIterator[int]:
    """Serves enrollment's ear."""
    server = grpc.aio.server()
    event_pb2_grpc.add_EventReceiverServicer_to_server(listener, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield port
    finally:
        await server.stop(None)


@pytest.fixture
async def desk(database_url: str, keys_dir: Path, platform: Platform, clock: ManualClock) -> AsyncIterator[Desk]:
    """The service, running, with a fast page and no sweep but the test's own."""
    listener, notify_port = Listener(), free_port()
    async with AsyncExitStack() as stack:
        ear = await stack.enter_async_context(listening(listener))
        config = Config(
            server=PaymentServer(port=0, admin_port=0, grace_seconds=1),
            database=DatabaseConfig(url=database_url),
            peers=PeersConfig(enrollment=f"127.0.0.1:{ear}"),
            keys_dir=keys_dir,
            sandbox_url=platform.url,
            field_key=SecretStr("1f" * 32),
            sandbox=SandboxConfig(
                notify_url=f"http://127.0.0.1:{notify_port}/v1/payment-notifications/sandbox", timeout_seconds=60
            ),
            pace=PaceConfig(page_seconds=0.2, throttle_seconds=3),
            sweep=SweepConfig(per_second=10_000),
            refunds=RefundsConfig(per_second=10_000),
        )
        service = await stack.enter_async_context(payment(config, clock))
        ports = await stack.enter_async_context(service.server.serving())
        channel = FreshChannel(f"127.0.0.1:{ports.grpc}", (), None)
        stack.push_async_callback(channel.close)
        await channel.current().channel_ready()
        signers = Signer.load(keys_dir, "identity", clock), Signer.load(keys_dir, "enrollment", clock)
        desk = Desk(service, config, clock, platform, listener, Peer("payment", channel, None), *signers)

        async def deliver(request: Request) -> Response:
            headers = {name: value for name, value in request.headers.items() if name.startswith("x-sandbox-")}
            try:
                answer = await desk.notify(await request.body(), headers)
            except Exception:
                return Response(status_code=500)
            return Response(answer.data, media_type=answer.content_type)

        await stack.enter_async_context(gateway(notify_port, deliver))
        desk.relaying = asyncio.create_task(service.relay.run())
        stack.callback(desk.relaying.cancel)
        yield desk


@pytest.fixture
def wechat(tmp_path: Path) -> WeChat:
    return WeChat(tmp_path / "wechat")


@pytest.fixture
async def wechat_url(wechat):
    async with serving(wechat, free_port()) as address:
        yield address


@pytest.fixture
async def at_wechat(desk, wechat, wechat_url):
    """A desk whose new payments go to the platform."""
    config = desk.config.model_copy(update={"provider": "wechat", "wechat": account_at(wechat, wechat_url)})
    async with payment(config, desk.clock) as service, service.server.serving() as ports:
        channel = FreshChannel(f"127.0.0.1:{ports.grpc}", (), None)
        peer = Peer("payment", channel, None)
        desk.service, desk.stub = service, payment_service_pb2_grpc.PaymentServiceStub(peer)
        desk.settlement = settlement_service_pb2_grpc.SettlementServiceStub(peer)
        yield desk
        await channel.close()
