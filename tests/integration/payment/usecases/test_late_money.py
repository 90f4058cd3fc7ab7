"""Money that an order cannot take as it comes: late, after the cut-off, twice. Attached or given back, and told."""

import asyncio
from datetime import timedelta

import pytest
from zikao.payment.v1 import events_pb2
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import resources_pb2 as res

from chassis.errors import RemoteRefusal
from services.payment import main
from tests.integration.payment.running_payment import sweep
from tests.integration.payment.simulated_platform import notification


async def late(payment, **how):
    """An order that ended unpaid, and on which somebody has paid after all."""
    order = await payment.awaiting(payment.request(**how))
    await payment.sweep(timedelta(minutes=30))
    assert await payment.state(order) == "EXPIRED"
    await payment.platform.pay(order.attempt.out_trade_no, even_if_closed=True)
    await payment.until_heard(order, events_pb2.LateMoneyArrived)
    return order


async def test_late_money_is_told_to_enrollment_and_to_the_candidate(payment):  # PA-6, F-7
    order = await late(payment, items=2)
    [told] = payment.listener.about(order.order_id, events_pb2.LateMoneyArrived)
    assert (told.amount_fen, list(told.item_ids)) == (14000, [item.item_id for item in order.items])
    seen = await payment.get(order)
    assert (seen.state, seen.attempt.state) == (res.Order.EXPIRED, res.PaymentAttempt.PAID)
    assert seen.guidance.next_step == res.Guidance.WAIT
    assert ("MONEY_HELD", "PROVIDER", "LATE_MONEY") in await payment.timeline(order)
    assert await payment.exceptions(order) == []
    assert not payment.listener.paid(order.order_id)


async def test_late_money_is_attached_when_its_courses_are_still_free(payment):  # PA-6, F-7
    order = await late(payment)
    attached = await payment.settle_late(order, "ATTACH")
    assert attached.state == res.Order.PAID
    assert attached.guidance.next_step == res.Guidance.NOTHING
    assert not attached.HasField("end_time")
    assert attached.paid_time.ToDatetime() == (await payment.get(order)).paid_time.ToDatetime()
    await payment.until_heard(order, events_pb2.OrderPaid)
    assert await payment.refunds(order) == []
    assert ("STATE_CHANGED", "SERVICE", "PAID") in await payment.timeline(order)
    request = pb.GetReceiptRequest(order_id=order.order_id)
    receipt = await payment.stub.GetReceipt(request, metadata=payment.as_candidate(order.candidate_id))
    assert receipt.amount_fen == order.total_fen


async def test_late_money_is_given_back_once_when_its_courses_are_taken(payment):  # PA-6, F-7
    order = await late(payment)
    decided = await payment.settle_late(order, "REFUND")
    assert decided.state == res.Order.EXPIRED
    assert decided.guidance.next_step == res.Guidance.REFUND_ON_ITS_WAY
    assert decided.guidance.refund_date
    await payment.settle_late(order, "REFUND")
    assert await payment.give_back(order) == [("SUCCEEDED", "SURPLUS_MONEY", 7000)]
    back = await payment.get(order)
    assert (back.refunded_fen, back.guidance.next_step) == (7000, res.Guidance.PAYING_AGAIN_IS_SAFE)
    assert (await payment.platform.trade(order.attempt.out_trade_no))["refunded_fen"] == 7000
    await payment.until_heard(order, events_pb2.OrderRefunded)
    [told] = payment.listener.about(order.order_id, events_pb2.OrderRefunded)
    assert (told.amount_fen, list(told.item_ids)) == (7000, [])
    assert [entry for entry in await payment.timeline(order) if entry[0] == "REFUND_REQUESTED"] == [
        ("REFUND_REQUESTED", "SERVICE", "REQUESTED"),
        ("REFUND_REQUESTED", "SWEEP", "SUCCEEDED"),
    ]


async def test_the_first_decision_stands(payment):  # PA-6
    attached, returned = await late(payment), await late(payment)
    await payment.settle_late(attached, "ATTACH")
    assert (await payment.settle_late(attached, "REFUND")).state == res.Order.PAID
    assert await payment.refunds(attached) == []
    await payment.settle_late(returned, "REFUND")
    assert (await payment.settle_late(returned, "ATTACH")).state == res.Order.EXPIRED
    assert [one.amount_fen for one in await payment.refunds(returned)] == [7000]

    async def told_again() -> bool:
        return len(payment.listener.ended(returned.order_id)) == 2

    await payment.until(told_again)


async def test_two_decisions_at_once_are_one(payment):  # PA-6
    order = await late(payment)
    await asyncio.gather(*(payment.settle_late(order, decision) for decision in ("ATTACH", "REFUND") * 4))
    state, refunds = await payment.state(order), await payment.refunds(order)
    assert (state, len(refunds)) in [("PAID", 0), ("EXPIRED", 1)]
    await payment.give_back(order)
    assert await payment.state(order) == state


async def test_an_order_without_late_money_has_nothing_to_decide(payment):  # PA-6
    with pytest.raises(RemoteRefusal) as refused:
        await payment.settle_late(await payment.awaiting(), "REFUND")
    assert refused.value.reason == "NO_LATE_MONEY"


async def test_the_same_late_news_many_times_is_held_and_told_once(payment):  # PA-6, F-2
    order = await late(payment)
    body = notification(await payment.platform.trade(order.attempt.out_trade_no))
    await asyncio.gather(*(payment.notify(body, payment.platform.signed(body)) for _ in range(20)))
    assert len(payment.listener.about(order.order_id, events_pb2.LateMoneyArrived)) == 1
    assert [entry for entry in await payment.timeline(order) if entry[0] == "MONEY_HELD"] == [
        ("MONEY_HELD", "PROVIDER", "LATE_MONEY")
    ]


async def test_money_paid_after_the_cutoff_goes_back_without_asking(payment):  # PA-6, F-15
    request = payment.request()
    request.payment_cutoff_time.FromDatetime(payment.clock.now() + timedelta(seconds=1))
    order = await payment.awaiting(request)
    await payment.sweep(timedelta(minutes=30))
    assert await payment.state(order) == "EXPIRED"
    trade = await payment.platform.trade(order.attempt.out_trade_no)
    later = (payment.clock.now()).isoformat()
    body = notification(trade, state="SUCCESS", paid_time=later)
    await payment.notify(body, payment.platform.signed(body))
    assert not payment.listener.about(order.order_id, events_pb2.LateMoneyArrived)
    [refund] = await payment.refunds(order)
    assert (refund.state, refund.amount_fen) == (res.Refund.REQUESTED, 7000)
    assert (await payment.get(order)).guidance.next_step == res.Guidance.REFUND_ON_ITS_WAY


async def test_a_decision_that_does_not_come_is_raised_and_goes_when_it_comes(payment):  # PA-6
    order = await late(payment)
    payment.clock.advance(timedelta(minutes=31))
    await payment.service.job("refund batches").once()
    await payment.service.job("refund batches").once()
    assert await payment.exceptions(order) == ["LATE_MONEY"]
    assert (await payment.get(order)).guidance.next_step == res.Guidance.CONTACT
    await payment.settle_late(order, "ATTACH")
    assert await payment.exceptions(order) == []
    assert (await payment.get(order)).guidance.next_step == res.Guidance.NOTHING


async def test_an_operator_decides_as_enrollment_would(payment):  # PA-6
    order = await late(payment)
    request = pb.SettleLateMoneyRequest(order_id=order.order_id, decision=pb.SettleLateMoneyRequest.REFUND)
    await payment.stub.SettleLateMoney(request, metadata=payment.as_operator())
    assert ("REFUND_REQUESTED", "OPERATOR", "REQUESTED") in await payment.timeline(order)
    with pytest.raises(RemoteRefusal) as refused:
        await payment.stub.SettleLateMoney(request, metadata=payment.as_candidate(order.candidate_id))
    assert refused.value.reason == "ACCESS_DENIED"


async def test_late_money_for_a_course_paid_under_another_order_goes_back_even_if_enrollment_errs(payment):  # PA-7
    first = await late(payment)
    second = await payment.awaiting(payment.request(candidate_id=first.candidate_id))
    await payment.platform.pay(second.attempt.out_trade_no)
    await payment.until_state(second, "PAID")
    assert (await payment.settle_late(first, "ATTACH")).state == res.Order.EXPIRED
    assert await payment.give_back(first) == [("SUCCEEDED", "SURPLUS_MONEY", 7000)]
    assert await payment.state(second) == "PAID"


async def test_expiry_and_payment_race_both_ways_on_two_processes(payment):  # PA-3, F-6
    """Two services on one database, each with connections of its own: one expires what the other hears is paid."""
    async with main.payment(payment.config, payment.clock) as other:
        orders = [await payment.awaiting() for _ in range(6)]
        payment.clock.advance(timedelta(minutes=30))

        async def pay(order: res.Order) -> None:
            trade = await payment.platform.trade(order.attempt.out_trade_no)
            if trade and trade["state"] in ("NOTPAY", "CLOSED"):
                await payment.platform.pay(order.attempt.out_trade_no, even_if_closed=True)

        await asyncio.gather(sweep(other.dependencies), *(pay(order) for order in orders), payment.sweep())
        for order in orders:
            state = (await _settled(payment, order)).state
            kept = (await payment.platform.trade(order.attempt.out_trade_no))["state"] == "SUCCESS"
            told = payment.listener.about(order.order_id, events_pb2.LateMoneyArrived)
            assert state == res.Order.PAID or (state == res.Order.EXPIRED and kept and len(told) == 1)


async def _settled(payment, order):
    async def known() -> bool:
        return (await payment.get(order)).attempt.state == res.PaymentAttempt.PAID

    await payment.until(known)
    if await payment.state(order) == "EXPIRED":
        await payment.until_heard(order, events_pb2.LateMoneyArrived)
    return await payment.get(order)
