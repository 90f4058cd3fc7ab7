"""Receipts (PA-9): asked for, looked for, stored and shown, whatever is killed or out of reach meanwhile."""

import asyncio
from datetime import date, datetime, time, timedelta

import httpx
import pytest
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import resources_pb2 as res

from chassis.clock import SHANGHAI
from services.payment.main import payment


@pytest.fixture
async def portal(platform):
    """The portal as people and tools see it."""
    async with httpx.AsyncClient(base_url=platform.url, trust_env=False) as http:
        yield http


@pytest.fixture(autouse=True)
async def nothing_left_over(db):
    """Receipts of earlier tests are not looked for."""
    await db.driver.execute("UPDATE receipts SET state = 'VOID' WHERE state IN ('PENDING', 'REQUESTED')")


async def a_paid_order(desk):
    order = await desk.awaiting()
    await desk.platform.pay(order.attempt.out_trade_no)
    return await desk.until_state(order, "PAID")


async def receipt(desk, order) -> res.Receipt:
    request = pb.GetReceiptRequest(order_id=order.order_id)
    return await desk.stub.GetReceipt(request, metadata=desk.as_candidate(order.candidate_id))


async def state(desk, order) -> str:
    return res.Receipt.State.Name((await receipt(desk, order)).state)


async def issue(portal, order) -> None:
    (await portal.post(f"/receipts/{order.order_id}:issue")).raise_for_status()


async def asked_for(desk, order) -> list[str]:
    return [outcome for kind, _, outcome in await desk.timeline(order) if kind == "RECEIPT_REQUESTED"]


async def look_on_its_day(desk, order) -> None:
    """The receipt's day comes, and the job looks."""
    day = date.fromisoformat((await receipt(desk, order)).available_date)
    begins = datetime.combine(day, time(), SHANGHAI)
    desk.clock.advance(max(begins - desk.clock.now(), timedelta()) + timedelta(seconds=1))
    await desk.service.issuing.once()


async def test_a_receipt_is_asked_for_at_once_and_shown_with_code_number_and_link_when_it_is_there(desk, portal):
    order = await a_paid_order(desk)
    assert await state(desk, order) == "PENDING"
    await desk.service.issuing.once()
    assert await state(desk, order) == "REQUESTED"
    await issue(portal, order)
    await look_on_its_day(desk, order)
    shown = await receipt(desk, order)
    assert shown.state == res.Receipt.ISSUED
    there = (await portal.get(f"/receipts/{order.order_id}", headers={"accept": "application/json"})).json()
    assert (shown.code, shown.number, shown.url) == (there["code"], there["number"], there["url"])
    assert await asked_for(desk, order) == ["REQUESTED", "ISSUED"]


async def test_a_portal_is_told_from_when_the_receipt_may_be_seen_by_the_working_days(desk, portal):
    order = await a_paid_order(desk)
    await desk.service.issuing.once()
    answer = await portal.get(f"/receipts/{order.order_id}", headers={"accept": "application/json"})
    assert answer.json()["error"]["reason"] == "RECEIPT_NOT_YET_AVAILABLE"
    assert (await receipt(desk, order)).available_date == order.receipt_date
    assert await desk.service.issuing.once() == 0


async def test_an_early_portal_is_noticed_within_seconds(desk, portal):
    order = await a_paid_order(desk)
    await desk.service.issuing.once()
    await issue(portal, order)
    desk.clock.advance(timedelta(seconds=5))
    await desk.service.issuing.once()
    assert await state(desk, order) == "ISSUED"


async def test_while_the_portal_is_away_it_is_asked_ever_less_and_nothing_is_lost(desk, portal, db):
    order = await a_paid_order(desk)
    await desk.platform.fault(order.order_id, "receipts", "OUTAGE")
    waits = []
    for _ in range(4):
        await desk.service.issuing.once()
        due = await db.driver.fetchval("SELECT due_time FROM receipts WHERE order_id = $1", order.order_id)
        waits.append((due - desk.clock.now()).total_seconds())
        desk.clock.advance(due - desk.clock.now())
    assert waits == [5, 15, 45, 135]
    assert await asked_for(desk, order) == ["UNREACHABLE"]
    await desk.platform.clear_faults()
    await desk.service.issuing.once()
    assert await state(desk, order) == "REQUESTED"


async def test_a_receipt_that_does_not_come_enters_the_queue_and_leaves_it_when_it_is_there(desk, portal):
    order = await a_paid_order(desk)
    await desk.platform.fault(order.order_id, "receipts", "LOST", times=1)
    await desk.service.issuing.once()
    desk.clock.advance(timedelta(days=20))
    await desk.service.issuing.once()
    assert await desk.exceptions(order) == ["RECEIPT_OVERDUE"]
    await issue(portal, order)
    desk.clock.advance(timedelta(minutes=15))
    await desk.service.issuing.once()
    assert await state(desk, order) == "ISSUED"
    assert await desk.exceptions(order) == []


async def test_who_is_killed_after_asking_asks_again_and_gets_the_same_receipt(desk, portal, db):
    order = await a_paid_order(desk)
    await desk.service.issuing.once()
    # A kill between the portal's answer and the row: here the receipt is as it was, and taken by nobody alive.
    await db.driver.execute(
        "UPDATE receipts SET state = 'PENDING', due_time = $2 WHERE order_id = $1", order.order_id, desk.clock.now()
    )
    await desk.service.issuing.once()
    assert await state(desk, order) == "REQUESTED"
    await issue(portal, order)
    await look_on_its_day(desk, order)
    assert await state(desk, order) == "ISSUED"


async def test_a_receipt_taken_by_one_that_died_is_taken_again_when_the_lease_ends(desk):
    order = await a_paid_order(desk)
    receipts = desk.service.issuing.counter.receipts
    taken = await receipts.claim_due(now=desk.clock.now(), lease=timedelta(minutes=2), limit=10)
    assert taken == [order.order_id]
    assert await desk.service.issuing.once() == 0
    desk.clock.advance(timedelta(minutes=2))
    assert await desk.service.issuing.once() == 1


async def test_two_replicas_ask_for_different_receipts(desk):
    orders = [await a_paid_order(desk) for _ in range(3)]
    async with payment(desk.config, desk.clock) as other:
        done = await asyncio.gather(desk.service.issuing.once(), other.issuing.once())
    assert sum(done) == 3
    assert [await asked_for(desk, order) for order in orders] == [["REQUESTED"]] * 3


async def test_a_receipt_that_the_portal_has_forgotten_is_asked_for_again(desk, portal, db):
    order = await a_paid_order(desk)
    await db.driver.execute("UPDATE receipts SET state = 'REQUESTED' WHERE order_id = $1", order.order_id)
    await desk.service.issuing.once()
    assert await state(desk, order) == "PENDING"
    await desk.service.issuing.once()
    assert await state(desk, order) == "REQUESTED"


async def test_a_receipt_without_a_date_waits_until_the_holidays_are_known(desk, db):
    order = await a_paid_order(desk)
    await db.driver.execute("UPDATE receipts SET available_date = NULL WHERE order_id = $1", order.order_id)
    desk.clock.advance(timedelta(hours=2))
    await desk.service.issuing.once()
    assert (await receipt(desk, order)).available_date == order.receipt_date
