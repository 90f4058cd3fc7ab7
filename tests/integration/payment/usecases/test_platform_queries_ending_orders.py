"""Orders end unpaid, or are paid in the last moment: expiry, the bank, cancellation (PA-3)."""

import asyncio
from datetime import timedelta

import pytest
from zikao.payment.v1 import events_pb2
from zikao.payment.v1 import resources_pb2 as res

from chassis.errors import RemoteRefusal


async def test_an_unpaid_order_is_closed_at_the_platform_before_it_expires(payment):  # PA-3, F-6
    order = await payment.awaiting()
    await payment.sweep(timedelta(minutes=29, seconds=59))
    assert await payment.state(order) == "AWAITING_PAYMENT"
    await payment.sweep(timedelta(seconds=1))
    assert await payment.state(order) == "EXPIRED"
    assert (await payment.platform.trade(order.attempt.out_trade_no))["state"] == "CLOSED"
    assert (await payment.platform.pay(order.attempt.out_trade_no)).status_code == 409
    assert [outcome for kind, _, outcome in await payment.timeline(order) if kind == "CLOSE_REQUESTED"] == ["CLOSED"]
    await payment.until_heard(order, events_pb2.OrderEndedUnpaid)
    assert [event.outcome for event in payment.listener.ended(order.order_id)] == [events_pb2.OrderEndedUnpaid.EXPIRED]


async def test_money_of_the_last_second_is_honoured(payment):  # F-5, F-6
    order = await payment.paid_in_silence()
    await payment.sweep(timedelta(minutes=31))
    assert await payment.state(order) == "PAID"
    assert not payment.listener.ended(order.order_id)


@pytest.mark.parametrize("target", ["query", "close"])
async def test_an_order_does_not_expire_while_the_platform_cannot_be_asked(payment, target):  # PA-3
    order = await payment.awaiting()
    await payment.platform.fault(order.attempt.out_trade_no, target, "OUTAGE")
    await payment.sweep(timedelta(minutes=31))
    await payment.sweep(timedelta(minutes=5))
    assert await payment.state(order) == "AWAITING_PAYMENT"
    await payment.platform.clear_faults()
    await payment.sweep(timedelta(minutes=2))
    assert await payment.state(order) == "EXPIRED"


async def test_expiry_and_payment_never_both_win(payment):  # F-6
    orders = await asyncio.gather(*(payment.awaiting() for _ in range(12)))
    payment.clock.advance(timedelta(minutes=30))

    async def pay(order):
        return (await payment.platform.pay(order.attempt.out_trade_no)).is_success

    *kept, _ = await asyncio.gather(*(pay(order) for order in orders), payment.sweep())
    for order, has_money in zip(orders, kept, strict=True):
        await payment.until_state(order, "PAID" if has_money else "EXPIRED")


async def test_an_order_nobody_began_to_pay_ends_with_its_time(payment):  # EN-9, PA-3
    order = await payment.create()
    await payment.sweep(timedelta(hours=23))
    assert await payment.state(order) == "CREATED"
    await payment.sweep(timedelta(hours=1))
    assert await payment.state(order) == "EXPIRED"


async def test_a_trade_the_platform_never_heard_of_expires(payment):  # F-9
    order = await payment.create()
    await payment.platform.fault("global", "create", "OUTAGE", times=1)
    with pytest.raises(RemoteRefusal):
        await payment.pay(order)
    await payment.sweep(timedelta(minutes=30))
    assert await payment.state(order) == "EXPIRED"


async def test_an_order_at_the_bank_neither_expires_nor_is_cancelled_and_then_pays(payment):  # PA-2, PA-3
    order = await payment.awaiting()
    await payment.platform.hold(order.attempt.out_trade_no)
    assert (await payment.refresh(order)).order.state == res.Order.SUBMITTED_TO_BANK
    assert (await payment.get(order)).guidance.next_step == res.Guidance.WAIT
    with pytest.raises(RemoteRefusal) as refused:
        await payment.cancel(order)
    assert refused.value.reason == "PAYMENT_IN_PROGRESS"
    await payment.sweep(timedelta(minutes=29))
    assert await payment.state(order) == "SUBMITTED_TO_BANK"
    assert await payment.exceptions(order) == []
    await payment.sweep(timedelta(minutes=2))
    assert await payment.state(order) == "SUBMITTED_TO_BANK"
    assert await payment.exceptions(order) == ["STUCK_AT_BANK"]  # PA-4
    assert (await payment.get(order)).guidance.next_step == res.Guidance.CONTACT
    await payment.platform.pay(order.attempt.out_trade_no)
    assert (await payment.until_state(order, "PAID")).guidance.next_step == res.Guidance.NOTHING
    await payment.until_nobody_needs_to_look(order)


async def test_a_cancelled_order_is_closed_at_the_platform_first(payment):  # PA-3
    order = await payment.awaiting()
    assert (await payment.cancel(order)).state == res.Order.CANCELLED
    assert (await payment.cancel(order)).state == res.Order.CANCELLED
    assert (await payment.platform.trade(order.attempt.out_trade_no))["state"] == "CLOSED"
    await payment.until_heard(order, events_pb2.OrderEndedUnpaid)
    outcomes = [event.outcome for event in payment.listener.ended(order.order_id)]
    assert outcomes == [events_pb2.OrderEndedUnpaid.CANCELLED]


async def test_a_cancellation_whose_answer_is_lost_is_one_all_the_same(payment):  # PA-3, F-13
    order = await payment.awaiting()
    await payment.platform.fault(order.attempt.out_trade_no, "close", "LOST", times=1)
    with pytest.raises(RemoteRefusal) as refused:
        await payment.cancel(order)
    assert refused.value.reason == "PROVIDER_UNAVAILABLE"
    await payment.sweep(timedelta(minutes=2))
    assert await payment.state(order) == "CANCELLED"


async def test_a_cancellation_that_did_not_reach_the_platform_leaves_the_order_payable(payment):  # PA-3, F-18
    order = await payment.awaiting()
    await payment.platform.fault(order.attempt.out_trade_no, "close", "OUTAGE", times=1)
    with pytest.raises(RemoteRefusal):
        await payment.cancel(order)
    await payment.platform.pay(order.attempt.out_trade_no)
    await payment.until_state(order, "PAID")


async def test_a_cancellation_finds_the_money_that_nobody_told_of(payment):  # F-6
    order = await payment.paid_in_silence()
    with pytest.raises(RemoteRefusal) as refused:
        await payment.cancel(order)
    assert refused.value.reason == "ORDER_ALREADY_PAID"
    assert await payment.state(order) == "PAID"


async def test_a_cancellation_needs_the_platform(payment):  # PA-3, F-18
    order = await payment.awaiting()
    await payment.platform.fault("global", "query", "OUTAGE", times=1)
    with pytest.raises(RemoteRefusal) as refused:
        await payment.cancel(order)
    assert refused.value.reason == "PROVIDER_UNAVAILABLE"
    assert await payment.state(order) == "AWAITING_PAYMENT"
