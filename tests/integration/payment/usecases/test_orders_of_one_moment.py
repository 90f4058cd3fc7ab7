"""Orders that are asked for together are made or refused each for itself (EN-10, PA-7, F-10)."""

import asyncio

import pytest
from google.rpc import error_details_pb2
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import resources_pb2 as res

from chassis.errors import RemoteRefusal
from chassis.ids import new_id
from tests.support.postgres_locks import wait_until_somebody_waits

MADE = "CREATED"
KILL_WHOEVER_WAITS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


async def create_together(payment, *requests: pb.CreateOrderRequest) -> list[str]:
    """Where each order stands, or the reason for which it is refused."""
    request = pb.BatchCreateOrdersRequest(requests=requests)
    answer = await payment.stub.BatchCreateOrders(request, metadata=payment.as_enrollment())
    return [_said(outcome) for outcome in answer.outcomes]


def _said(outcome: pb.BatchCreateOrdersResponse.Outcome) -> str:
    if not outcome.HasField("refusal"):
        return res.Order.State.Name(outcome.state)
    info = error_details_pb2.ErrorInfo()
    outcome.refusal.details[0].Unpack(info)
    return info.reason


async def test_each_order_is_made_as_asked(payment):  # EN-10
    requests = [payment.request(items=items) for items in (1, 2, 3)]
    assert await create_together(payment, *requests) == [MADE] * 3
    for request in requests:
        order = await payment.get(request)
        assert [item.item_id for item in order.items] == [item.item_id for item in request.items]
        assert await payment.timeline(order) == [("ORDER_CREATED", "SERVICE", MADE)]


async def test_what_is_refused_to_one_is_not_refused_to_the_others(payment):  # PA-7, PA-8, F-15
    live, good, other = await payment.create(), payment.request(), payment.request(items=2)
    late = payment.request()
    late.payment_cutoff_time.FromDatetime(payment.clock.now())
    rival, wrong = payment.request(candidate_id=live.candidate_id), payment.request(total_fen=6999)
    assert await create_together(payment, good, rival, wrong, other, late) == [
        MADE,
        "LIVE_ORDER_EXISTS",
        "AMOUNTS_DIFFER",
        MADE,
        "PAYMENT_CUTOFF_PASSED",
    ]
    assert [(await payment.get(one)).order_id for one in (good, other)] == [good.order_id, other.order_id]


async def test_the_same_order_again_is_answered_as_it_stands_and_another_under_its_id_refused(payment):  # F-10
    paid, new = payment.request(), payment.request()
    await payment.awaiting(paid)
    changed = pb.CreateOrderRequest()
    changed.CopyFrom(paid)
    changed.items[0].course_code = "99999"
    assert await create_together(payment, paid, new, new, changed) == [
        "AWAITING_PAYMENT",
        MADE,
        MADE,
        "ORDER_ID_REUSED",
    ]
    assert len(await payment.timeline(await payment.get(new))) == 1


async def test_of_rivals_one_is_made(payment):  # PA-7, F-8
    candidate_id = new_id()
    said = await create_together(payment, *(payment.request(candidate_id=candidate_id) for _ in range(4)))
    assert sorted(said) == [MADE, *["LIVE_ORDER_EXISTS"] * 3]


async def test_an_order_that_breaks_a_field_rule_is_named_and_nothing_is_made(payment):  # EN-10
    good, bad = payment.request(), payment.request(order_id="1")
    with pytest.raises(RemoteRefusal) as refused:
        await create_together(payment, good, bad)
    assert [violation.field for violation in refused.value.fields] == ["requests[1].order_id"]
    with pytest.raises(RemoteRefusal):
        await payment.get(good)


async def test_only_enrollment_makes_orders(payment):  # OP-8
    request = pb.BatchCreateOrdersRequest(requests=[payment.request()])
    with pytest.raises(RemoteRefusal) as refused:
        await payment.stub.BatchCreateOrders(request, metadata=payment.as_candidate(new_id()))
    assert refused.value.reason == "ACCESS_DENIED"


async def test_killed_in_the_middle_of_a_shared_statement_each_is_made_once(payment, db):  # F-13
    requests = [payment.request() for _ in range(4)]
    held_up = requests[2]
    columns = "order_id, create_time, candidate_id, session_id, total_fen, state, undertaking_version, fingerprint"
    async with db.driver.acquire() as holder:
        under_way = holder.transaction()
        await under_way.start()
        await holder.execute(
            f"INSERT INTO orders ({columns}, payment_cutoff_time, open_until, due_time) "
            "VALUES ($1, now(), $2, '2026-10', 1, 'CREATED', '1', '', now(), now(), now())",
            held_up.order_id,
            held_up.candidate_id,
        )
        playing = asyncio.ensure_future(create_together(payment, *requests))
        await wait_until_somebody_waits(db)
        assert await db.driver.fetchval(KILL_WHOEVER_WAITS)
        await wait_until_somebody_waits(db)  # each alone now
        await under_way.rollback()
    assert await playing == [MADE] * 4
    for request in requests:
        assert len(await payment.timeline(await payment.get(request))) == 1
