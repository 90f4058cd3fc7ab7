"""Events take effect once, in order, however often they come (F-13)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from zikao.common.v1.event_pb2 import Event

from chassis.clock import ManualClock
from chassis.events.receiver import EventOfAnotherService, EventReceiver
from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.rpc.access_rules import UnstatedEvent
from tests.integration.chassis.chassis_tables import THINGS
from tests.integration.chassis.noted_events import LONGEST, Counted, Decided, Noted, Rumour
from tests.support.event_delivery import deliver_to

Deliver = Callable[..., Awaitable[list[str]]]
POISON = "poison"


async def note(transaction: AsyncConnection, message: Noted, event: Event) -> None:
    """Writes down what it is told; fails after that for what it cannot stand."""
    await transaction.execute(insert(THINGS).values(name=message.value, place=event.event_id))
    if message.value == POISON:
        raise ValueError("cannot stand it")


async def add_up(transaction: AsyncConnection, messages: Sequence[Counted]) -> None:
    """Writes down the sum of what it is told together; cannot stand zero."""
    values = [message.value for message in messages]
    await transaction.execute(insert(THINGS).values(name=f"{sum(values)} of {len(values)}", place=new_id()))
    if 0 in values:
        raise ValueError("cannot stand it")


def receiver(db: Database, clock: ManualClock) -> EventReceiver:
    return EventReceiver({Noted: note}, db, clock, together={Counted: add_up})


@pytest.fixture
def deliver(db: Database, clock: ManualClock) -> Deliver:
    async def delivered(*events: Event, to: Database = db, by: str = "payment") -> list[str]:
        return await deliver_to(receiver(to, clock), *events, by=by)

    return delivered


def event(text: str, aggregate: str = "order-1") -> Event:
    told = Event(event_id=new_id(), aggregate_id=aggregate)
    told.payload.Pack(Noted(value=text))
    return told


def number(value: int, aggregate: str) -> Event:
    told = Event(event_id=new_id(), aggregate_id=aggregate)
    told.payload.Pack(Counted(value=value))
    return told


async def names(db: Database) -> list[str]:
    return sorted(row.name for row in await db.fetch(select(THINGS.c.name)))


async def test_a_second_delivery_changes_nothing_and_is_accepted(db: Database, deliver: Deliver) -> None:
    paid = event("paid")
    assert await deliver(paid) == [paid.event_id]
    assert await deliver(paid) == [paid.event_id]
    assert await names(db) == ["paid"]


async def test_deliveries_at_once_take_effect_once(db: Database, other_replica: Database, deliver: Deliver) -> None:
    paid = event("paid")
    accepted = await asyncio.gather(*(deliver(paid, to=side) for _ in range(5) for side in (db, other_replica)))
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
    strange.payload.Pack(Rumour(value="?"))
    assert await deliver(strange) == []


@pytest.mark.parametrize("thief", ["review", "gateway"])
async def test_nothing_is_believed_of_a_service_that_does_not_state_it(
    db: Database, deliver: Deliver, thief: str
) -> None:  # OP-8, F-31
    with pytest.raises(EventOfAnotherService) as refusal:
        await deliver(number(1, "order-1"), event("paid", "order-2"), by=thief)
    assert refusal.value.reason == "EVENT_OF_ANOTHER_SERVICE"
    assert await names(db) == []


async def test_one_event_of_another_service_spoils_the_whole_delivery(
    db: Database, clock: ManualClock
) -> None:  # OP-8, F-31
    decided = Event(event_id=new_id(), aggregate_id="case-1")
    decided.payload.Pack(Decided(value="approved"))
    both = EventReceiver({Noted: note, Decided: note}, db, clock)
    with pytest.raises(EventOfAnotherService):
        await deliver_to(both, decided, event("paid"), by="review")
    assert await names(db) == []
    assert await deliver_to(both, decided) == [decided.event_id]


def test_a_type_of_event_that_nobody_states_is_not_followed(db: Database, clock: ManualClock) -> None:  # OP-8, F-31
    with pytest.raises(UnstatedEvent, match="Rumour"):
        EventReceiver({Rumour: note}, db, clock)


async def test_a_payload_that_breaks_its_contract_has_no_effect_and_holds_up_none_but_its_aggregate(
    db: Database, deliver: Deliver
) -> None:  # OP-8
    bad, after, other = event("x" * (LONGEST + 1)), event("after"), event("other", aggregate="order-2")
    assert await deliver(bad, after, other) == [other.event_id]
    assert await names(db) == ["other"]


async def test_events_alike_of_several_aggregates_are_applied_together(db: Database, deliver: Deliver) -> None:
    events = [number(value, f"order-{value}") for value in (1, 2, 3)]
    assert set(await deliver(*events, event("paid", "order-4"))) >= {one.event_id for one in events}
    assert await names(db) == ["6 of 3", "paid"]


async def test_what_has_been_heard_already_is_not_told_again_with_the_others(db: Database, deliver: Deliver) -> None:
    first, second = number(1, "order-1"), number(2, "order-2")
    await deliver(first)
    assert set(await deliver(first, second)) == {first.event_id, second.event_id}
    assert await names(db) == ["1 of 1", "2 of 1"]


async def test_one_that_cannot_be_applied_holds_up_none_but_itself(db: Database, deliver: Deliver) -> None:
    good, bad, other = number(1, "order-1"), number(0, "order-2"), number(3, "order-3")
    assert set(await deliver(good, bad, other)) == {good.event_id, other.event_id}
    assert await names(db) == ["1 of 1", "3 of 1"]


async def test_events_of_one_aggregate_are_applied_in_order_and_not_together(db: Database, deliver: Deliver) -> None:
    first, bad, after = number(1, "order-1"), number(0, "order-1"), number(3, "order-1")
    assert await deliver(first, bad, after) == [first.event_id]
    assert await names(db) == ["1 of 1"]


async def test_deliveries_of_several_at_once_take_effect_once(
    db: Database, other_replica: Database, deliver: Deliver
) -> None:  # F-13
    events = [number(value, f"order-{value}") for value in (1, 2, 3)]
    both = await asyncio.gather(deliver(*events), deliver(*reversed(events), to=other_replica))
    assert [set(accepted) for accepted in both] == [{one.event_id for one in events}] * 2
    assert await names(db) == ["6 of 3"]
