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
from services.payment import main
from tests.integration.payment.running_payment import carry_out_refunds
from tests.support.audit_notes import audit_notes


async def paid(payment, **how):
    order = await payment.awaiting(payment.request(**how))
    await payment.platform.pay(order.attempt.out_trade_no)
    return await payment.until_state(order, "PAID")


def asked(order, items=(), refund_id=None, reason="SELECTION_VOID"):
    return pb.CreateRefundRequest(
        order_id=order.order_id, refund_id=refund_id or new_id(), item_ids=items, reason=reason
    )


async def create(payment, request):
    return await payment.stub.CreateRefund(request, metadata=payment.as_enrollment())


async def test_a_whole_order_goes_back(payment):  # PA-2, PA-6, PA-11
    order = await paid(payment, items=2)
    refund = await create(payment, asked(order))
    assert (refund.amount_fen, len(refund.item_ids), refund.state) == (14000, 2, res.Refund.REQUESTED)
    on_its_way = await payment.get(order)
    assert (on_its_way.state, on_its_way.refunded_fen) == (res.Order.REFUNDING, 0)
    assert on_its_way.guidance.refund_date == refund.due_date
    assert await payment.give_back(order) == [("SUCCEEDED", "SELECTION_VOID", 14000)]
    back = await payment.get(order)
    assert (back.state, back.refunded_fen) == (res.Order.REFUNDED, 14000)
    assert all(item.refunded for item in back.items)
    assert back.guidance.next_step == res.Guidance.NOTHING
    receipt = await payment.stub.GetReceipt(
        pb.GetReceiptRequest(order_id=order.order_id), metadata=payment.as_candidate(order.candidate_id)
    )
    assert receipt.state == res.Receipt.VOID
    assert (await payment.timeline(order))[-4:] == [
        ("REFUND_REQUESTED", "SERVICE", "REQUESTED"),
        ("STATE_CHANGED", "SERVICE", "REFUNDING"),
        ("REFUND_REQUESTED", "SWEEP", "SUCCEEDED"),
        ("STATE_CHANGED", "SWEEP", "REFUNDED"),
    ]
    await payment.until_heard(order, events_pb2.OrderRefunded)
    [told] = payment.listener.about(order.order_id, events_pb2.OrderRefunded)
    assert set(told.item_ids) == {item.item_id for item in order.items}


async def test_identity_hears_what_its_candidate_is_to_be_told(payment):  # EN-19
    order = await paid(payment, items=2)
    await create(payment, asked(order))
    assert await payment.give_back(order) == [("SUCCEEDED", "SELECTION_VOID", 14000)]
    kinds = (events_pb2.OrderPaid, events_pb2.OrderRefunded)

    async def heard() -> bool:
        return all(payment.teller.about(order.order_id, kind) for kind in kinds)

    await payment.until(heard)
    assert [len(payment.teller.about(order.order_id, kind)) for kind in kinds] == [1, 1]


async def test_part_of_an_order_goes_back_and_the_rest_stays_paid(payment):  # PA-6
    order = await paid(payment, items=3)
    first, second, _ = [item.item_id for item in order.items]
    await create(payment, asked(order, [first]))
    assert await payment.give_back(order) == [("SUCCEEDED", "SELECTION_VOID", 7000)]
    rest = await payment.get(order)
    assert (rest.state, rest.refunded_fen) == (res.Order.PAID, 7000)
    with pytest.raises(RemoteRefusal) as refused:
        await create(payment, asked(order, [first, second]))
    assert refused.value.reason == "ITEM_ALREADY_REFUNDED"
    await create(payment, asked(order))
    await payment.give_back(order)
    assert (await payment.get(order)).state == res.Order.REFUNDED
    assert (await payment.platform.trade(order.attempt.out_trade_no))["refunded_fen"] == 21000


async def test_an_operator_gives_one_course_back_and_says_why(payment, db):  # PA-14
    order = await paid(payment, items=2)
    request = asked(order, [order.items[0].item_id], reason="OPERATOR_DECISION")
    with pytest.raises(RemoteRefusal) as refused:
        await payment.stub.CreateRefund(request, metadata=payment.as_operator())
    assert (refused.value.reason, [one.field for one in refused.value.fields]) == ("REFUND_NOTE_REQUIRED", ["note"])
    request.note = "来电申请：与工作冲突"
    await payment.stub.CreateRefund(request, metadata=payment.as_operator())
    assert await payment.give_back(order) == [("SUCCEEDED", "OPERATOR_DECISION", 7000)]
    (noted,) = [note for note in await audit_notes(db, object_id=order.order_id) if note.facts.get("refund_id")]
    assert (noted.reason, noted.candidate_id) == (request.note, order.candidate_id)


async def test_a_refund_is_one_however_often_it_is_asked_for(payment):  # F-10
    order = await paid(payment)
    request = asked(order)
    answers = await asyncio.gather(*(create(payment, request) for _ in range(8)))
    assert {answer.refund_id for answer in answers} == {request.refund_id}
    assert len(await payment.refunds(order)) == 1
    other = asked(order, refund_id=request.refund_id, reason="OPERATOR_DECISION")
    with pytest.raises(RemoteRefusal) as refused:
        await create(payment, other)
    assert refused.value.reason == "REFUND_ID_REUSED"


async def test_two_orders_that_use_one_refund_id_at_once_are_told_by_its_field(payment):  # F-26, F-10
    first, second, refund_id = await paid(payment), await paid(payment), new_id()
    calls = (create(payment, asked(order, refund_id=refund_id)) for order in (first, second))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    made = [len(await payment.refunds(order)) for order in (first, second)]
    refused = next(one for one in answers if isinstance(one, RemoteRefusal))
    assert (sorted(made), refused.reason) == ([0, 1], "REFUND_ID_REUSED")


async def test_of_two_refunds_of_one_item_at_once_exactly_one_is_made(payment):  # PA-12
    order = await paid(payment, items=2)
    one = [order.items[0].item_id]
    answers = await asyncio.gather(
        *(create(payment, asked(order, one)) for _ in range(6)), create(payment, asked(order)), return_exceptions=True
    )
    refunds = await payment.refunds(order)
    given = [item for refund in refunds for item in refund.item_ids]
    assert len(given) == len(set(given))
    assert sum(not isinstance(answer, Exception) for answer in answers) == len(refunds)
    assert {answer.reason for answer in answers if isinstance(answer, RemoteRefusal)} == {"ITEM_ALREADY_REFUNDED"}


async def test_an_unpaid_order_has_nothing_to_give_back(payment):  # PA-6
    with pytest.raises(RemoteRefusal) as refused:
        await create(payment, asked(await payment.awaiting()))
    assert refused.value.reason == "ORDER_NOT_PAID"
    with pytest.raises(RemoteRefusal) as unknown:
        await create(payment, asked(res.Order(order_id=new_id())))
    assert unknown.value.reason == "NOT_FOUND"


async def test_a_course_given_back_can_be_paid_for_again_at_once(payment):  # PA-7
    order = await paid(payment)
    await create(payment, asked(order))
    again = await payment.awaiting(payment.request(candidate_id=order.candidate_id))
    await payment.platform.pay(again.attempt.out_trade_no)
    await payment.until_state(again, "PAID")


@pytest.mark.parametrize("kind", ["OUTAGE", "LOST", "FORGED", "WRONG_AMOUNT"])
async def test_a_platform_that_does_not_answer_well_is_asked_again_with_the_same_number(payment, kind):  # F-9, F-18
    order = await paid(payment)
    await create(payment, asked(order))
    await payment.platform.fault(order.attempt.out_trade_no, "refund", kind, times=2)
    assert await payment.give_back(order) == [("REQUESTED", "SELECTION_VOID", 7000)]
    assert ("REFUND_REQUESTED", "SWEEP", "UNREACHABLE") in await payment.timeline(order)
    await payment.give_back(order, timedelta(seconds=6))
    assert await payment.give_back(order, timedelta(seconds=20)) == [("SUCCEEDED", "SELECTION_VOID", 7000)]
    assert (await payment.platform.trade(order.attempt.out_trade_no))["refunded_fen"] == 7000
    assert len(payment.listener.about(order.order_id, events_pb2.OrderRefunded)) <= 1


async def test_a_worker_killed_after_the_platform_answered_pays_nobody_twice(payment):  # F-13, PA-12
    order = await paid(payment)
    await create(payment, asked(order))
    now = payment.clock.now()
    taken = await payment.deps.refunds.claim_due_refunds(now=now, lease=timedelta(seconds=60), size=1000)
    refund = await payment.deps.refunds.find_refund(taken[0])
    provider = payment.deps.provider("sandbox")
    await provider.refund(refund.refund_id, refund.out_trade_no, refund.amount_fen)
    assert await payment.give_back(order) == [("REQUESTED", "SELECTION_VOID", 7000)]
    async with main.payment(payment.config, payment.clock) as next_process:
        payment.clock.advance(timedelta(seconds=61))
        await carry_out_refunds(next_process)
    assert [one.state for one in await payment.refunds(order)] == [res.Refund.SUCCEEDED]
    assert (await payment.platform.trade(order.attempt.out_trade_no))["refunded_fen"] == 7000


async def test_a_refund_that_is_not_back_by_its_day_is_raised(payment):  # PA-6
    order = await paid(payment)
    await create(payment, asked(order))
    await payment.platform.fault(order.attempt.out_trade_no, "refund", "OUTAGE")
    await payment.give_back(order, timedelta(days=9))
    assert await payment.exceptions(order) == ["REFUND_FAILED"]
    assert (await payment.get(order)).guidance.next_step == res.Guidance.CONTACT
    await payment.platform.clear_faults()
    await payment.give_back(order, timedelta(minutes=6))
    assert await payment.exceptions(order) == []
    assert await payment.state(order) == "REFUNDED"


def account(order):
    return settlement.SetRefundAccountRequest(
        order_id=order.order_id, holder_name="王小明", account_number="6222020200112233", bank_name="示例银行上海分行"
    )


async def test_where_the_way_it_came_is_closed_money_goes_to_the_bank_account(payment, db):  # PA-12
    order = await paid(payment)
    await payment.platform.fault(order.attempt.out_trade_no, "refund", "ROUTE_CLOSED")
    await create(payment, asked(order))
    assert await payment.give_back(order) == [("FAILED", "SELECTION_VOID", 7000)]
    assert await payment.exceptions(order) == ["REFUND_FAILED"]
    [refund] = await payment.refunds(order)
    assert refund.failure_code == "ROUTE_CLOSED"
    answer = await payment.settlement.SetRefundAccount(
        account(order), metadata=payment.as_candidate(order.candidate_id)
    )
    assert answer.masked_account_number == "************2233"
    stored = await db.driver.fetchrow("SELECT * FROM refund_accounts WHERE order_id = $1", order.order_id)
    assert b"6222020200112233" not in stored["number_cipher"]
    assert "王小明".encode() not in stored["holder_cipher"]
    assert await payment.give_back(order) == [("SUCCEEDED", "SELECTION_VOID", 7000)]
    [refund] = await payment.refunds(order)
    assert refund.to_bank_account
    assert await payment.exceptions(order) == []


async def test_bank_details_known_beforehand_are_used_without_an_operator(payment):  # PA-12
    order = await paid(payment)
    await payment.settlement.SetRefundAccount(account(order), metadata=payment.as_operator())
    await payment.platform.fault(order.attempt.out_trade_no, "refund", "ROUTE_CLOSED")
    await create(payment, asked(order))
    assert await payment.give_back(order) == [("SUCCEEDED", "SELECTION_VOID", 7000)]
    assert await payment.exceptions(order) == []


async def test_nobody_sets_the_account_of_anothers_order_or_reads_its_refunds(payment):  # PA-11
    order = await paid(payment)
    stranger = payment.as_candidate(new_id())
    for call in (
        payment.settlement.SetRefundAccount(account(order), metadata=stranger),
        payment.stub.ListRefunds(pb.ListRefundsRequest(order_id=order.order_id), metadata=stranger),
    ):
        with pytest.raises(RemoteRefusal) as refused:
            await call
        assert refused.value.reason == "NOT_FOUND"
