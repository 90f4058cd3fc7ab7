"""Kept answers and heard events are forgotten in time, and no sooner."""

import hashlib
from datetime import timedelta

import pytest

from chassis.clock import ManualClock
from chassis.events import inbox
from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.postgres.kept_answers import Answers, RequestKey
from chassis.postgres.retention import ANSWERS, AT_ONCE, EVENTS, Retention

MOMENT = timedelta(seconds=1)


def key() -> RequestKey:
    return RequestKey("CANDIDATE c-1", "/zikao.testing/Select", new_id(), hashlib.sha256(b"one").digest())


@pytest.fixture
def retention(db: Database, clock: ManualClock) -> Retention:
    return Retention(db, clock, [ANSWERS, EVENTS])


async def test_an_answer_is_kept_for_its_time_and_then_forgotten(
    db: Database, clock: ManualClock, retention: Retention
) -> None:
    answers, asked = Answers(db, clock), key()
    await answers.claim(asked)
    await answers.complete(asked, b"done")
    clock.advance(ANSWERS.kept)
    assert await retention.forget() == 0
    assert await answers.claim(asked) == b"done"
    clock.advance(MOMENT)
    assert await retention.forget() == 1
    assert await answers.claim(asked) is None


async def test_an_event_is_known_for_its_time(db: Database, clock: ManualClock, retention: Retention) -> None:
    event_id = new_id()
    async with db.transaction() as transaction:
        assert await inbox.first_times(transaction, [event_id], "OrderPaid", clock.now())
    clock.advance(EVENTS.kept)
    await retention.forget()
    async with db.transaction() as transaction:
        assert not await inbox.first_times(transaction, [event_id], "OrderPaid", clock.now())
    clock.advance(MOMENT)
    assert await retention.forget() == 1


async def test_many_are_forgotten_a_few_at_a_time(db: Database, clock: ManualClock, retention: Retention) -> None:
    rows = [("c", "m", new_id(), b"x" * 32, clock.now()) for _ in range(AT_ONCE + 1)]
    statement = (
        "INSERT INTO idempotency (caller, method, request_id, body_hash, claim_time) VALUES ($1, $2, $3, $4, $5)"
    )
    await db.driver.executemany(statement, rows)
    clock.advance(ANSWERS.kept + MOMENT)
    assert await retention.forget() >= AT_ONCE + 1
    assert await db.driver.fetchval("SELECT count(*) FROM idempotency") == 0
