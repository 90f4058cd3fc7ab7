"""Whose unpaid order ends soon is told, once (EN-19)."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from zikao.payment.v1 import events_pb2
from zikao.payment.v1 import resources_pb2 as res

from services.payment.jobs.order_reminders import order_reminders

ROWS = "SELECT payload FROM outbox WHERE destination = 'identity' AND aggregate_id = $1 AND type = $2 ORDER BY seq"
BEFORE = timedelta(minutes=10)


@pytest.fixture
async def expiring(payment, db):
    """Who is told of an order, by what is on its way to identity."""
    payment.teller.deaf = True

    async def told(order: res.Order) -> list[events_pb2.OrderExpiring]:
        kind = events_pb2.OrderExpiring
        rows = await db.driver.fetch(ROWS, order.order_id, kind.DESCRIPTOR.full_name)
        return [kind.FromString(row["payload"]) for row in rows]

    return told


def until(payment, instant: datetime) -> None:
    payment.clock.advance(instant - payment.clock.now())


async def remind(payment) -> None:
    await order_reminders(payment.deps).once()


async def test_two_replicas_at_once_tell_of_an_order_once_and_not_before_its_time(payment, expiring):  # EN-19
    order = await payment.awaiting()
    ends = order.expire_time.ToDatetime(UTC)
    until(payment, ends - BEFORE - timedelta(seconds=1))
    await remind(payment)
    assert await expiring(order) == []
    until(payment, ends - BEFORE)
    for _ in range(2):
        await asyncio.gather(*(remind(payment) for _ in range(4)))
    (told,) = await expiring(order)
    assert (told.candidate_id, told.session_id) == (order.candidate_id, order.session_id)
    assert told.expire_time == order.expire_time


async def test_who_has_paid_meanwhile_is_not_told(payment, expiring):  # EN-19
    order = await payment.awaiting()
    await payment.platform.pay(order.attempt.out_trade_no)
    await payment.until_state(order, "PAID")
    until(payment, order.expire_time.ToDatetime(UTC) - BEFORE)
    await remind(payment)
    assert await expiring(order) == []


async def test_an_order_without_a_qr_code_is_told_of_before_its_own_end_and_not_after(payment, expiring):  # EN-19
    first, second = await payment.create(), await payment.create()
    until(payment, first.expire_time.ToDatetime(UTC) - BEFORE)
    await remind(payment)
    assert len(await expiring(first)) == 1
    until(payment, second.expire_time.ToDatetime(UTC))
    late = await payment.awaiting()
    await remind(payment)
    assert (len(await expiring(first)), await expiring(late)) == (1, [])
