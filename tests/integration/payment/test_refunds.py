"""Money on its way back: asked for by item, carried out in the background, whatever the platform does meanwhile."""

import asyncio
from datetime import timedelta

import pytest
from zikao.payment.v1 import events_pb2
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import resources_pb2 as res
from zikao.payment.v1 import settlement_service_pb2 as settlement

from chassis.errors import RemoteRefusal
from chassis.ids import new_id
from services.payment.main import payment


async def paid(desk, **how):
    order = await desk.awaiting(desk.request(**how))
    await desk.platform.pay(order.attempt.out_trade_no)
    return await desk.until_state(order, "PAID")


def asked(order, items=(), refund_id=None, reason="SELECTION_VOID"):
    return pb.CreateRefundRequest(
        order_id=order.order_id, refund_id=refund_id or new_id(), item_ids=items, reason=reason
    )


async def create(desk, request):
    return await desk.stub.CreateRefund(request, metadata=desk.as_enrollment())


async def test_a_whole_order_goes_back(desk):  # PA-2, PA-6, PA-11
    order = await paid(desk, items=2)
    refund = await create(desk, asked(order))
    assert (refund.amount_fen, len(refund.item_ids), refund.state) == (14000, 2, res.Refund.REQUESTED)
    on_its_way = await desk.get(order)
    assert (on_its_way.state, on_its_way.refunded_fen) == (res.Order.REFUNDING, 0)
    assert on_its_way.guidance.refund_date == refund.due_date
    assert await desk.give_back(order) == [("SUCCEEDED", "SELECTION_VOID", 14000)]
    back = await desk.get(order)
    assert (back.state, back.refunded_fen) == (res.Order.REFUNDED, 14000)
    assert all(item.refunded for item in back.items)
    assert back.guidance.next_step == res.Guidance.NOTHING
    receipt = await desk.stub.GetReceipt(
        pb.GetReceiptRequest(order_id=order.order_id), metadata=desk.as_candidate(order.candidate_id)
    )
    assert receipt.state == res.Receipt.VOID
    assert (await desk.timeline(order))[-4:] == [
        ("REFUND_REQUESTED", "SERVICE", "REQUESTED"),
        ("STATE_CHANGED", "SERVICE", "REFUNDING"),
        ("REFUND_REQUESTED", "SWEEP", "SUCCEEDED"),
        ("STATE_CHANGED", "SWEEP", "REFUNDED"),
    ]
    await desk.until_heard(order, events_pb2.OrderRefunded)
    [told] = desk.listener.about(order.order_id, events_pb2.OrderRefunded)
    assert set(told.item_ids) == {item.item_id for item in order.items}


async def test_part_of_an_order_goes_back_and_the_rest_stays_paid(desk):  # PA-6
    order = await paid(desk, items=3)
    first, second, _ = [item.item_id for item in order.items]
    await create(desk, asked(order, [first]))
    assert await desk.give_back(order) == [("SUCCEEDED", "SELECTION_VOID", 7000)]
    rest = await desk.get(order)
    assert (rest.state, rest.refunded_fen) == (res.Order.PAID, 7000)
    with pytest.raises(RemoteRefusal) as refused:
        await create(desk, asked(order, [first, second]))
    assert refused.value.reason == "ITEM_ALREADY_REFUNDED"
    await create(desk, asked(order))
    await desk.give_back(order)
    assert (await desk.get(order)).state == res.Order.REFUNDED
    assert (await desk.platform.trade(order.attempt.out_trade_no))["refunded_fen"] == 21000


async def test_a_refund_is_one_however_often_it_is_asked_for(desk):  # F-10
    order = await paid(desk)
    request = asked(order)
    answers = await asyncio.gather(*(create(desk, request) for _ in range(8)))
    assert {answer.refund_id for answer in answers} == {request.refund_id}
    assert len(await desk.refunds(order)) == 1
    other = asked(order, refund_id=request.refund_id, reason="OPERATOR_DECISION")
    with pytest.raises(RemoteRefusal) as refused:
        await create(desk, other)
    assert refused.value.reason == "REFUND_ID_REUSED"


async def test_of_two_refunds_of_one_item_at_once_exactly_one_is_made(desk):  # PA-12
    order = await paid(desk, items=2)
    one = [order.items[0].item_id]
    answers = await asyncio.gather(
        *(create(desk, asked(order, one)) for _ in range(6)), create(desk, asked(order)), return_exceptions=True
    )
    refunds = await desk.refunds(order)
    given = [item for refund in refunds for item in refund.item_ids]
    assert len(given) == len(set(given))
    assert sum(not isinstance(answer, Exception) for answer in answers) == len(refunds)
    assert {answer.reason for answer in answers if isinstance(answer, RemoteRefusal)} == {"ITEM_ALREADY_REFUNDED"}


async def test_an_unpaid_order_has_nothing_to_give_back(desk):  # PA-6
    with pytest.raises(RemoteRefusal) as refused:
        await create(desk, asked(await desk.awaiting()))
    assert refused.value.reason == "ORDER_NOT_PAID"
    with pytest.raises(RemoteRefusal) as unknown:
        await create(desk, asked(res.Order(order_id=new_id())))
    assert unknown.value.reason == "NOT_FOUND"


async def test_a_course_given_back_can_be_paid_for_again_at_once(desk):  # PA-7
    order = await paid(desk)
    await create(desk, asked(order))
    again = await desk.awaiting(desk.request(candidate_id=order.candidate_id))
    await desk.platform.pay(again.attempt.out_trade_no)
    await desk.until_state(again, "PAID")


@pytest.mark.parametrize("kind", ["OUTAGE", "LOST", "FORGED", "WRONG_AMOUNT"])
async def test_a_platform_that_does_not_answer_well_is_asked_again_with_the_same_number(desk, kind):  # F-9, F-18
    order = await paid(desk)
    await create(desk, asked(order))
    await desk.platform.fault(order.attempt.out_trade_no, "refund", kind, times=2)
    assert await desk.give_back(order) == [("REQUESTED", "SELECTION_VOID", 7000)]
    assert ("REFUND_REQUESTED", "SWEEP", "UNREACHABLE") in await desk.timeline(order)
    await desk.give_back(order, timedelta(seconds=6))
    assert await desk.give_back(order, timedelta(seconds=20)) == [("SUCCEEDED", "SELECTION_VOID", 7000)]
    assert (await desk.platform.trade(order.attempt.out_trade_no))["refunded_fen"] == 7000
    assert len(desk.listener.about(order.order_id, events_pb2.OrderRefunded)) <= 1


async def test_a_worker_killed_after_the_platform_answered_pays_nobody_twice(desk):  # F-13, PA-12
    order = await paid(desk)
    await create(desk, asked(order))
    now = desk.clock.now()
    taken = await desk.service.till.refunds.claim_due(now=now, lease=timedelta(seconds=60), limit=1000)
    refund = await desk.service.till.refunds.find(taken[0])
    provider = desk.service.till.provider_named("sandbox")
    await provider.refund(refund.refund_id, refund.out_trade_no, refund.amount_fen)
    assert await desk.give_back(order) == [("REQUESTED", "SELECTION_VOID", 7000)]
    async with payment(desk.config, desk.clock) as next_process:
        desk.clock.advance(timedelta(seconds=61))
        while await next_process.refunder.once():
            pass
    assert [one.state for one in await desk.refunds(order)] == [res.Refund.SUCCEEDED]
    assert (await desk.platform.trade(order.attempt.out_trade_no))["refunded_fen"] == 7000


async def test_a_refund_that_is_not_back_by_its_day_is_raised(desk):  # PA-6
    order = await paid(desk)
    await create(desk, asked(order))
    await desk.platform.fault(order.attempt.out_trade_no, "refund", "OUTAGE")
    await desk.give_back(order, timedelta(days=9))
    assert await desk.exceptions(order) == ["REFUND_FAILED"]
    assert (await desk.get(order)).guidance.next_step == res.Guidance.CONTACT
    await desk.platform.clear_faults()
    await desk.give_back(order, timedelta(minutes=6))
    assert await desk.exceptions(order) == []
    assert await desk.state(order) == "REFUNDED"


def account(order):
    return settlement.SetRefundAccountRequest(
        order_id=order.order_id, holder_name="王小明", account_number="6222020200112233", bank_name="示例银行上海分行"
    )


async def test_where_the_way_it_came_is_closed_money_goes_to_the_bank_account(desk, db):  # PA-12
    order = await paid(desk)
    await desk.platform.fault(order.attempt.out_trade_no, "refund", "ROUTE_CLOSED")
    await create(desk, asked(order))
    assert await desk.give_back(order) == [("FAILED", "SELECTION_VOID", 7000)]
    assert await desk.exceptions(order) == ["REFUND_FAILED"]
    [refund] = await desk.refunds(order)
    assert refund.failure_code == "ROUTE_CLOSED"
    answer = await desk.settlement.SetRefundAccount(account(order), metadata=desk.as_candidate(order.candidate_id))
    assert answer.masked_account_number == "************2233"
    stored = await db.driver.fetchrow("SELECT * FROM refund_accounts WHERE order_id = $1", order.order_id)
    assert b"6222020200112233" not in stored["number_cipher"]
    assert "王小明".encode() not in stored["holder_cipher"]
    assert await desk.give_back(order) == [("SUCCEEDED", "SELECTION_VOID", 7000)]
    [refund] = await desk.refunds(order)
    assert refund.to_bank_account
    assert await desk.exceptions(order) == []


async def test_bank_details_known_beforehand_are_used_without_an_operator(desk):  # PA-12
    order = await paid(desk)
    await desk.settlement.SetRefundAccount(account(order), metadata=desk.as_operator())
    await desk.platform.fault(order.attempt.out_trade_no, "refund", "ROUTE_CLOSED")
    await create(desk, asked(order))
    assert await desk.give_back(order) == [("SUCCEEDED", "SELECTION_VOID", 7000)]
    assert await desk.exceptions(order) == []


async def test_nobody_sets_the_account_of_anothers_order_or_reads_its_refunds(desk):  # PA-11
    order = await paid(desk)
    stranger = desk.as_candidate(new_id())
    for call in (
        desk.settlement.SetRefundAccount(account(order), metadata=stranger),
        desk.stub.ListRefunds(pb.ListRefundsRequest(order_id=order.order_id), metadata=stranger),
    ):
        with pytest.raises(RemoteRefusal) as refused:
            await call
        assert refused.value.reason == "NOT_FOUND"
