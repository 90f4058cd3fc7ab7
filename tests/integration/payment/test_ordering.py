"""Making orders: once per id, and one live order per candidate and session."""

import asyncio
from datetime import timedelta

import pytest
from zikao.payment.v1 import events_pb2
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import resources_pb2 as res

from chassis.errors import RemoteRefusal
from chassis.ids import new_id


async def test_an_order_is_made_as_asked(desk):
    request = desk.request(items=3)
    order = await desk.create(request)
    assert res.Order.State.Name(order.state) == "CREATED"
    assert order.total_fen == 21000
    assert [item.item_id for item in order.items] == [item.item_id for item in request.items]
    assert order.guidance.next_step == res.Guidance.PAY
    assert await desk.get(order) == order
    assert await desk.timeline(order) == [("ORDER_CREATED", "SERVICE", "CREATED")]


async def test_the_same_order_again_is_the_same_order(desk):  # F-10
    request = desk.request()
    assert await desk.create(request) == await desk.create(request)


async def test_the_same_order_at_once_is_made_once(desk):  # F-10
    request = desk.request(items=2)
    answers = await asyncio.gather(*(desk.create(request) for _ in range(20)))
    assert all(answer == answers[0] for answer in answers)
    assert len(await desk.timeline(answers[0])) == 1


async def test_another_order_under_the_same_id_is_refused(desk):  # F-10
    request = desk.request()
    await desk.create(request)
    request.items[0].course_code = "99999"
    with pytest.raises(RemoteRefusal) as refused:
        await desk.create(request)
    assert refused.value.reason == "ORDER_ID_REUSED"


async def test_a_second_live_order_of_the_session_is_refused(desk):  # PA-7, F-12
    first = await desk.create()
    with pytest.raises(RemoteRefusal) as refused:
        await desk.create(desk.request(candidate_id=first.candidate_id))
    assert refused.value.reason == "LIVE_ORDER_EXISTS"
    assert refused.value.metadata["order_id"] == first.order_id


async def test_two_checkouts_at_once_make_one_live_order(desk):  # PA-7, F-8
    candidate_id = new_id()
    requests = [desk.request(candidate_id=candidate_id) for _ in range(10)]
    answers = await asyncio.gather(*(desk.create(request) for request in requests), return_exceptions=True)
    assert sum(isinstance(answer, res.Order) for answer in answers) == 1
    assert {answer.reason for answer in answers if isinstance(answer, RemoteRefusal)} == {"LIVE_ORDER_EXISTS"}


async def test_the_next_order_is_allowed_the_moment_the_first_has_settled(desk):  # EN-9, F-12
    first = await desk.awaiting()
    again = desk.request(candidate_id=first.candidate_id)
    with pytest.raises(RemoteRefusal):
        await desk.create(again)
    await desk.platform.pay(first.attempt.out_trade_no)
    await desk.until_state(first, "PAID")
    assert (await desk.create(again)).order_id == again.order_id


async def test_a_course_is_paid_for_once(desk):  # PA-7
    first = await desk.awaiting()
    await desk.platform.pay(first.attempt.out_trade_no)
    await desk.until_state(first, "PAID")
    second = await desk.awaiting(desk.request(candidate_id=first.candidate_id))
    await desk.platform.pay(second.attempt.out_trade_no)

    failed = await desk.until_state(second, "FAILED")
    assert failed.guidance.next_step == res.Guidance.REFUND_ON_ITS_WAY
    assert await desk.give_back(second) == [("SUCCEEDED", "SURPLUS_MONEY", 7000)]
    assert await desk.state(first) == "PAID"
    await desk.until_heard(second, events_pb2.OrderEndedUnpaid)


async def test_the_total_must_be_the_sum_of_the_fees(desk):  # PA-8
    with pytest.raises(RemoteRefusal) as refused:
        await desk.create(desk.request(total_fen=6999))
    assert refused.value.reason == "AMOUNTS_DIFFER"


async def test_an_item_is_ordered_once(desk):  # PA-7
    request = desk.request(items=2)
    request.items[1].item_id = request.items[0].item_id
    with pytest.raises(RemoteRefusal) as refused:
        await desk.create(request)
    assert [violation.reason for violation in refused.value.fields] == ["ITEMS_DISTINCT"]


async def test_nothing_is_ordered_after_the_cutoff_and_what_was_is_still_answered(desk):  # F-15, F-10
    request = desk.request()
    order = await desk.create(request)
    desk.clock.advance(timedelta(days=3))
    assert (await desk.create(request)).order_id == order.order_id
    late = desk.request()
    late.payment_cutoff_time.FromDatetime(desk.clock.now())
    with pytest.raises(RemoteRefusal) as refused:
        await desk.create(late)
    assert refused.value.reason == "PAYMENT_CUTOFF_PASSED"


async def test_another_candidates_order_does_not_exist(desk):
    order = await desk.create()
    stranger = desk.as_candidate(new_id())
    calls = [
        desk.stub.GetOrder(pb.GetOrderRequest(order_id=order.order_id), metadata=stranger),
        desk.stub.RefreshOrder(pb.RefreshOrderRequest(order_id=order.order_id), metadata=stranger),
        desk.stub.CancelOrder(pb.CancelOrderRequest(order_id=order.order_id), metadata=stranger),
        desk.stub.GetTimeline(pb.GetTimelineRequest(order_id=order.order_id), metadata=stranger),
        desk.stub.PayOrder(pb.PayOrderRequest(order_id=order.order_id, undertaking_version="3"), metadata=stranger),
    ]
    refusals = await asyncio.gather(*calls, return_exceptions=True)
    assert [refusal.reason for refusal in refusals] == ["NOT_FOUND"] * len(calls)


async def test_orders_are_listed_page_by_page_and_only_ones_own(desk):
    candidate_id = new_id()
    made = []
    for session in ("2026-10", "2027-04", "2027-10"):
        made.append((await desk.create(desk.request(candidate_id=candidate_id, session_id=session))).order_id)
        desk.clock.advance(timedelta(seconds=1))
    await desk.create()
    seen, token = [], ""
    while True:
        request = pb.ListOrdersRequest(page_size=2, page_token=token)
        page = await desk.stub.ListOrders(request, metadata=desk.as_candidate(candidate_id))
        seen += [order.order_id for order in page.orders]
        if not (token := page.next_page_token):
            break
    assert seen == made[::-1]


async def test_candidates_make_no_orders(desk):
    with pytest.raises(RemoteRefusal) as refused:
        await desk.stub.CreateOrder(desk.request(), metadata=desk.as_candidate(new_id()))
    assert refused.value.reason == "ACCESS_DENIED"
