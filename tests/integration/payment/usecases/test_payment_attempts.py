"""Asking for a QR code: one that can be paid, however often and whatever goes wrong (PA-1)."""

import asyncio
from datetime import timedelta

import pytest
from zikao.payment.v1 import events_pb2
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import resources_pb2 as res

from chassis.errors import RemoteRefusal


async def test_paying_shows_a_qr_code_for_thirty_minutes(payment):  # PA-1, PA-3
    order = await payment.awaiting()
    assert order.state == res.Order.AWAITING_PAYMENT
    assert order.attempt.qr_content.startswith(payment.platform.url)
    assert order.attempt.pay_url.startswith(payment.platform.url)
    assert order.expire_time.ToDatetime() - order.attempt.create_time.ToDatetime() == timedelta(minutes=30)
    assert order.undertaking_version == "3"
    assert order.HasField("undertaking_accept_time")
    assert await payment.get(order) == order
    assert await payment.timeline(order) == [
        ("ORDER_CREATED", "SERVICE", "CREATED"),
        ("PAYMENT_STARTED", "CANDIDATE", "UNDERTAKING_3"),
        ("QR_REQUESTED", "CANDIDATE", "OK"),
        ("STATE_CHANGED", "CANDIDATE", "AWAITING_PAYMENT"),
    ]


async def test_asking_again_shows_the_same_code(payment):  # PA-1
    order = await payment.awaiting()
    payment.clock.advance(timedelta(minutes=20))
    assert (await payment.pay(order)).attempt == order.attempt


async def test_many_presses_at_once_make_one_attempt_and_one_code(payment):  # F-8, F-9
    order = await payment.create()
    answers = await asyncio.gather(*(payment.pay(order) for _ in range(8)))
    assert {answer.attempt.qr_content for answer in answers} == {answers[0].attempt.qr_content}
    assert {answer.attempt.number for answer in answers} == {1}
    outcomes = [outcome for kind, _, outcome in await payment.timeline(order) if kind == "STATE_CHANGED"]
    assert outcomes == ["AWAITING_PAYMENT"]


async def test_a_lost_answer_is_asked_for_again_under_the_same_number(payment):  # F-9
    order = await payment.create()
    await payment.platform.fault("global", "create", "LOST", times=1)
    with pytest.raises(RemoteRefusal) as refused:
        await payment.pay(order)
    assert refused.value.reason == "PROVIDER_UNAVAILABLE"
    prepared = await payment.get(order)
    assert prepared.state == res.Order.CREATED
    assert prepared.attempt.state == res.PaymentAttempt.PREPARED
    assert prepared.attempt.qr_content == ""
    shown = await payment.pay(order)
    assert shown.attempt.number == 1
    trade = await payment.platform.trade(shown.attempt.out_trade_no)
    assert trade["qr_content"] == shown.attempt.qr_content
    assert ("QR_REQUESTED", "CANDIDATE", "UNREACHABLE") in await payment.timeline(order)


@pytest.mark.parametrize("kind", ["OUTAGE", "FORGED", "WRONG_AMOUNT"])
async def test_an_answer_that_cannot_be_believed_shows_no_code(payment, kind):  # F-9, F-18
    order = await payment.create()
    await payment.platform.fault("global", "create", kind, times=1)
    with pytest.raises(RemoteRefusal) as refused:
        await payment.pay(order)
    assert refused.value.reason == "PROVIDER_UNAVAILABLE"
    assert (await payment.pay(order)).state == res.Order.AWAITING_PAYMENT


async def test_a_notification_may_come_before_the_answer(payment):  # F-3
    order = await payment.create()
    await payment.platform.fault("global", "create", "SLOW", seconds=8, times=1)
    paying = asyncio.create_task(payment.pay(order))

    async def on_record() -> bool:
        return (await payment.get(order)).attempt.number == 1

    await payment.until(on_record)
    number = (await payment.get(order)).attempt.out_trade_no

    async def known() -> bool:
        return await payment.platform.trade(number) is not None

    await payment.until(known)
    await payment.platform.pay(number)
    await payment.until_state(order, "PAID")
    assert not paying.done()
    assert (await paying).state == res.Order.PAID
    assert await payment.state(order) == "PAID"
    await payment.until_heard(order, events_pb2.OrderPaid)
    assert len(payment.listener.paid(order.order_id)) == 1


async def test_another_version_of_the_undertaking_is_refused(payment):  # PA-1
    order = await payment.create()
    with pytest.raises(RemoteRefusal) as refused:
        await payment.pay(order, version="2")
    assert refused.value.reason == "UNDERTAKING_OUTDATED"
    assert refused.value.metadata["undertaking_version"] == "3"
    assert not (await payment.get(order)).HasField("attempt")


async def test_the_qr_code_is_drawn(payment):  # PA-1
    order = await payment.create()
    request, mine = pb.GetOrderQrRequest(order_id=order.order_id), payment.as_candidate(order.candidate_id)
    with pytest.raises(RemoteRefusal) as refused:
        await payment.stub.GetOrderQr(request, metadata=mine)
    assert refused.value.reason == "NO_OPEN_ATTEMPT"
    await payment.pay(order)
    image = await payment.stub.GetOrderQr(request, metadata=mine)
    assert image.content_type == "image/svg+xml"
    assert image.data.startswith(b"<svg")


async def test_a_qr_code_ends_with_the_payment_cutoff(payment):  # F-15
    request = payment.request()
    request.payment_cutoff_time.FromDatetime(payment.clock.now() + timedelta(minutes=7))
    order = await payment.awaiting(request)
    assert order.expire_time == order.payment_cutoff_time


async def test_pressing_pay_when_the_time_is_over_asks_the_platform_first(payment):  # F-5, F-18
    order = await payment.awaiting()
    await payment.platform.fault(order.attempt.out_trade_no, "notification", "LOST")
    await payment.platform.pay(order.attempt.out_trade_no)
    payment.clock.advance(timedelta(minutes=31))
    await payment.platform.fault("global", "query", "OUTAGE", times=1)
    with pytest.raises(RemoteRefusal) as refused:
        await payment.pay(order)
    assert refused.value.reason == "PROVIDER_UNAVAILABLE"
    assert (await payment.pay(order)).state == res.Order.PAID


async def test_pressing_pay_on_an_ended_order_says_that_paying_again_is_safe(payment):  # PA-11
    order = await payment.awaiting()
    payment.clock.advance(timedelta(minutes=31))
    with pytest.raises(RemoteRefusal) as refused:
        await payment.pay(order)
    assert refused.value.reason == "ORDER_ENDED"
    assert (await payment.get(order)).guidance.next_step == res.Guidance.PAYING_AGAIN_IS_SAFE
