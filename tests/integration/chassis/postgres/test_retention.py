"""Kept answers and heard events are forgotten in time, and no sooner."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import pytest

from chassis.clock import ManualClock
from chassis.events import inbox
from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.postgres.kept_answers import KeptAnswers, RequestKey
from chassis.postgres.retention import ANSWERS, AT_ONCE, EVENTS, delete_expired

MOMENT = timedelta(seconds=1)


def key() -> RequestKey:
    return RequestKey("CANDIDATE c-1", "/zikao.testing/Select", new_id(), hashlib.sha256(b"one").digest())


@dataclass(frozen=True)
class Expiry:
    """Both rules, carried out now."""

    db: Database
    clock: ManualClock

    async def delete(self) -> int:
        return sum([await delete_expired(self.db, rule, self.clock.now()) for rule in (ANSWERS, EVENTS)])


@pytest.fixture
def expiry(db: Database, clock: ManualClock) -> Expiry:
    return Expiry(db, clock)


async def test_an_answer_is_kept_for_its_time_and_then_forgotten(
    db: Database, clock: ManualClock, expiry: Expiry
) -> None:
    answers, asked = KeptAnswers(db, clock, bytes(32)), key()
    await answers.claim(asked)
    await answers.complete(asked, b"done")
    clock.advance(ANSWERS.kept)
    assert await expiry.delete() == 0
    assert await answers.claim(asked) == b"done"
    clock.advance(MOMENT)
    assert await expiry.delete() == 1
    assert await answers.claim(asked) is None


async def test_an_event_is_known_for_its_time(db: Database, clock: ManualClock, expiry: Expiry) -> None:
    event_id = new_id()
    async with db.transaction() as transaction:
        assert await inbox.accept_new_events(transaction, [event_id], "OrderPaid", clock.now())
    clock.advance(EVENTS.kept)
    await expiry.delete()
    async with db.transaction() as transaction:
        assert not await inbox.accept_new_events(transaction, [event_id], "OrderPaid", clock.now())
    clock.advance(MOMENT)
    assert await expiry.delete() == 1


async def test_many_are_forgotten_a_few_at_a_time(db: Database, clock: ManualClock, expiry: Expiry) -> None:
    rows = [("c", "m", new_id(), b"x" * 32, clock.now()) for _ in range(AT_ONCE + 1)]
    statement = (
        "INSERT INTO kept_answers (caller, method, request_id, body_hash, claim_time) VALUES ($1, $2, $3, $4, $5)"
    )
    await db.driver.executemany(statement, rows)
    clock.advance(ANSWERS.kept + MOMENT)
    assert await expiry.delete() >= AT_ONCE + 1
    assert await db.driver.fetchval("SELECT count(*) FROM kept_answers") == 0
