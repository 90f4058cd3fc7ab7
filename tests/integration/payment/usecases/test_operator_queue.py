"""What operators do: the queue, and the working days."""

from datetime import timedelta

import pytest
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import resources_pb2 as res
from zikao.payment.v1 import settlement_service_pb2 as settlement

from chassis.errors import RemoteRefusal
from services.payment.adapters.published_holidays import LibraryHolidays
from tests.integration.payment.simulated_platform import notification


async def raised(payment):
    """An exception about an order on which a wrong amount was reported."""
    order = await payment.awaiting()
    await report_wrong_amount(payment, order)
    request = settlement.ListExceptionsRequest(order_id=order.order_id)
    answer = await payment.settlement.ListExceptions(request, metadata=payment.as_operator())
    return order, answer.exceptions[0]


async def report_wrong_amount(payment, order):
    trade = await payment.platform.trade(order.attempt.out_trade_no)
    body = notification(trade, amount_fen=1, state="SUCCESS", paid_time="2026-10-12T02:00:00Z")
    with pytest.raises(RemoteRefusal):
        await payment.notify(body, payment.platform.signed(body))


async def resolve(payment, entry, note="called the bank", etag=None):
    request = settlement.ResolveExceptionRequest(
        exception_id=entry.exception_id, note=note, etag=entry.etag if etag is None else etag
    )
    return await payment.settlement.ResolveException(request, metadata=payment.as_operator())


async def test_what_is_seen_again_counts_on(payment):  # F-4
    order, entry = await raised(payment)
    await report_wrong_amount(payment, order)
    request = settlement.ListExceptionsRequest(order_id=order.order_id)
    answer = await payment.settlement.ListExceptions(request, metadata=payment.as_operator())
    assert [(seen.exception_id, seen.occurrence_count) for seen in answer.exceptions] == [(entry.exception_id, 2)]
    assert (answer.exceptions[0].expected_fen, answer.exceptions[0].found_fen) == (7000, 1)


async def test_a_resolved_exception_leaves_the_queue_and_comes_back_when_seen_again(payment):
    order, entry = await raised(payment)
    resolved = await resolve(payment, entry)
    assert resolved.state == res.Exception.RESOLVED
    assert resolved.resolved_by == "operator-1"
    assert await payment.exceptions(order) == []
    assert (await payment.get(order)).guidance.next_step == res.Guidance.PAY
    assert (await resolve(payment, entry)).etag == resolved.etag
    await report_wrong_amount(payment, order)
    assert await payment.exceptions(order) == ["WRONG_AMOUNT"]


async def test_two_operators_do_not_settle_one_thing_twice(payment):
    _, entry = await raised(payment)
    await resolve(payment, entry)
    with pytest.raises(RemoteRefusal) as refused:
        await resolve(payment, entry, note="refunded it")
    assert refused.value.reason == "STALE_ETAG"


async def test_the_queue_is_read_page_by_page(payment):
    made = []
    for _ in range(3):
        made.append((await raised(payment))[1].exception_id)
        payment.clock.advance(timedelta(seconds=1))
    seen, token = [], ""
    while True:
        request = settlement.ListExceptionsRequest(page_size=2, page_token=token, kind=res.Exception.WRONG_AMOUNT)
        page = await payment.settlement.ListExceptions(request, metadata=payment.as_operator())
        seen += [entry.exception_id for entry in page.exceptions]
        if not (token := page.next_page_token):
            break
    assert [exception_id for exception_id in seen if exception_id in made] == made


async def test_the_queue_is_for_operators(payment):
    with pytest.raises(RemoteRefusal) as refused:
        await payment.settlement.ListExceptions(
            settlement.ListExceptionsRequest(), metadata=payment.as_candidate("0f3c1d6e-8a47-4a0e-9a53-5d1f7c2b9e11")
        )
    assert refused.value.reason == "ACCESS_DENIED"


async def test_a_year_not_yet_published_is_raised_and_dates_appear_once_operators_know_it(payment, db):  # PA-9
    unknown = LibraryHolidays().last_year + 1
    order = await payment.awaiting()
    trade = await payment.platform.trade(order.attempt.out_trade_no)
    body = notification(trade, state="SUCCESS", paid_time=f"{unknown}-01-15T02:00:00Z")
    await payment.notify(body, payment.platform.signed(body))
    paid = await payment.until_state(order, "PAID")
    assert paid.receipt_date == ""
    request = pb.GetReceiptRequest(order_id=order.order_id)
    mine = payment.as_candidate(order.candidate_id)
    assert (await payment.stub.GetReceipt(request, metadata=mine)).unpublished_year == unknown
    raised_kinds = await db.driver.fetch(
        "SELECT kind FROM exceptions WHERE key = $1", f"CALENDAR_UNPUBLISHED:{unknown}"
    )
    assert len(raised_kinds) == 1
    told = settlement.SetDayOverridesRequest(complete_years=[unknown])
    told.overrides.add(date=f"{unknown}-01-16", working_day=False, note="example")
    answer = await payment.settlement.SetDayOverrides(told, metadata=payment.as_operator())
    assert answer.last_known_year == unknown
    receipt = await payment.stub.GetReceipt(request, metadata=mine)
    assert receipt.unpublished_year == 0
    assert receipt.available_date > f"{unknown}-01-18"
    assert (await payment.get(order)).receipt_date == receipt.available_date
    state = "SELECT state FROM exceptions WHERE key = $1"
    assert await db.driver.fetchval(state, f"CALENDAR_UNPUBLISHED:{unknown}") == "RESOLVED"
    taken_back = settlement.SetDayOverridesRequest(
        removed_dates=[f"{unknown}-01-16"], withdrawn_years=[unknown, unknown + 1]
    )
    answer = await payment.settlement.SetDayOverrides(taken_back, metadata=payment.as_operator())
    assert (list(answer.complete_years), answer.last_known_year) == ([], unknown - 1)
    assert (await payment.get(order)).receipt_date == ""
    assert await db.driver.fetchval(state, f"CALENDAR_UNPUBLISHED:{unknown}") == "OPEN"


async def test_what_is_both_recorded_and_taken_back_is_refused(payment):  # PA-9
    told = settlement.SetDayOverridesRequest(removed_dates=["2025-03-04"])
    told.overrides.add(date="2025-03-04", working_day=True)
    with pytest.raises(RemoteRefusal) as refused:
        await payment.settlement.SetDayOverrides(told, metadata=payment.as_operator())
    assert [violation.field for violation in refused.value.fields] == ["removed_dates"]


async def test_a_date_that_does_not_exist_is_refused_by_name(payment):  # PA-9
    told = settlement.SetDayOverridesRequest()
    told.overrides.add(date="2026-02-30", working_day=True)
    with pytest.raises(RemoteRefusal) as refused:
        await payment.settlement.SetDayOverrides(told, metadata=payment.as_operator())
    assert [violation.field for violation in refused.value.fields] == ["overrides[0].date"]


async def test_a_day_known_better_moves_the_receipts_still_to_come(payment):  # PA-9
    order = await payment.awaiting()
    trade = await payment.platform.trade(order.attempt.out_trade_no)
    body = notification(trade, state="SUCCESS", paid_time="2025-03-03T02:00:00Z")
    await payment.notify(body, payment.platform.signed(body))
    assert (await payment.until_state(order, "PAID")).receipt_date == "2025-03-06"
    told = settlement.SetDayOverridesRequest()
    told.overrides.add(date="2025-03-04", working_day=False, note="typhoon")
    await payment.settlement.SetDayOverrides(told, metadata=payment.as_operator())
    assert (await payment.get(order)).receipt_date == "2025-03-07"
    payment.clock.advance(timedelta(minutes=2))
    mistaken = settlement.SetDayOverridesRequest(removed_dates=["2025-03-04"])
    answer = await payment.settlement.SetDayOverrides(mistaken, metadata=payment.as_operator())
    assert "2025-03-04" not in [day.date for day in answer.overrides]
    assert (await payment.get(order)).receipt_date == "2025-03-06"


async def figures(payment):
    payment.clock.advance(timedelta(seconds=5))
    return await payment.settlement.GetSettlementFigures(
        settlement.GetSettlementFiguresRequest(), metadata=payment.as_operator()
    )


async def test_an_exception_names_whose_order_it_is_and_knows_when_that_is_paid(payment):  # OP-3, PA-8
    order, entry = await raised(payment)
    assert (entry.candidate_id, entry.order_paid) == (order.candidate_id, False)
    assert "可重新支付" in entry.action_zh
    await payment.platform.pay(order.attempt.out_trade_no)
    await payment.refresh(order)
    request = settlement.ListExceptionsRequest(order_id=order.order_id)
    [entry] = (await payment.settlement.ListExceptions(request, metadata=payment.as_operator())).exceptions
    assert entry.order_paid
    assert "考生无需再付" in entry.action_zh


async def test_what_is_not_settled_is_counted_by_kind_and_age(payment):  # OP-4
    before = await figures(payment)
    order, _ = await raised(payment)
    after = await figures(payment)
    assert after.awaiting_payment == before.awaiting_payment + 1
    assert after.awaiting_payment_fen == before.awaiting_payment_fen + order.total_fen
    known = {one.kind: one for one in after.exceptions}[res.Exception.WRONG_AMOUNT]
    assert known.under_a_day >= 1
    payment.clock.advance(timedelta(days=3))
    aged = {one.kind: one for one in (await figures(payment)).exceptions}[res.Exception.WRONG_AMOUNT]
    assert (aged.under_a_day, aged.under_three_days) == (0, 0)
    assert aged.longer >= known.under_a_day
