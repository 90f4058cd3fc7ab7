"""Receipts (PA-9): asked for, looked for, stored and shown, whatever is killed or out of reach meanwhile."""

import asyncio
from datetime import date, datetime, time, timedelta

import httpx
import pytest
from zikao.payment.v1 import events_pb2
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import resources_pb2 as res

from chassis.clock import SHANGHAI
from services.payment import main
from services.payment.jobs.receipt_collection import receipt_collection


@pytest.fixture
async def portal(platform):
    """The portal as people and tools see it."""
    async with httpx.AsyncClient(base_url=platform.url, trust_env=False) as http:
        yield http


@pytest.fixture(autouse=True)
async def nothing_left_over(db):
    """Receipts of earlier tests are not looked for."""
    await db.driver.execute("UPDATE receipts SET state = 'VOID' WHERE state IN ('PENDING', 'REQUESTED')")


async def a_paid_order(payment):
    order = await payment.awaiting()
    await payment.platform.pay(order.attempt.out_trade_no)
    return await payment.until_state(order, "PAID")


async def receipt(payment, order) -> res.Receipt:
    request = pb.GetReceiptRequest(order_id=order.order_id)
    return await payment.stub.GetReceipt(request, metadata=payment.as_candidate(order.candidate_id))


async def state(payment, order) -> str:
    return res.Receipt.State.Name((await receipt(payment, order)).state)


async def issue(portal, order) -> None:
    (await portal.post(f"/receipts/{order.order_id}:issue")).raise_for_status()


async def asked_for(payment, order) -> list[str]:
    return [outcome for kind, _, outcome in await payment.timeline(order) if kind == "RECEIPT_REQUESTED"]


async def look_on_its_day(payment, order) -> None:
    """The receipt's day comes, and the job looks."""
    day = date.fromisoformat((await receipt(payment, order)).available_date)
    begins = datetime.combine(day, time(), SHANGHAI)
    payment.clock.advance(max(begins - payment.clock.now(), timedelta()) + timedelta(seconds=1))
    await payment.collect_receipts()


async def test_a_receipt_is_asked_for_at_once_and_shown_with_code_number_and_link_when_it_is_there(payment, portal):
    order = await a_paid_order(payment)
    assert await state(payment, order) == "PENDING"
    await payment.collect_receipts()
    assert await state(payment, order) == "REQUESTED"
    await issue(portal, order)
    await look_on_its_day(payment, order)
    shown = await receipt(payment, order)
    assert shown.state == res.Receipt.ISSUED
    there = (await portal.get(f"/receipts/{order.order_id}", headers={"accept": "application/json"})).json()
    assert (shown.code, shown.number, shown.url) == (there["code"], there["number"], there["url"])
    assert await asked_for(payment, order) == ["REQUESTED", "ISSUED"]


async def test_a_receipt_that_is_issued_is_told_once(payment, portal):  # EN-19, PA-9
    order = await a_paid_order(payment)
    await payment.collect_receipts()
    await issue(portal, order)
    assert payment.teller.about(order.order_id, events_pb2.ReceiptIssued) == []
    await look_on_its_day(payment, order)
    await payment.collect_receipts()

    async def heard() -> bool:
        return bool(payment.teller.about(order.order_id, events_pb2.ReceiptIssued))

    await payment.until(heard)
    (told,) = payment.teller.about(order.order_id, events_pb2.ReceiptIssued)
    assert (told.candidate_id, told.session_id) == (order.candidate_id, order.session_id)


async def test_a_portal_is_told_from_when_the_receipt_may_be_seen_by_the_working_days(payment, portal):
    order = await a_paid_order(payment)
    await payment.collect_receipts()
    answer = await portal.get(f"/receipts/{order.order_id}", headers={"accept": "application/json"})
    assert answer.json()["error"]["reason"] == "RECEIPT_NOT_YET_AVAILABLE"
    assert (await receipt(payment, order)).available_date == order.receipt_date
    assert await payment.collect_receipts() == 0


async def test_an_early_portal_is_noticed_within_seconds(payment, portal):
    order = await a_paid_order(payment)
    await payment.collect_receipts()
    await issue(portal, order)
    payment.clock.advance(timedelta(seconds=5))
    await payment.collect_receipts()
    assert await state(payment, order) == "ISSUED"


async def test_while_the_portal_is_away_it_is_asked_ever_less_and_nothing_is_lost(payment, portal, db):
    order = await a_paid_order(payment)
    await payment.platform.fault(order.order_id, "receipts", "OUTAGE")
    waits = []
    for _ in range(4):
        await payment.collect_receipts()
        due = await db.driver.fetchval("SELECT due_time FROM receipts WHERE order_id = $1", order.order_id)
        waits.append((due - payment.clock.now()).total_seconds())
        payment.clock.advance(due - payment.clock.now())
    assert waits == [5, 15, 45, 135]
    assert await asked_for(payment, order) == ["UNREACHABLE"]
    await payment.platform.clear_faults()
    await payment.collect_receipts()
    assert await state(payment, order) == "REQUESTED"


async def test_a_receipt_that_does_not_come_enters_the_queue_and_leaves_it_when_it_is_there(payment, portal):
    order = await a_paid_order(payment)
    await payment.platform.fault(order.order_id, "receipts", "LOST", times=1)
    await payment.collect_receipts()
    payment.clock.advance(timedelta(days=20))
    await payment.collect_receipts()
    assert await payment.exceptions(order) == ["RECEIPT_OVERDUE"]
    await issue(portal, order)
    payment.clock.advance(timedelta(minutes=15))
    await payment.collect_receipts()
    assert await state(payment, order) == "ISSUED"
    assert await payment.exceptions(order) == []


async def test_who_is_killed_after_asking_asks_again_and_gets_the_same_receipt(payment, portal, db):
    order = await a_paid_order(payment)
    await payment.collect_receipts()
    # A kill between the portal's answer and the row: here the receipt is as it was, and taken by nobody alive.
    await db.driver.execute(
        "UPDATE receipts SET state = 'PENDING', due_time = $2 WHERE order_id = $1", order.order_id, payment.clock.now()
    )
    await payment.collect_receipts()
    assert await state(payment, order) == "REQUESTED"
    await issue(portal, order)
    await look_on_its_day(payment, order)
    assert await state(payment, order) == "ISSUED"


async def test_a_receipt_taken_by_one_that_died_is_taken_again_when_the_lease_ends(payment):
    order = await a_paid_order(payment)
    receipts = payment.deps.receipts
    taken = await receipts.claim_due_receipts(now=payment.clock.now(), lease=timedelta(minutes=2), size=10)
    assert taken == [order.order_id]
    assert await payment.collect_receipts() == 0
    payment.clock.advance(timedelta(minutes=2))
    assert await payment.collect_receipts() == 1


async def test_two_replicas_ask_for_different_receipts(payment):
    orders = [await a_paid_order(payment) for _ in range(3)]
    async with main.payment(payment.config, payment.clock) as other:
        done = await asyncio.gather(payment.collect_receipts(), receipt_collection(other.dependencies).once())
    assert sum(done) == 3
    assert [await asked_for(payment, order) for order in orders] == [["REQUESTED"]] * 3


async def test_a_receipt_that_the_portal_has_forgotten_is_asked_for_again(payment, portal, db):
    order = await a_paid_order(payment)
    await db.driver.execute("UPDATE receipts SET state = 'REQUESTED' WHERE order_id = $1", order.order_id)
    await payment.collect_receipts()
    assert await state(payment, order) == "PENDING"
    await payment.collect_receipts()
    assert await state(payment, order) == "REQUESTED"


async def test_a_receipt_without_a_date_waits_until_the_holidays_are_known(payment, db):
    order = await a_paid_order(payment)
    await db.driver.execute("UPDATE receipts SET available_date = NULL WHERE order_id = $1", order.order_id)
    payment.clock.advance(timedelta(hours=2))
    await payment.service.job("receipt dating").once()
    assert (await receipt(payment, order)).available_date == order.receipt_date
