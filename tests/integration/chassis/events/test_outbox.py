"""Fragments by which one statement writes a change and its events, or neither, on a real PostgreSQL (F-13)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.wrappers_pb2 import StringValue
from sqlalchemy import insert, select

from chassis.clock import ManualClock
from chassis.events import outbox
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from tests.integration.chassis.chassis_tables import OUTBOX, THINGS

MOVE = "WITH moved AS (UPDATE things SET place = :place WHERE name = :name RETURNING name)"
MOVE_AND_TELL = sql(f"{MOVE} {outbox.insert_from('moved')}")
MOVE_AND_TELL_ALL = sql(f"{MOVE} {outbox.insert_all_if('EXISTS (SELECT FROM moved)')}")


@pytest.fixture
async def db(db: Database) -> Database:
    """A book on a shelf."""
    await db.execute(insert(THINGS).values(name="book", place="shelf"))
    return db


def event(clock: ManualClock, text: str, **more: Any) -> Mapping[str, Any]:
    return outbox.row("payment", "order-1", StringValue(value=text), clock.now(), **more)


async def place_of_book(db: Database) -> str:
    [thing] = await db.fetch(select(THINGS.c.place))
    return str(thing.place)


async def written(db: Database) -> list[Mapping[str, Any]]:
    """The outbox, by the columns that a row is made of, in the order of writing."""
    rows = await db.fetch(select(OUTBOX).order_by(OUTBOX.c.seq))
    return [{column: row._mapping[column] for column in outbox.COLUMNS} for row in rows]


async def test_an_event_is_written_with_the_change_column_by_column(db: Database, clock: ManualClock) -> None:
    later = event(clock, "moved", available_time=clock.now() + timedelta(hours=1))
    await db.hot.execute(MOVE_AND_TELL, name="book", place="desk", **outbox.parameters(later))
    assert (await place_of_book(db), await written(db)) == ("desk", [later])


async def test_no_event_is_written_without_the_change(db: Database, clock: ManualClock) -> None:
    await db.hot.execute(MOVE_AND_TELL, name="lamp", place="desk", **outbox.parameters(event(clock, "moved")))
    assert (await place_of_book(db), await written(db)) == ("shelf", [])


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_any_number_of_events_is_written_with_the_change(db: Database, clock: ManualClock, count: int) -> None:
    events = [event(clock, f"moved {number}") for number in range(count)]
    await db.hot.execute(MOVE_AND_TELL_ALL, name="book", place="desk", **outbox.parameters_of_all(events))
    assert (await place_of_book(db), await written(db)) == ("desk", events)


async def test_of_several_events_none_is_written_without_the_change(db: Database, clock: ManualClock) -> None:
    events = [event(clock, "moved"), event(clock, "moved again")]
    await db.hot.execute(MOVE_AND_TELL_ALL, name="lamp", place="desk", **outbox.parameters_of_all(events))
    assert (await place_of_book(db), await written(db)) == ("shelf", [])


async def test_events_of_a_change_that_is_refused_are_not_written(db: Database, clock: ManualClock) -> None:
    taken_twice = [event(clock, "moved", event_id=event(clock, "")["event_id"])] * 2
    with pytest.raises(Exception, match="duplicate key"):
        await db.hot.execute(MOVE_AND_TELL_ALL, name="book", place="desk", **outbox.parameters_of_all(taken_twice))
    assert (await place_of_book(db), await written(db)) == ("shelf", [])
