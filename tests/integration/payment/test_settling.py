"""Money arrives: by notification, by query, late, twice, wrong; and what becomes of the order."""

import asyncio
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from zikao.payment.v1 import events_pb2
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import resources_pb2 as res

from chassis.clock import SHANGHAI
from chassis.errors import RemoteRefusal
from services.payment.clients.holidays import LibraryHolidays
from services.payment.domain.calendar import WorkingCalendar, receipt_date
from services.payment.errors import CalendarUnpublished
from services.payment.main import payment
from tests.integration.payment.platform import notification, signed_by


async def paid_in_silence(desk):
    """An order that somebody has paid and of which no notification comes."""
    order = await desk.awaiting()
    await desk.platform.fault(order.attempt.out_trade_no, "notification", "LOST")
    await desk.platform.pay(order.attempt.out_trade_no)
    return order


async def told_of(desk, order):
    """The notification of a payment comes after all."""
    body = notification(await desk.platform.trade(order.attempt.out_trade_no))
    await desk.notify(body, desk.platform.signed(body))


async def test_a_notification_makes_the_order_paid_and_enrollment_hears_of_it(desk):  # PA-5
    order = await desk.awaiting(desk.request(items=2))
    await desk.platform.pay(order.attempt.out_trade_no)
    paid = await desk.until_state(order, "PAID")
    assert paid.guidance.next_step == res.Guidance.NOTHING
    assert paid.attempt.state == res.PaymentAttempt.PAID
    assert paid.attempt.qr_content == ""
    await desk.until_heard(order, events_pb2.OrderPaid)
    heard = desk.listener.paid(order.order_id)
    assert [(event.amount_fen, list(event.item_ids)) for event in heard] == [
        (14000, [item.item_id for item in order.items])
    ]
    assert (await desk.timeline(order))[-2:] == [
        ("NOTIFIED", "PROVIDER", "ACCEPTED"),
        ("STATE_CHANGED", "PROVIDER", "PAID"),
    ]


async def test_a_paid_order_names_the_day_of_its_receipt_or_the_year_that_is_missing(desk):  # PA-9
    order = await desk.awaiting()
    await desk.platform.pay(order.attempt.out_trade_no)
    paid = await desk.until_state(order, "PAID")
    request = pb.GetReceiptRequest(order_id=order.order_id)
    receipt = await desk.stub.GetReceipt(request, metadata=desk.as_candidate(order.candidate_id))
    assert receipt.state == res.Receipt.PENDING
    assert receipt.amount_fen == order.total_fen
    assert paid.receipt_date == receipt.available_date
    assert (receipt.available_date, receipt.unpublished_year) == expected_receipt(desk.clock.now())


def expected_receipt(paid_time):
    """This test runs on any day, also at the end of a year whose successor's holidays are not published."""
    try:
        return receipt_date(paid_time, SHANGHAI, WorkingCalendar(LibraryHolidays())).isoformat(), 0
    except CalendarUnpublished as unpublished:
        return "", int(unpublished.metadata["year"])


async def test_an_unpaid_order_has_no_receipt(desk):  # PA-9
    order = await desk.awaiting()
    with pytest.raises(RemoteRefusal) as refused:
        request = pb.GetReceiptRequest(order_id=order.order_id)
        await desk.stub.GetReceipt(request, metadata=desk.as_candidate(order.candidate_id))
    assert refused.value.reason == "ORDER_NOT_PAID"


async def test_a_hundred_copies_at_once_make_one_transition_one_receipt_one_message(desk, db):  # F-2
    order = await paid_in_silence(desk)
    body = notification(await desk.platform.trade(order.attempt.out_trade_no))
    headers = desk.platform.signed(body)
    answers = await asyncio.gather(*(desk.notify(body, headers) for _ in range(100)))
    assert {answer.data for answer in answers} == {b'{"code":"SUCCESS"}'}
    told = await desk.timeline(order)
    assert [entry for entry in told if entry[0] == "STATE_CHANGED"][1:] == [("STATE_CHANGED", "PROVIDER", "PAID")]
    accepted = await db.driver.fetchval(
        "SELECT count(*) FROM timeline WHERE order_id = $1 AND outcome = 'ACCEPTED'", order.order_id
    )
    repeated = await db.driver.fetchval(
        "SELECT count(*) FROM timeline WHERE order_id = $1 AND outcome = 'REPEATED'", order.order_id
    )
    assert (accepted, repeated) == (1, 99)
    assert await db.driver.fetchval("SELECT count(*) FROM receipts WHERE order_id = $1", order.order_id) == 1
    await desk.until_heard(order, events_pb2.OrderPaid)
    assert len(desk.listener.paid(order.order_id)) == 1


async def test_of_notifications_that_come_together_each_finds_its_own_order(desk):  # PA-5, PA-7
    first = await paid_in_silence(desk)
    await told_of(desk, first)
    twice = await desk.awaiting(desk.request(candidate_id=first.candidate_id))
    await desk.platform.fault(twice.attempt.out_trade_no, "notification", "LOST")
    await desk.platform.pay(twice.attempt.out_trade_no)
    others = [await paid_in_silence(desk) for _ in range(3)]
    await asyncio.gather(*(told_of(desk, order) for order in (twice, *others)))
    assert [await desk.state(order) for order in others] == ["PAID"] * 3
    assert await desk.state(twice) == "FAILED"  # its course is paid for already, so its money goes back


async def test_the_platforms_own_duplicates_are_harmless(desk):  # PA-5, F-2
    order = await desk.awaiting()
    await desk.platform.fault(order.attempt.out_trade_no, "notification", "DUPLICATE")
    await desk.platform.pay(order.attempt.out_trade_no)
    await desk.until_state(order, "PAID")
    await desk.until_heard(order, events_pb2.OrderPaid)
    assert len(desk.listener.paid(order.order_id)) == 1


async def test_a_forged_notification_changes_nothing_and_is_raised(desk):  # F-4
    order = await paid_in_silence(desk)
    body = notification(await desk.platform.trade(order.attempt.out_trade_no))
    for headers in (signed_by(Ed25519PrivateKey.generate(), body), {}, {"x-sandbox-signature": "%"}):
        with pytest.raises(RemoteRefusal) as refused:
            await desk.notify(body, headers)
        assert refused.value.reason == "NOTIFICATION_FORGED"
    altered = body.replace(b"7000", b"1")
    with pytest.raises(RemoteRefusal):
        await desk.notify(altered, desk.platform.signed(body))
    assert await desk.state(order) == "AWAITING_PAYMENT"
    assert await desk.exceptions(order) == ["FORGED_NOTIFICATION"]
    assert (await desk.get(order)).guidance.next_step == res.Guidance.PAY


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount_fen": 1}, "WRONG_AMOUNT"),
        ({"amount_fen": 7001}, "WRONG_AMOUNT"),
        ({"merchant": "somebody-else"}, "WRONG_MERCHANT"),
    ],
)
async def test_a_signed_notification_that_is_wrong_changes_nothing_and_is_raised(desk, change, reason):  # F-4, PA-8
    order = await paid_in_silence(desk)
    body = notification(await desk.platform.trade(order.attempt.out_trade_no), **change)
    with pytest.raises(RemoteRefusal) as refused:
        await desk.notify(body, desk.platform.signed(body))
    assert refused.value.reason == reason
    assert await desk.state(order) == "AWAITING_PAYMENT"
    assert await desk.exceptions(order) == [reason]


async def test_a_notification_for_an_unknown_order_is_raised(desk, db):  # F-4
    order = await paid_in_silence(desk)
    body = notification(await desk.platform.trade(order.attempt.out_trade_no), out_trade_no="nobodys")
    with pytest.raises(RemoteRefusal) as refused:
        await desk.notify(body, desk.platform.signed(body))
    assert refused.value.reason == "UNKNOWN_ORDER"
    assert await db.driver.fetchval("SELECT count(*) FROM exceptions WHERE out_trade_no = 'nobodys'") == 1


async def test_a_signed_body_that_is_no_notification_is_refused(desk):  # F-4
    for body in (b"", b"{}", b"[1]", b'{"merchant": "zikao"}'):
        with pytest.raises(RemoteRefusal) as refused:
            await desk.notify(body, desk.platform.signed(body))
        assert refused.value.reason == "NOTIFICATION_MALFORMED"


async def test_a_platform_nobody_configured_does_not_exist(desk):
    with pytest.raises(RemoteRefusal) as refused:
        await desk.notify(b"{}", {}, provider="nobody")
    assert refused.value.reason == "NOT_FOUND"


@pytest.mark.parametrize("kind", ["FORGED", "WRONG_AMOUNT"])
async def test_the_true_notification_counts_whatever_came_before_it(desk, kind):  # F-4
    order = await desk.awaiting()
    await desk.platform.fault(order.attempt.out_trade_no, "notification", kind)
    await desk.platform.pay(order.attempt.out_trade_no)
    paid = await desk.until_state(order, "PAID")
    assert await desk.exceptions(order) == [{"FORGED": "FORGED_NOTIFICATION"}.get(kind, kind)]
    assert paid.guidance.next_step == res.Guidance.NOTHING


async def test_a_lost_notification_heals_while_the_page_is_open(desk):  # F-1
    order = await desk.awaiting()
    watching = desk.stub.WatchOrder(
        pb.WatchOrderRequest(order_id=order.order_id), metadata=desk.as_candidate(order.candidate_id), timeout=20
    )
    states = []
    async with asyncio.timeout(10):
        async for seen in watching:
            states.append(res.Order.State.Name(seen.order.state))
            if len(states) == 1:
                await desk.platform.fault(order.attempt.out_trade_no, "notification", "LOST")
                await desk.platform.pay(order.attempt.out_trade_no)
            desk.clock.advance(timedelta(seconds=5))
    assert states == ["AWAITING_PAYMENT", "PAID"]
    assert ("STATE_CHANGED", "OPEN_PAGE", "PAID") in await desk.timeline(order)


async def test_a_page_is_shown_a_change_at_once(desk):  # PA-4
    order = await desk.awaiting()
    watching = desk.stub.WatchOrder(
        pb.WatchOrderRequest(order_id=order.order_id), metadata=desk.as_candidate(order.candidate_id), timeout=20
    )
    states = []
    async for seen in watching:
        states.append(res.Order.State.Name(seen.order.state))
        if len(states) == 1:
            await desk.platform.pay(order.attempt.out_trade_no)
    assert states == ["AWAITING_PAYMENT", "PAID"]


async def test_a_lost_notification_heals_within_two_minutes_without_a_page(desk):  # F-1
    order = await paid_in_silence(desk)
    start = desk.clock.now()
    while await desk.state(order) != "PAID":
        await desk.sweep(timedelta(seconds=5))
        assert desk.clock.now() - start < timedelta(minutes=2)
    assert ("STATE_CHANGED", "SWEEP", "PAID") in await desk.timeline(order)


async def test_a_refresh_asks_the_platform_and_not_the_local_row(desk):  # F-17
    order = await paid_in_silence(desk)
    assert await desk.state(order) == "AWAITING_PAYMENT"
    refreshed = await desk.refresh(order)
    assert refreshed.asked
    assert refreshed.order.state == res.Order.PAID


async def test_a_refresh_is_throttled_per_order_whoever_asked(desk):  # PA-4
    order = await desk.awaiting()
    first = await desk.refresh(order)
    assert first.asked
    assert first.provider_reachable
    again = await desk.refresh(order)
    assert not again.asked
    assert again.next_refresh_time.ToDatetime() - desk.clock.now().replace(tzinfo=None) == timedelta(seconds=3)
    desk.clock.advance(timedelta(seconds=3))
    answers = await asyncio.gather(*(desk.refresh(order) for _ in range(5)))
    assert sum(answer.asked for answer in answers) == 1
    assert (await desk.refresh(await desk.create())).asked is False


@pytest.mark.parametrize("kind", ["OUTAGE", "LOST", "FORGED"])
async def test_a_platform_that_does_not_answer_fails_nothing(desk, kind):  # F-18
    order = await paid_in_silence(desk)
    await desk.platform.fault("global", "query", kind, times=1)
    refreshed = await desk.refresh(order)
    assert (refreshed.asked, refreshed.provider_reachable) == (True, False)
    assert refreshed.order.state == res.Order.AWAITING_PAYMENT
    assert ("QUERIED", "CANDIDATE", "UNREACHABLE") in await desk.timeline(order)
    desk.clock.advance(timedelta(seconds=3))
    assert (await desk.refresh(order)).order.state == res.Order.PAID


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
    order = await paid_in_silence(desk)
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


async def test_a_cancellation_finds_the_money_that_nobody_told_of(desk):  # F-6
    order = await paid_in_silence(desk)
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


async def test_an_event_outlives_a_receiver_that_is_away(desk):  # F-13
    desk.listener.deaf = True
    order = await desk.awaiting()
    await desk.platform.pay(order.attempt.out_trade_no)
    await desk.until_state(order, "PAID")
    assert not desk.listener.paid(order.order_id)
    desk.listener.deaf = False
    desk.clock.advance(timedelta(minutes=1))
    await desk.until_heard(order, events_pb2.OrderPaid)
    assert len(desk.listener.paid(order.order_id)) == 1


async def test_an_event_outlives_the_process_that_wrote_it(desk):  # F-13
    desk.listener.deaf = True
    order = await desk.awaiting()
    await desk.platform.pay(order.attempt.out_trade_no)
    await desk.until_state(order, "PAID")
    desk.relaying.cancel()
    await asyncio.wait([desk.relaying])
    desk.listener.deaf = False
    desk.clock.advance(timedelta(minutes=1))
    async with payment(desk.config, desk.clock) as next_process:
        assert await next_process.relay.deliver_once()
        assert not await next_process.relay.deliver_once()
    assert len(desk.listener.paid(order.order_id)) == 1


async def test_what_a_dead_sweep_had_taken_comes_back(desk):  # PA-4
    order = await paid_in_silence(desk)
    desk.clock.advance(timedelta(minutes=1))
    taken = await desk.service.till.orders.claim_due(now=desk.clock.now(), lease=timedelta(minutes=1), limit=1000)
    assert order.order_id in taken
    await desk.sweep()
    assert await desk.state(order) == "AWAITING_PAYMENT"
    await desk.sweep(timedelta(minutes=1))
    assert await desk.state(order) == "PAID"


async def test_two_sweeps_take_different_orders(desk):  # PA-4
    for _ in range(6):
        await desk.awaiting()
    desk.clock.advance(timedelta(minutes=1))
    now, lease = desk.clock.now(), timedelta(minutes=1)
    orders = desk.service.till.orders
    first, second = await asyncio.gather(*(orders.claim_due(now=now, lease=lease, limit=3) for _ in range(2)))
    assert len(first) == len(second) == 3
    assert not set(first) & set(second)
    assert set(first) | set(second) <= set(await orders.claim_due(now=now + lease, lease=lease, limit=100))
