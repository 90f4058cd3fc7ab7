"""Events take effect once, in order, however often they come (F-13)."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from google.protobuf.wrappers_pb2 import BoolValue, StringValue
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from zikao.common.v1.event_pb2 import DeliverRequest, Event

from chassis.clock import ManualClock
from chassis.db import Database
from chassis.ids import new_id
from chassis.receiver import EventReceiver
from tests.integration.chassis.storage.conftest import THINGS

Deliver = Callable[..., Awaitable[list[str]]]
POISON = "poison"


async def note(transaction: AsyncConnection, message: StringValue, event: Event) -> None:
    """Writes down what it is told; fails after that for what it cannot stand."""
    await transaction.execute(insert(THINGS).values(name=message.value, place=event.event_id))
    if message.value == POISON:
        raise ValueError("cannot stand it")


def receiver(db: Database, clock: ManualClock) -> EventReceiver:
    return EventReceiver({StringValue: note}, db, clock)


@pytest.fixture
def deliver(db: Database, clock: ManualClock) -> Deliver:
    async def delivered(*events: Event, to: Database = db) -> list[str]:
        answer = await receiver(to, clock).Deliver(DeliverRequest(events=events), None)
        return list(answer.accepted_event_ids)

    return delivered


def event(text: str, aggregate: str = "order-1") -> Event:
    told = Event(event_id=new_id(), aggregate_id=aggregate)
    told.payload.Pack(StringValue(value=text))
    return told


async def names(db: Database) -> list[str]:
    return sorted(row.name for row in await db.fetch(select(THINGS.c.name)))


async def test_a_second_delivery_changes_nothing_and_is_accepted(db: Database, deliver: Deliver) -> None:
    paid = event("paid")
    assert await deliver(paid) == [paid.event_id]
    assert await deliver(paid) == [paid.event_id]
    assert await names(db) == ["paid"]


async def test_deliveries_at_once_take_effect_once(db: Database, second: Database, deliver: Deliver) -> None:
    paid = event("paid")
    accepted = await asyncio.gather(*(deliver(paid, to=side) for _ in range(5) for side in (db, second)))
    assert accepted == [[paid.event_id]] * 10
    assert await names(db) == ["paid"]


async def test_what_cannot_be_applied_leaves_nothing_and_holds_back_its_aggregate(
    db: Database, deliver: Deliver
) -> None:
    bad, after, other = event(POISON), event("after"), event("other", aggregate="order-2")
    assert await deliver(bad, after, other) == [other.event_id]
    assert await names(db) == ["other"]


async def test_an_event_of_an_unknown_kind_stays_with_its_sender(db: Database, deliver: Deliver) -> None:
    strange = Event(event_id=new_id(), aggregate_id="order-1")
    strange.payload.Pack(BoolValue(value=True))
    assert await deliver(strange) == []
