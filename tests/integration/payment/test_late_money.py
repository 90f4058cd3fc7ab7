"""Money that an order cannot take as it comes: late, after the cut-off, twice. Attached or given back, and told."""

import asyncio
from datetime import timedelta

import pytest
from zikao.payment.v1 import events_pb2
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import resources_pb2 as res

from chassis.errors import RemoteRefusal
from services.payment.main import payment
from tests.integration.payment.platform import notification


async def late(desk, **how):
    """An order that ended unpaid, and on which somebody has paid after all."""
    order = await desk.awaiting(desk.request(**how))
    await desk.sweep(timedelta(minutes=30))
    assert await desk.state(order) == "EXPIRED"
    await desk.platform.pay(order.attempt.out_trade_no, even_if_closed=True)
    await desk.until_heard(order, events_pb2.LateMoneyArrived)
    return order


async def test_late_money_is_told_to_enrollment_and_to_the_candidate(desk):  # PA-6, F-7
    order = await late(desk, items=2)
    [told] = desk.listener.about(order.order_id, events_pb2.LateMoneyArrived)
    assert (told.amount_fen, list(told.item_ids)) == (14000, [item.item_id for item in order.items])
    seen = await desk.get(order)
    assert (seen.state, seen.attempt.state) == (res.Order.EXPIRED, res.PaymentAttempt.PAID)
    assert seen.guidance.next_step == res.Guidance.WAIT
    assert ("MONEY_HELD", "PROVIDER", "LATE_MONEY") in await desk.timeline(order)
    assert await desk.exceptions(order) == []
    assert not desk.listener.paid(order.order_id)


async def test_late_money_is_attached_when_its_courses_are_still_free(desk):  # PA-6, F-7
    order = await late(desk)
    attached = await desk.settle_late(order, "ATTACH")
    assert attached.state == res.Order.PAID
    assert attached.guidance.next_step == res.Guidance.NOTHING
    assert not attached.HasField("end_time")
    assert attached.paid_time.ToDatetime() == (await desk.get(order)).paid_time.ToDatetime()
    await desk.until_heard(order, events_pb2.OrderPaid)
    assert await desk.refunds(order) == []
    assert ("STATE_CHANGED", "SERVICE", "PAID") in await desk.timeline(order)
    request = pb.GetReceiptRequest(order_id=order.order_id)
    receipt = await desk.stub.GetReceipt(request, metadata=desk.as_candidate(order.candidate_id))
    assert receipt.amount_fen == order.total_fen


async def test_late_money_is_given_back_once_when_its_courses_are_taken(desk):  # PA-6, F-7
    order = await late(desk)
    decided = await desk.settle_late(order, "REFUND")
    assert decided.state == res.Order.EXPIRED
    assert decided.guidance.next_step == res.Guidance.REFUND_ON_ITS_WAY
    assert decided.guidance.refund_date
    await desk.settle_late(order, "REFUND")
    assert await desk.give_back(order) == [("SUCCEEDED", "SURPLUS_MONEY", 7000)]
    back = await desk.get(order)
    assert (back.refunded_fen, back.guidance.next_step) == (7000, res.Guidance.PAYING_AGAIN_IS_SAFE)
    assert (await desk.platform.trade(order.attempt.out_trade_no))["refunded_fen"] == 7000
    await desk.until_heard(order, events_pb2.OrderRefunded)
    [told] = desk.listener.about(order.order_id, events_pb2.OrderRefunded)
    assert (told.amount_fen, list(told.item_ids)) == (7000, [])
    assert [entry for entry in await desk.timeline(order) if entry[0] == "REFUND_REQUESTED"] == [
        ("REFUND_REQUESTED", "SERVICE", "REQUESTED"),
        ("REFUND_REQUESTED", "SWEEP", "SUCCEEDED"),
    ]


async def test_the_first_decision_stands(desk):  # PA-6
    attached, returned = await late(desk), await late(desk)
    await desk.settle_late(attached, "ATTACH")
    assert (await desk.settle_late(attached, "REFUND")).state == res.Order.PAID
    assert await desk.refunds(attached) == []
    await desk.settle_late(returned, "REFUND")
    assert (await desk.settle_late(returned, "ATTACH")).state == res.Order.EXPIRED
    assert [one.amount_fen for one in await desk.refunds(returned)] == [7000]

    async def told_again() -> bool:
        return len(desk.listener.ended(returned.order_id)) == 2

    await desk.until(told_again)


async def test_two_decisions_at_once_are_one(desk):  # PA-6
    order = await late(desk)
    await asyncio.gather(*(desk.settle_late(order, decision) for decision in ("ATTACH", "REFUND") * 4))
    state, refunds = await desk.state(order), await desk.refunds(order)
    assert (state, len(refunds)) in [("PAID", 0), ("EXPIRED", 1)]
    await desk.give_back(order)
    assert await desk.state(order) == state


async def test_an_order_without_late_money_has_nothing_to_decide(desk):  # PA-6
    with pytest.raises(RemoteRefusal) as refused:
        await desk.settle_late(await desk.awaiting(), "REFUND")
    assert refused.value.reason == "NO_LATE_MONEY"


async def test_the_same_late_news_many_times_is_held_and_told_once(desk):  # PA-6, F-2
    order = await late(desk)
    body = notification(await desk.platform.trade(order.attempt.out_trade_no))
    await asyncio.gather(*(desk.notify(body, desk.platform.signed(body)) for _ in range(20)))
    assert len(desk.listener.about(order.order_id, events_pb2.LateMoneyArrived)) == 1
    assert [entry for entry in await desk.timeline(order) if entry[0] == "MONEY_HELD"] == [
        ("MONEY_HELD", "PROVIDER", "LATE_MONEY")
    ]


async def test_money_paid_after_the_cutoff_goes_back_without_asking(desk):  # PA-6, F-15
    request = desk.request()
    request.payment_cutoff_time.FromDatetime(desk.clock.now() + timedelta(seconds=1))
    order = await desk.awaiting(request)
    await desk.sweep(timedelta(minutes=30))
    assert await desk.state(order) == "EXPIRED"
    trade = await desk.platform.trade(order.attempt.out_trade_no)
    later = (desk.clock.now()).isoformat()
    body = notification(trade, state="SUCCESS", paid_time=later)
    await desk.notify(body, desk.platform.signed(body))
    assert not desk.listener.about(order.order_id, events_pb2.LateMoneyArrived)
    [refund] = await desk.refunds(order)
    assert (refund.state, refund.amount_fen) == (res.Refund.REQUESTED, 7000)
    assert (await desk.get(order)).guidance.next_step == res.Guidance.REFUND_ON_ITS_WAY


async def test_a_decision_that_does_not_come_is_raised_and_goes_when_it_comes(desk):  # PA-6
    order = await late(desk)
    desk.clock.advance(timedelta(minutes=31))
    await desk.service.refunder.look_after()
    await desk.service.refunder.look_after()
    assert await desk.exceptions(order) == ["LATE_MONEY"]
    assert (await desk.get(order)).guidance.next_step == res.Guidance.CONTACT
    await desk.settle_late(order, "ATTACH")
    assert await desk.exceptions(order) == []
    assert (await desk.get(order)).guidance.next_step == res.Guidance.NOTHING


async def test_an_operator_decides_as_enrollment_would(desk):  # PA-6
    order = await late(desk)
    request = pb.SettleLateMoneyRequest(order_id=order.order_id, decision=pb.SettleLateMoneyRequest.REFUND)
    await desk.stub.SettleLateMoney(request, metadata=desk.as_operator())
    assert ("REFUND_REQUESTED", "OPERATOR", "REQUESTED") in await desk.timeline(order)
    with pytest.raises(RemoteRefusal) as refused:
        await desk.stub.SettleLateMoney(request, metadata=desk.as_candidate(order.candidate_id))
    assert refused.value.reason == "ACCESS_DENIED"


async def test_late_money_for_a_course_paid_under_another_order_goes_back_even_if_enrollment_errs(desk):  # PA-7
    first = await late(desk)
    second = await desk.awaiting(desk.request(candidate_id=first.candidate_id))
    await desk.platform.pay(second.attempt.out_trade_no)
    await desk.until_state(second, "PAID")
    assert (await desk.settle_late(first, "ATTACH")).state == res.Order.EXPIRED
    assert await desk.give_back(first) == [("SUCCEEDED", "SURPLUS_MONEY", 7000)]
    assert await desk.state(second) == "PAID"


async def test_expiry_and_payment_race_both_ways_on_two_processes(desk):  # PA-3, F-6
    """Two services on one database, each with connections of its own: one expires what the other hears is paid."""
    async with payment(desk.config, desk.clock) as other:
        orders = [await desk.awaiting() for _ in range(6)]
        desk.clock.advance(timedelta(minutes=30))

        async def pay(order: res.Order) -> None:
            trade = await desk.platform.trade(order.attempt.out_trade_no)
            if trade and trade["state"] in ("NOTPAY", "CLOSED"):
                await desk.platform.pay(order.attempt.out_trade_no, even_if_closed=True)

        async def sweep() -> None:
            while await other.sweep.once():
                pass

        await asyncio.gather(sweep(), *(pay(order) for order in orders), desk.sweep())
        for order in orders:
            state = (await _settled(desk, order)).state
            kept = (await desk.platform.trade(order.attempt.out_trade_no))["state"] == "SUCCESS"
            told = desk.listener.about(order.order_id, events_pb2.LateMoneyArrived)
            assert state == res.Order.PAID or (state == res.Order.EXPIRED and kept and len(told) == 1)


async def _settled(desk, order):
    async def known() -> bool:
        return (await desk.get(order)).attempt.state == res.PaymentAttempt.PAID

    await desk.until(known)
    if await desk.state(order) == "EXPIRED":
        await desk.until_heard(order, events_pb2.LateMoneyArrived)
    return await desk.get(order)
