"""Asking for a QR code: one that can be paid, however often and whatever goes wrong (PA-1)."""

import asyncio
from datetime import timedelta

import pytest
from zikao.payment.v1 import events_pb2
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import resources_pb2 as res

from chassis.errors import RemoteRefusal


async def test_paying_shows_a_qr_code_for_thirty_minutes(desk):  # PA-1, PA-3
    order = await desk.awaiting()
    assert order.state == res.Order.AWAITING_PAYMENT
    assert order.attempt.qr_content.startswith(desk.platform.url)
    assert order.attempt.pay_url.startswith(desk.platform.url)
    assert order.expire_time.ToDatetime() - order.attempt.create_time.ToDatetime() == timedelta(minutes=30)
    assert order.undertaking_version == "3"
    assert order.HasField("undertaking_accept_time")
    assert await desk.get(order) == order
    assert await desk.timeline(order) == [
        ("ORDER_CREATED", "SERVICE", "CREATED"),
        ("PAYMENT_STARTED", "CANDIDATE", "UNDERTAKING_3"),
        ("QR_REQUESTED", "CANDIDATE", "OK"),
        ("STATE_CHANGED", "CANDIDATE", "AWAITING_PAYMENT"),
    ]


async def test_asking_again_shows_the_same_code(desk):  # PA-1
    order = await desk.awaiting()
    desk.clock.advance(timedelta(minutes=20))
    assert (await desk.pay(order)).attempt == order.attempt


async def test_many_presses_at_once_make_one_attempt_and_one_code(desk):  # F-8, F-9
    order = await desk.create()
    answers = await asyncio.gather(*(desk.pay(order) for _ in range(8)))
    assert {answer.attempt.qr_content for answer in answers} == {answers[0].attempt.qr_content}
    assert {answer.attempt.number for answer in answers} == {1}
    outcomes = [outcome for kind, _, outcome in await desk.timeline(order) if kind == "STATE_CHANGED"]
    assert outcomes == ["AWAITING_PAYMENT"]


async def test_a_lost_answer_is_asked_for_again_under_the_same_number(desk):  # F-9
    order = await desk.create()
    await desk.platform.fault("global", "create", "LOST", times=1)
    with pytest.raises(RemoteRefusal) as refused:
        await desk.pay(order)
    assert refused.value.reason == "PROVIDER_UNAVAILABLE"
    prepared = await desk.get(order)
    assert prepared.state == res.Order.CREATED
    assert prepared.attempt.state == res.PaymentAttempt.PREPARED
    assert prepared.attempt.qr_content == ""
    shown = await desk.pay(order)
    assert shown.attempt.number == 1
    trade = await desk.platform.trade(shown.attempt.out_trade_no)
    assert trade["qr_content"] == shown.attempt.qr_content
    assert ("QR_REQUESTED", "CANDIDATE", "UNREACHABLE") in await desk.timeline(order)


@pytest.mark.parametrize("kind", ["OUTAGE", "FORGED", "WRONG_AMOUNT"])
async def test_an_answer_that_cannot_be_believed_shows_no_code(desk, kind):  # F-9, F-18
    order = await desk.create()
    await desk.platform.fault("global", "create", kind, times=1)
    with pytest.raises(RemoteRefusal) as refused:
        await desk.pay(order)
    assert refused.value.reason == "PROVIDER_UNAVAILABLE"
    assert (await desk.pay(order)).state == res.Order.AWAITING_PAYMENT


async def test_a_notification_may_come_before_the_answer(desk):  # F-3
    order = await desk.create()
    await desk.platform.fault("global", "create", "SLOW", seconds=8, times=1)
    paying = asyncio.create_task(desk.pay(order))

    async def on_record() -> bool:
        return (await desk.get(order)).attempt.number == 1

    await desk.until(on_record)
    number = (await desk.get(order)).attempt.out_trade_no

    async def known() -> bool:
        return await desk.platform.trade(number) is not None

    await desk.until(known)
    await desk.platform.pay(number)
    await desk.until_state(order, "PAID")
    assert not paying.done()
    assert (await paying).state == res.Order.PAID
    assert await desk.state(order) == "PAID"
    await desk.until_heard(order, events_pb2.OrderPaid)
    assert len(desk.listener.paid(order.order_id)) == 1


async def test_another_version_of_the_undertaking_is_refused(desk):  # PA-1
    order = await desk.create()
    with pytest.raises(RemoteRefusal) as refused:
        await desk.pay(order, version="2")
    assert refused.value.reason == "UNDERTAKING_OUTDATED"
    assert refused.value.metadata["undertaking_version"] == "3"
    assert not (await desk.get(order)).HasField("attempt")


async def test_the_qr_code_is_drawn(desk):  # PA-1
    order = await desk.create()
    request, mine = pb.GetOrderQrRequest(order_id=order.order_id), desk.as_candidate(order.candidate_id)
    with pytest.raises(RemoteRefusal) as refused:
        await desk.stub.GetOrderQr(request, metadata=mine)
    assert refused.value.reason == "NO_OPEN_ATTEMPT"
    await desk.pay(order)
    image = await desk.stub.GetOrderQr(request, metadata=mine)
    assert image.content_type == "image/svg+xml"
    assert image.data.startswith(b"<svg")


async def test_a_qr_code_ends_with_the_payment_cutoff(desk):  # F-15
    request = desk.request()
    request.payment_cutoff_time.FromDatetime(desk.clock.now() + timedelta(minutes=7))
    order = await desk.awaiting(request)
    assert order.expire_time == order.payment_cutoff_time


async def test_pressing_pay_when_the_time_is_over_asks_the_platform_first(desk):  # F-5, F-18
    order = await desk.awaiting()
    await desk.platform.fault(order.attempt.out_trade_no, "notification", "LOST")
    await desk.platform.pay(order.attempt.out_trade_no)
    desk.clock.advance(timedelta(minutes=31))
    await desk.platform.fault("global", "query", "OUTAGE", times=1)
    with pytest.raises(RemoteRefusal) as refused:
        await desk.pay(order)
    assert refused.value.reason == "PROVIDER_UNAVAILABLE"
    assert (await desk.pay(order)).state == res.Order.PAID


async def test_pressing_pay_on_an_ended_order_says_that_paying_again_is_safe(desk):  # PA-11
    order = await desk.awaiting()
    desk.clock.advance(timedelta(minutes=31))
    with pytest.raises(RemoteRefusal) as refused:
        await desk.pay(order)
    assert refused.value.reason == "ORDER_ENDED"
    assert (await desk.get(order)).guidance.next_step == res.Guidance.PAYING_AGAIN_IS_SAFE
