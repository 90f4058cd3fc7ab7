"""The platform is asked: by an open page, by a refresh, by the sweep (PA-4)."""

import asyncio
from datetime import timedelta

import pytest
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import resources_pb2 as res

from services.payment.domain.orders import OrderState
from services.payment.usecases.order_stream import query_for_page
from tests.support.wait_until import PATIENCE_SECONDS


async def test_a_lost_notification_heals_while_the_page_is_open(payment):  # F-1
    order = await payment.awaiting()
    watching = payment.stub.WatchOrder(
        pb.WatchOrderRequest(order_id=order.order_id),
        metadata=payment.as_candidate(order.candidate_id),
        timeout=PATIENCE_SECONDS,
    )
    states = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for seen in watching:
            states.append(res.Order.State.Name(seen.order.state))
            if len(states) == 1:
                await payment.platform.fault(order.attempt.out_trade_no, "notification", "LOST")
                await payment.platform.pay(order.attempt.out_trade_no)
            payment.clock.advance(timedelta(seconds=5))
    assert states == ["AWAITING_PAYMENT", "PAID"]
    assert ("STATE_CHANGED", "OPEN_PAGE", "PAID") in await payment.timeline(order)


async def test_a_page_that_finds_too_many_asking_leaves_it_to_the_next_time(payment):  # PA-4
    order = await payment.paid_in_silence()
    places, known = payment.deps.page_questions, await payment.deps.orders.get_order(order.order_id)
    for _ in range(payment.deps.config.pace.pages_at_once):
        await places.acquire()
    assert await query_for_page(payment.deps, known) is known
    places.release()
    assert (await query_for_page(payment.deps, known)).state is OrderState.PAID


async def test_a_page_is_shown_a_change_at_once(payment):  # PA-4
    order = await payment.awaiting()
    watching = payment.stub.WatchOrder(
        pb.WatchOrderRequest(order_id=order.order_id),
        metadata=payment.as_candidate(order.candidate_id),
        timeout=PATIENCE_SECONDS,
    )
    states = []
    async for seen in watching:
        states.append(res.Order.State.Name(seen.order.state))
        if len(states) == 1:
            await payment.platform.pay(order.attempt.out_trade_no)
    assert states == ["AWAITING_PAYMENT", "PAID"]


async def test_a_lost_notification_heals_within_two_minutes_without_a_page(payment):  # F-1
    order = await payment.paid_in_silence()
    start = payment.clock.now()
    while await payment.state(order) != "PAID":
        await payment.sweep(timedelta(seconds=5))
        assert payment.clock.now() - start < timedelta(minutes=2)
    assert ("STATE_CHANGED", "SWEEP", "PAID") in await payment.timeline(order)


async def test_a_refresh_asks_the_platform_and_not_the_local_row(payment):  # F-17
    order = await payment.paid_in_silence()
    assert await payment.state(order) == "AWAITING_PAYMENT"
    refreshed = await payment.refresh(order)
    assert refreshed.asked
    assert refreshed.order.state == res.Order.PAID


async def test_a_refresh_is_throttled_per_order_whoever_asked(payment):  # PA-4
    order = await payment.awaiting()
    first = await payment.refresh(order)
    assert first.asked
    assert first.provider_reachable
    again = await payment.refresh(order)
    assert not again.asked
    assert again.next_refresh_time.ToDatetime() - payment.clock.now().replace(tzinfo=None) == timedelta(seconds=3)
    payment.clock.advance(timedelta(seconds=3))
    answers = await asyncio.gather(*(payment.refresh(order) for _ in range(5)))
    assert sum(answer.asked for answer in answers) == 1
    assert (await payment.refresh(await payment.create())).asked is False


@pytest.mark.parametrize("kind", ["OUTAGE", "LOST", "FORGED"])
async def test_a_platform_that_does_not_answer_fails_nothing(payment, kind):  # F-18
    order = await payment.paid_in_silence()
    await payment.platform.fault("global", "query", kind, times=1)
    refreshed = await payment.refresh(order)
    assert (refreshed.asked, refreshed.provider_reachable) == (True, False)
    assert refreshed.order.state == res.Order.AWAITING_PAYMENT
    assert ("QUERIED", "CANDIDATE", "UNREACHABLE") in await payment.timeline(order)
    payment.clock.advance(timedelta(seconds=3))
    assert (await payment.refresh(order)).order.state == res.Order.PAID


async def test_what_a_dead_sweep_had_taken_comes_back(payment):  # PA-4
    order = await payment.paid_in_silence()
    payment.clock.advance(timedelta(minutes=1))
    taken = await payment.deps.orders.claim_due_orders(now=payment.clock.now(), lease=timedelta(minutes=1), size=1000)
    assert order.order_id in taken
    await payment.sweep()
    assert await payment.state(order) == "AWAITING_PAYMENT"
    await payment.sweep(timedelta(minutes=1))
    assert await payment.state(order) == "PAID"


async def test_two_sweeps_take_different_orders(payment):  # PA-4
    for _ in range(6):
        await payment.awaiting()
    payment.clock.advance(timedelta(minutes=1))
    now, lease = payment.clock.now(), timedelta(minutes=1)
    orders = payment.deps.orders
    first, second = await asyncio.gather(*(orders.claim_due_orders(now=now, lease=lease, size=3) for _ in range(2)))
    assert len(first) == len(second) == 3
    assert not set(first) & set(second)
    assert set(first) | set(second) <= set(await orders.claim_due_orders(now=now + lease, lease=lease, size=100))
