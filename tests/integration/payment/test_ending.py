"""Orders end unpaid, or are paid in the last moment: expiry, the bank, cancellation (PA-3)."""

import asyncio
from datetime import timedelta

import pytest
from zikao.payment.v1 import events_pb2
from zikao.payment.v1 import resources_pb2 as res

from chassis.errors import RemoteRefusal


async def test_an_unpaid_order_is_closed_at_the_platform_before_it_expires(desk):  # PA-3, F-6
    order = await desk.awaiting()
    await desk.sweep(timedelta(minutes=29, seconds=59))
    assert await desk.state(order) == "AWAITING_PAYMENT"
    await desk.sweep(timedelta(seconds=1))
    assert await desk.state(order) == "EXPIRED"
    assert (await desk.platform.trade(order.attempt.out_trade_no))["state"] == "CLOSED"
    assert (await desk.platform.pay(order.attempt.out_trade_no)).status_code == 409
    assert [outcome for kind, _, outcome in await desk.timeline(order) if kind == "CLOSE_REQUESTED"] == ["CLOSED"]
    await desk.until_heard(order, events_pb2.OrderEndedUnpaid)
    assert [event.outcome for event in desk.listener.ended(order.order_id)] == [events_pb2.OrderEndedUnpaid.EXPIRED]


async def test_money_of_the_last_second_is_honoured(desk):  # F-5, F-6
    order = await desk.paid_in_silence()
    await desk.sweep(timedelta(minutes=31))
    assert await desk.state(order) == "PAID"
    assert not desk.listener.ended(order.order_id)


@pytest.mark.parametrize("target", ["query", "close"])
async def test_an_order_does_not_expire_while_the_platform_cannot_be_asked(desk, target):  # PA-3
    order = await desk.awaiting()
    await desk.platform.fault(order.attempt.out_trade_no, target, "OUTAGE")
    await desk.sweep(timedelta(minutes=31))
    await desk.sweep(timedelta(minutes=5))
    assert await desk.state(order) == "AWAITING_PAYMENT"
    await desk.platform.clear_faults()
    await desk.sweep(timedelta(minutes=2))
    assert await desk.state(order) == "EXPIRED"


async def test_expiry_and_payment_never_both_win(desk):  # F-6
    orders = await asyncio.gather(*(desk.awaiting() for _ in range(12)))
    desk.clock.advance(timedelta(minutes=30))

    async def pay(order):
        return (await desk.platform.pay(order.attempt.out_trade_no)).is_success

    *kept, _ = await asyncio.gather(*(pay(order) for order in orders), desk.sweep())
    for order, has_money in zip(orders, kept, strict=True):
        await desk.until_state(order, "PAID" if has_money else "EXPIRED")


async def test_an_order_nobody_began_to_pay_ends_with_its_time(desk):  # EN-9, PA-3
    order = await desk.create()
    await desk.sweep(timedelta(hours=23))
    assert await desk.state(order) == "CREATED"
    await desk.sweep(timedelta(hours=1))
    assert await desk.state(order) == "EXPIRED"


async def test_a_trade_the_platform_never_heard_of_expires(desk):  # F-9
    order = await desk.create()
    await desk.platform.fault("global", "create", "OUTAGE", times=1)
    with pytest.raises(RemoteRefusal):
        await desk.pay(order)
    await desk.sweep(timedelta(minutes=30))
    assert await desk.state(order) == "EXPIRED"


async def test_an_order_at_the_bank_neither_expires_nor_is_cancelled_and_then_pays(desk):  # PA-2, PA-3
    order = await desk.awaiting()
    await desk.platform.hold(order.attempt.out_trade_no)
    assert (await desk.refresh(order)).order.state == res.Order.SUBMITTED_TO_BANK
    assert (await desk.get(order)).guidance.next_step == res.Guidance.WAIT
    with pytest.raises(RemoteRefusal) as refused:
        await desk.cancel(order)
    assert refused.value.reason == "PAYMENT_IN_PROGRESS"
    await desk.sweep(timedelta(minutes=29))
    assert await desk.state(order) == "SUBMITTED_TO_BANK"
    assert await desk.exceptions(order) == []
    await desk.sweep(timedelta(minutes=2))
    assert await desk.state(order) == "SUBMITTED_TO_BANK"
    assert await desk.exceptions(order) == ["STUCK_AT_BANK"]  # PA-4
    assert (await desk.get(order)).guidance.next_step == res.Guidance.CONTACT
    await desk.platform.pay(order.attempt.out_trade_no)
    assert (await desk.until_state(order, "PAID")).guidance.next_step == res.Guidance.NOTHING
    await desk.until_nobody_needs_to_look(order)


async def test_a_cancelled_order_is_closed_at_the_platform_first(desk):  # PA-3
    order = await desk.awaiting()
    assert (await desk.cancel(order)).state == res.Order.CANCELLED
    assert (await desk.cancel(order)).state == res.Order.CANCELLED
    assert (await desk.platform.trade(order.attempt.out_trade_no))["state"] == "CLOSED"
    await desk.until_heard(order, events_pb2.OrderEndedUnpaid)
    outcomes = [event.outcome for event in desk.listener.ended(order.order_id)]
    assert outcomes == [events_pb2.OrderEndedUnpaid.CANCELLED]


async def test_a_cancellation_whose_answer_is_lost_is_one_all_the_same(desk):  # PA-3, F-13
    order = await desk.awaiting()
    await desk.platform.fault(order.attempt.out_trade_no, "close", "LOST", times=1)
    with pytest.raises(RemoteRefusal) as refused:
        await desk.cancel(order)
    assert refused.value.reason == "PROVIDER_UNAVAILABLE"
    await desk.sweep(timedelta(minutes=2))
    assert await desk.state(order) == "CANCELLED"


async def test_a_cancellation_that_did_not_reach_the_platform_leaves_the_order_payable(desk):  # PA-3, F-18
    order = await desk.awaiting()
    await desk.platform.fault(order.attempt.out_trade_no, "close", "OUTAGE", times=1)
    with pytest.raises(RemoteRefusal):
        await desk.cancel(order)
    await desk.platform.pay(order.attempt.out_trade_no)
    await desk.until_state(order, "PAID")


async def test_a_cancellation_finds_the_money_that_nobody_told_of(desk):  # F-6
    order = await desk.paid_in_silence()
    with pytest.raises(RemoteRefusal) as refused:
        await desk.cancel(order)
    assert refused.value.reason == "ORDER_ALREADY_PAID"
    assert await desk.state(order) == "PAID"


async def test_a_cancellation_needs_the_platform(desk):  # PA-3, F-18
    order = await desk.awaiting()
    await desk.platform.fault("global", "query", "OUTAGE", times=1)
    with pytest.raises(RemoteRefusal) as refused:
        await desk.cancel(order)
    assert refused.value.reason == "PROVIDER_UNAVAILABLE"
    assert await desk.state(order) == "AWAITING_PAYMENT"
