"""Orders of one moment share a call to payment, and each is answered for itself (EN-10, GW-7)."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import grpc
import pytest
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import payment_service_pb2_grpc, resources_pb2

from chassis.call_context import Call, in_call
from chassis.errors import Code, RemoteRefusal
from chassis.ids import new_id
from chassis.rpc.error_details import to_status
from services.enrollment.adapters.payment import PaymentService
from services.enrollment.domain.checkouts import Checkout, CheckoutState, OrderFate
from services.enrollment.errors import OrderRefused
from tests.support.grpc_server import connected_peer, grpc_server
from tests.support.wait_until import wait_until

Outcome = pb.BatchCreateOrdersResponse.Outcome
ALONE, TOGETHER = "CreateOrder", "BatchCreateOrders"


@dataclass
class Payment(payment_service_pb2_grpc.PaymentServiceServicer):
    """Makes every order but those it is told to refuse. Calls wait while the gate is shut."""

    calls: list[tuple[str, int]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    malformed: set[str] = field(default_factory=set)
    away: bool = False
    deadlines: list[float] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def CreateOrder(self, request, context):  # noqa: N802
        await self._called(ALONE, [request], context)
        if request.order_id in self.refused:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION)
        return resources_pb2.Order(order_id=request.order_id, state=resources_pb2.Order.CREATED)

    async def BatchCreateOrders(self, request, context):  # noqa: N802
        await self._called(TOGETHER, request.requests, context)
        return pb.BatchCreateOrdersResponse(outcomes=[self._outcome(one.order_id) for one in request.requests])

    def _outcome(self, order_id):
        if order_id in self.refused:
            said = {"zh": "已截止。", "en": "It is too late."}
            refusal = RemoteRefusal(reason="PAYMENT_CUTOFF_PASSED", code=Code.FAILED_PRECONDITION, metadata={}, **said)
            return Outcome(refusal=to_status(refusal))
        return Outcome(state=resources_pb2.Order.CREATED)

    async def _called(self, name, requests, context):
        self.calls.append((name, len(requests)))
        self.deadlines.append(context.time_remaining())
        await self.gate.wait()
        if self.away:
            await context.abort(grpc.StatusCode.UNAVAILABLE)
        if self.malformed & {one.order_id for one in requests}:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT)


@pytest.fixture
def payment() -> Payment:
    started = Payment()
    started.gate.set()
    return started


@pytest.fixture
async def address(payment: Payment) -> AsyncIterator[str]:
    async with grpc_server((payment_service_pb2_grpc.add_PaymentServiceServicer_to_server, payment)) as opened:
        yield opened


@pytest.fixture
async def adapter(address: str) -> AsyncIterator[PaymentService]:
    async with connected_peer("payment", int(address.rpartition(":")[2])) as peer:
        yield PaymentService(peer)


def a_checkout() -> Checkout:
    now = datetime(2026, 9, 1, tzinfo=UTC)
    state = CheckoutState.UNSETTLED
    return Checkout(new_id(), new_id(), "2026-10", (new_id(),), 6500, state, "1", now, b"", now)


async def create(adapter: PaymentService, made: Checkout) -> OrderFate:
    return await adapter.create_order(made, [], {})


async def create_at_once(adapter: PaymentService, made: list[Checkout]) -> list[OrderFate | BaseException]:
    return await asyncio.gather(*(create(adapter, one) for one in made), return_exceptions=True)


async def test_an_order_that_comes_alone_has_a_call_of_its_own(adapter, payment) -> None:  # EN-10
    assert [await create(adapter, a_checkout()), await create(adapter, a_checkout())] == [OrderFate.UNSETTLED] * 2
    assert payment.calls == [(ALONE, 1)] * 2


async def test_orders_that_come_while_one_is_under_way_share_the_next_call(adapter, payment) -> None:  # EN-10
    payment.gate.clear()
    first = asyncio.ensure_future(create(adapter, a_checkout()))
    await wait_until(lambda: _calls(payment, 1))
    later = asyncio.gather(*(create(adapter, a_checkout()) for _ in range(5)))
    await asyncio.sleep(0)
    payment.gate.set()
    assert [await first, *await later] == [OrderFate.UNSETTLED] * 6
    assert payment.calls == [(ALONE, 1), (TOGETHER, 5)]


async def test_an_order_that_payment_refuses_is_refused_alone(adapter, payment) -> None:  # EN-10
    made = [a_checkout() for _ in range(4)]
    payment.refused.add(made[1].order_id)
    fates = await create_at_once(adapter, made)
    assert [type(one) for one in fates if one is not OrderFate.UNSETTLED] == [OrderRefused]
    assert fates[1].metadata["payment_reason"] == "PAYMENT_CUTOFF_PASSED"
    assert payment.calls == [(TOGETHER, 4)]


async def test_a_call_that_is_refused_for_one_order_is_made_for_each_alone(adapter, payment) -> None:  # F-13
    made = [a_checkout() for _ in range(3)]
    payment.malformed.add(made[2].order_id)
    fates = await create_at_once(adapter, made)
    assert fates[:2] == [OrderFate.UNSETTLED] * 2
    assert isinstance(fates[2], OrderRefused)
    assert payment.calls == [(TOGETHER, 3), *[(ALONE, 1)] * 3]


async def test_while_payment_is_away_nobody_asks_again_for_each(adapter, payment) -> None:  # EN-10, GW-7
    payment.away = True
    assert await create_at_once(adapter, [a_checkout() for _ in range(4)]) == [OrderFate.UNKNOWN] * 4
    assert payment.calls == [(TOGETHER, 4)]


async def test_nobody_waits_longer_than_its_own_caller_while_others_share_a_call(adapter, payment) -> None:  # EN-10
    payment.gate.clear()

    async def create_in_haste() -> OrderFate:
        with in_call(Call("CheckOut", deadline=time.monotonic() + 0.5)):
            return await create(adapter, a_checkout())

    hasty, patient = asyncio.ensure_future(create_in_haste()), asyncio.ensure_future(create(adapter, a_checkout()))
    assert await hasty is OrderFate.UNKNOWN
    payment.gate.set()
    assert await patient is OrderFate.UNSETTLED
    assert payment.calls == [(TOGETHER, 2)]


async def test_an_order_that_comes_alone_is_asked_for_within_the_time_of_its_caller(adapter, payment) -> None:  # EN-10
    with in_call(Call("CheckOut", deadline=time.monotonic() + 1)):
        assert await create(adapter, a_checkout()) is OrderFate.UNSETTLED
    assert payment.deadlines[0] < 1


async def _calls(payment: Payment, count: int) -> bool:
    return len(payment.calls) >= count
