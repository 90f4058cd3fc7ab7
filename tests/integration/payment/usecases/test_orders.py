"""Making orders: once per id, and one live order per candidate and session."""

import asyncio
from datetime import timedelta

import pytest
from zikao.payment.v1 import events_pb2
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import resources_pb2 as res

from chassis.errors import RemoteRefusal
from chassis.ids import new_id


async def test_an_order_is_made_as_asked(payment):
    request = payment.request(items=3)
    order = await payment.create(request)
    assert res.Order.State.Name(order.state) == "CREATED"
    assert order.total_fen == 21000
    assert [item.item_id for item in order.items] == [item.item_id for item in request.items]
    assert order.guidance.next_step == res.Guidance.PAY
    assert await payment.get(order) == order
    assert await payment.timeline(order) == [("ORDER_CREATED", "SERVICE", "CREATED")]


async def test_the_same_order_again_is_the_same_order(payment):  # F-10
    request = payment.request()
    assert await payment.create(request) == await payment.create(request)


async def test_the_same_order_at_once_is_made_once(payment):  # F-10
    request = payment.request(items=2)
    answers = await asyncio.gather(*(payment.create(request) for _ in range(20)))
    assert all(answer == answers[0] for answer in answers)
    assert len(await payment.timeline(answers[0])) == 1


async def test_another_order_under_the_same_id_is_refused(payment):  # F-10
    request = payment.request()
    await payment.create(request)
    request.items[0].course_code = "99999"
    with pytest.raises(RemoteRefusal) as refused:
        await payment.create(request)
    assert refused.value.reason == "ORDER_ID_REUSED"


async def test_a_second_live_order_of_the_session_is_refused(payment):  # PA-7, F-12
    first = await payment.create()
    with pytest.raises(RemoteRefusal) as refused:
        await payment.create(payment.request(candidate_id=first.candidate_id))
    assert refused.value.reason == "LIVE_ORDER_EXISTS"
    assert refused.value.metadata["order_id"] == first.order_id


async def test_two_checkouts_at_once_make_one_live_order(payment):  # PA-7, F-8
    candidate_id = new_id()
    requests = [payment.request(candidate_id=candidate_id) for _ in range(10)]
    answers = await asyncio.gather(*(payment.create(request) for request in requests), return_exceptions=True)
    assert sum(isinstance(answer, res.Order) for answer in answers) == 1
    assert {answer.reason for answer in answers if isinstance(answer, RemoteRefusal)} == {"LIVE_ORDER_EXISTS"}


async def test_the_next_order_is_allowed_the_moment_the_first_has_settled(payment):  # EN-9, F-12
    first = await payment.awaiting()
    again = payment.request(candidate_id=first.candidate_id)
    with pytest.raises(RemoteRefusal):
        await payment.create(again)
    await payment.platform.pay(first.attempt.out_trade_no)
    await payment.until_state(first, "PAID")
    assert (await payment.create(again)).order_id == again.order_id


async def test_a_course_is_paid_for_once(payment):  # PA-7
    first = await payment.awaiting()
    await payment.platform.pay(first.attempt.out_trade_no)
    await payment.until_state(first, "PAID")
    second = await payment.awaiting(payment.request(candidate_id=first.candidate_id))
    await payment.platform.pay(second.attempt.out_trade_no)

    failed = await payment.until_state(second, "FAILED")
    assert failed.guidance.next_step == res.Guidance.REFUND_ON_ITS_WAY
    assert await payment.give_back(second) == [("SUCCEEDED", "SURPLUS_MONEY", 7000)]
    assert await payment.state(first) == "PAID"
    await payment.until_heard(second, events_pb2.OrderEndedUnpaid)


async def test_the_total_must_be_the_sum_of_the_fees(payment):  # PA-8
    with pytest.raises(RemoteRefusal) as refused:
        await payment.create(payment.request(total_fen=6999))
    assert refused.value.reason == "AMOUNTS_DIFFER"


async def test_an_item_is_ordered_once(payment):  # PA-7
    request = payment.request(items=2)
    request.items[1].item_id = request.items[0].item_id
    with pytest.raises(RemoteRefusal) as refused:
        await payment.create(request)
    assert [violation.reason for violation in refused.value.fields] == ["ITEMS_DISTINCT"]


async def test_nothing_is_ordered_after_the_cutoff_and_what_was_is_still_answered(payment):  # F-15, F-10
    request = payment.request()
    order = await payment.create(request)
    payment.clock.advance(timedelta(days=3))
    assert (await payment.create(request)).order_id == order.order_id
    late = payment.request()
    late.payment_cutoff_time.FromDatetime(payment.clock.now())
    with pytest.raises(RemoteRefusal) as refused:
        await payment.create(late)
    assert refused.value.reason == "PAYMENT_CUTOFF_PASSED"


async def test_another_candidates_order_does_not_exist(payment):
    order = await payment.create()
    stranger = payment.as_candidate(new_id())
    calls = [
        payment.stub.GetOrder(pb.GetOrderRequest(order_id=order.order_id), metadata=stranger),
        payment.stub.RefreshOrder(pb.RefreshOrderRequest(order_id=order.order_id), metadata=stranger),
        payment.stub.CancelOrder(pb.CancelOrderRequest(order_id=order.order_id), metadata=stranger),
        payment.stub.GetTimeline(pb.GetTimelineRequest(order_id=order.order_id), metadata=stranger),
        payment.stub.PayOrder(pb.PayOrderRequest(order_id=order.order_id, undertaking_version="3"), metadata=stranger),
    ]
    refusals = await asyncio.gather(*calls, return_exceptions=True)
    assert [refusal.reason for refusal in refusals] == ["NOT_FOUND"] * len(calls)


async def test_orders_are_listed_page_by_page_and_only_ones_own(payment):
    candidate_id = new_id()
    made = []
    for session in ("2026-10", "2027-04", "2027-10"):
        made.append((await payment.create(payment.request(candidate_id=candidate_id, session_id=session))).order_id)
        payment.clock.advance(timedelta(seconds=1))
    await payment.create()
    seen, token = [], ""
    while True:
        request = pb.ListOrdersRequest(page_size=2, page_token=token)
        page = await payment.stub.ListOrders(request, metadata=payment.as_candidate(candidate_id))
        seen += [order.order_id for order in page.orders]
        if not (token := page.next_page_token):
            break
    assert seen == made[::-1]


async def test_candidates_make_no_orders(payment):
    with pytest.raises(RemoteRefusal) as refused:
        await payment.stub.CreateOrder(payment.request(), metadata=payment.as_candidate(new_id()))
    assert refused.value.reason == "ACCESS_DENIED"
