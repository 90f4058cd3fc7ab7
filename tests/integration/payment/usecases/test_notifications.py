"""The platform tells of money, truly or not, once or many times; and enrollment hears of it (PA-5)."""

import asyncio
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from zikao.payment.v1 import events_pb2
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import resources_pb2 as res

from chassis.errors import RemoteRefusal
from services.payment import main
from services.payment.adapters.published_holidays import LibraryHolidays
from services.payment.domain.working_days import WorkingCalendar, local_date
from services.payment.errors import CalendarUnpublished
from tests.integration.payment.simulated_platform import notification, signed_by


async def told_of(payment, order):
    """The notification of a payment comes after all."""
    body = notification(await payment.platform.trade(order.attempt.out_trade_no))
    await payment.notify(body, payment.platform.signed(body))


async def test_a_notification_makes_the_order_paid_and_enrollment_hears_of_it(payment):  # PA-5
    order = await payment.awaiting(payment.request(items=2))
    await payment.platform.pay(order.attempt.out_trade_no)
    paid = await payment.until_state(order, "PAID")
    assert paid.guidance.next_step == res.Guidance.NOTHING
    assert paid.attempt.state == res.PaymentAttempt.PAID
    assert paid.attempt.qr_content == ""
    await payment.until_heard(order, events_pb2.OrderPaid)
    heard = payment.listener.paid(order.order_id)
    assert [(event.amount_fen, list(event.item_ids)) for event in heard] == [
        (14000, [item.item_id for item in order.items])
    ]
    assert (await payment.timeline(order))[-2:] == [
        ("NOTIFIED", "PROVIDER", "ACCEPTED"),
        ("STATE_CHANGED", "PROVIDER", "PAID"),
    ]


async def test_a_paid_order_names_the_day_of_its_receipt_or_the_year_that_is_missing(payment):  # PA-9
    order = await payment.awaiting()
    await payment.platform.pay(order.attempt.out_trade_no)
    paid = await payment.until_state(order, "PAID")
    request = pb.GetReceiptRequest(order_id=order.order_id)
    receipt = await payment.stub.GetReceipt(request, metadata=payment.as_candidate(order.candidate_id))
    assert receipt.state == res.Receipt.PENDING
    assert receipt.amount_fen == order.total_fen
    assert paid.receipt_date == receipt.available_date
    assert (receipt.available_date, receipt.unpublished_year) == expected_receipt(payment.clock.now())


def expected_receipt(paid_time):
    """This test runs on any day, also at the end of a year whose successor's holidays are not published."""
    try:
        return WorkingCalendar(LibraryHolidays()).receipt_date(local_date(paid_time)).isoformat(), 0
    except CalendarUnpublished as unpublished:
        return "", int(unpublished.metadata["year"])


async def test_an_unpaid_order_has_no_receipt(payment):  # PA-9
    order = await payment.awaiting()
    with pytest.raises(RemoteRefusal) as refused:
        request = pb.GetReceiptRequest(order_id=order.order_id)
        await payment.stub.GetReceipt(request, metadata=payment.as_candidate(order.candidate_id))
    assert refused.value.reason == "ORDER_NOT_PAID"


async def test_a_hundred_copies_at_once_make_one_transition_one_receipt_one_message(payment, db):  # F-2
    order = await payment.paid_in_silence()
    body = notification(await payment.platform.trade(order.attempt.out_trade_no))
    headers = payment.platform.signed(body)
    answers = await asyncio.gather(*(payment.notify(body, headers) for _ in range(100)))
    assert {answer.data for answer in answers} == {b'{"code":"SUCCESS"}'}
    told = await payment.timeline(order)
    assert [entry for entry in told if entry[0] == "STATE_CHANGED"][1:] == [("STATE_CHANGED", "PROVIDER", "PAID")]
    accepted = await db.driver.fetchval(
        "SELECT count(*) FROM timeline_entries WHERE order_id = $1 AND outcome = 'ACCEPTED'", order.order_id
    )
    repeated = await db.driver.fetchval(
        "SELECT count(*) FROM timeline_entries WHERE order_id = $1 AND outcome = 'REPEATED'", order.order_id
    )
    assert (accepted, repeated) == (1, 99)
    assert await db.driver.fetchval("SELECT count(*) FROM receipts WHERE order_id = $1", order.order_id) == 1
    await payment.until_heard(order, events_pb2.OrderPaid)
    assert len(payment.listener.paid(order.order_id)) == 1


async def test_of_notifications_that_come_together_each_finds_its_own_order(payment):  # PA-5, PA-7
    first = await payment.paid_in_silence()
    await told_of(payment, first)
    twice = await payment.awaiting(payment.request(candidate_id=first.candidate_id))
    await payment.platform.fault(twice.attempt.out_trade_no, "notification", "LOST")
    await payment.platform.pay(twice.attempt.out_trade_no)
    others = [await payment.paid_in_silence() for _ in range(3)]
    await asyncio.gather(*(told_of(payment, order) for order in (twice, *others)))
    assert [await payment.state(order) for order in others] == ["PAID"] * 3
    assert await payment.state(twice) == "FAILED"  # its course is paid for already, so its money goes back


async def test_the_platforms_own_duplicates_are_harmless(payment):  # PA-5, F-2
    order = await payment.awaiting()
    await payment.platform.fault(order.attempt.out_trade_no, "notification", "DUPLICATE")
    await payment.platform.pay(order.attempt.out_trade_no)
    await payment.until_state(order, "PAID")
    await payment.until_heard(order, events_pb2.OrderPaid)
    assert len(payment.listener.paid(order.order_id)) == 1


async def test_a_forged_notification_changes_nothing_and_is_raised(payment):  # F-4
    order = await payment.paid_in_silence()
    body = notification(await payment.platform.trade(order.attempt.out_trade_no))
    for headers in (signed_by(Ed25519PrivateKey.generate(), body), {}, {"x-sandbox-signature": "%"}):
        with pytest.raises(RemoteRefusal) as refused:
            await payment.notify(body, headers)
        assert refused.value.reason == "NOTIFICATION_FORGED"
    altered = body.replace(b"7000", b"1")
    with pytest.raises(RemoteRefusal):
        await payment.notify(altered, payment.platform.signed(body))
    assert await payment.state(order) == "AWAITING_PAYMENT"
    assert await payment.exceptions(order) == ["FORGED_NOTIFICATION"]
    assert (await payment.get(order)).guidance.next_step == res.Guidance.PAY


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount_fen": 1}, "WRONG_AMOUNT"),
        ({"amount_fen": 7001}, "WRONG_AMOUNT"),
        ({"merchant": "somebody-else"}, "WRONG_MERCHANT"),
    ],
)
async def test_a_signed_notification_that_is_wrong_changes_nothing_and_is_raised(payment, change, reason):  # F-4, PA-8
    order = await payment.paid_in_silence()
    body = notification(await payment.platform.trade(order.attempt.out_trade_no), **change)
    with pytest.raises(RemoteRefusal) as refused:
        await payment.notify(body, payment.platform.signed(body))
    assert refused.value.reason == reason
    assert await payment.state(order) == "AWAITING_PAYMENT"
    assert await payment.exceptions(order) == [reason]


async def test_a_notification_for_an_unknown_order_is_raised(payment, db):  # F-4
    order = await payment.paid_in_silence()
    body = notification(await payment.platform.trade(order.attempt.out_trade_no), out_trade_no="nobodys")
    with pytest.raises(RemoteRefusal) as refused:
        await payment.notify(body, payment.platform.signed(body))
    assert refused.value.reason == "UNKNOWN_ORDER"
    assert await db.driver.fetchval("SELECT count(*) FROM exceptions WHERE out_trade_no = 'nobodys'") == 1


async def test_a_signed_body_that_is_no_notification_is_refused(payment):  # F-4
    for body in (b"", b"{}", b"[1]", b'{"merchant": "zikao"}'):
        with pytest.raises(RemoteRefusal) as refused:
            await payment.notify(body, payment.platform.signed(body))
        assert refused.value.reason == "NOTIFICATION_MALFORMED"


async def test_a_platform_nobody_configured_does_not_exist(payment):
    with pytest.raises(RemoteRefusal) as refused:
        await payment.notify(b"{}", {}, provider="nobody")
    assert refused.value.reason == "NOT_FOUND"


@pytest.mark.parametrize("kind", ["FORGED", "WRONG_AMOUNT"])
async def test_the_true_notification_counts_whatever_came_before_it(payment, kind):  # F-4
    order = await payment.awaiting()
    await payment.platform.fault(order.attempt.out_trade_no, "notification", kind)
    await payment.platform.pay(order.attempt.out_trade_no)
    paid = await payment.until_state(order, "PAID")
    assert await payment.exceptions(order) == [{"FORGED": "FORGED_NOTIFICATION"}.get(kind, kind)]
    assert paid.guidance.next_step == res.Guidance.NOTHING


async def test_an_event_outlives_a_receiver_that_is_away(payment):  # F-13
    payment.listener.deaf = True
    order = await payment.awaiting()
    await payment.platform.pay(order.attempt.out_trade_no)
    await payment.until_state(order, "PAID")
    assert not payment.listener.paid(order.order_id)
    payment.listener.deaf = False
    payment.clock.advance(timedelta(minutes=1))
    await payment.until_heard(order, events_pb2.OrderPaid)
    assert len(payment.listener.paid(order.order_id)) == 1


async def test_an_event_outlives_the_process_that_wrote_it(payment):  # F-13
    payment.listener.deaf = True
    order = await payment.awaiting()
    await payment.platform.pay(order.attempt.out_trade_no)
    await payment.until_state(order, "PAID")
    payment.relaying.cancel()
    await asyncio.wait([payment.relaying])
    payment.listener.deaf = False
    payment.clock.advance(timedelta(minutes=1))
    async with main.payment(payment.config, payment.clock) as next_process:
        assert await next_process.relay.deliver_once()
        assert not await next_process.relay.deliver_once()
    assert len(payment.listener.paid(order.order_id)) == 1
