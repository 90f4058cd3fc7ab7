"""First answers are kept and given again, against a real PostgreSQL (F-10)."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.clock import ManualClock
from chassis.errors import RequestIdReused
from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.postgres.kept_answers import LEASE, KeptAnswers, RequestKey


@pytest.fixture
def key() -> RequestKey:
    body = hashlib.sha256(b"three courses").digest()
    return RequestKey("CANDIDATE c-1", "/zikao.testing/Select", new_id(), body)


@pytest.fixture
def answers(db: Database, clock: ManualClock) -> KeptAnswers:
    return KeptAnswers(db, clock, bytes(32))


async def test_a_repeated_request_gets_the_first_answer(answers: KeptAnswers, key: RequestKey) -> None:
    assert await answers.claim(key) is None
    await answers.complete(key, b"done")
    assert await answers.claim(key) == b"done"


async def test_an_empty_answer_is_an_answer(answers: KeptAnswers, key: RequestKey) -> None:
    assert await answers.claim(key) is None
    await answers.complete(key, b"")
    assert await answers.claim(key) == b""


async def test_the_same_id_with_another_body_is_refused(answers: KeptAnswers, key: RequestKey) -> None:
    other = replace(key, body_hash=hashlib.sha256(b"four courses").digest())
    await answers.claim(key)
    with pytest.raises(RequestIdReused):
        await answers.claim(other)
    await answers.complete(key, b"done")
    with pytest.raises(RequestIdReused):
        await answers.claim(other)


async def test_ids_of_different_callers_and_methods_do_not_meet(answers: KeptAnswers, key: RequestKey) -> None:
    await answers.claim(key)
    assert await answers.claim(replace(key, caller="CANDIDATE c-2")) is None
    assert await answers.claim(replace(key, method="/zikao.testing/Remove")) is None


async def test_of_many_at_once_one_runs_and_all_get_its_answer(
    answers: KeptAnswers, other_replica: Database, key: RequestKey, clock: ManualClock
) -> None:
    other = KeptAnswers(other_replica, clock, bytes(32))
    runs = 0

    async def request(side: KeptAnswers) -> bytes:
        nonlocal runs
        first = await side.claim(key)
        if first is not None:
            return first
        runs += 1
        await asyncio.sleep(0)
        answer = f"run {runs}".encode()
        await side.complete(key, answer)
        return answer

    got = await asyncio.gather(*(request(side) for _ in range(20) for side in (answers, other)))
    assert runs == 1
    assert set(got) == {b"run 1"}


async def test_a_refused_request_may_be_tried_again(answers: KeptAnswers, key: RequestKey) -> None:
    await answers.claim(key)
    await answers.abandon(key)
    assert await answers.claim(key) is None


async def test_a_kept_answer_is_not_given_up_any_more(answers: KeptAnswers, key: RequestKey) -> None:
    await answers.claim(key)
    await answers.complete(key, b"done")
    await answers.abandon(key)
    assert await answers.claim(key) == b"done"


async def test_the_claim_of_a_process_that_died_lapses(
    answers: KeptAnswers, key: RequestKey, clock: ManualClock
) -> None:
    assert await answers.claim(key) is None
    clock.advance(LEASE + timedelta(seconds=1))
    assert await answers.claim(key) is None
    await answers.complete(key, b"second run")
    assert await answers.claim(key) == b"second run"


async def test_nothing_of_an_answer_or_a_request_is_kept_in_clear(  # RE-11: personal data
    answers: KeptAnswers, db: Database, key: RequestKey
) -> None:
    told = "13800130742 张三".encode()
    await answers.claim(key)
    await answers.complete(key, told)
    kept = await db.driver.fetchrow("SELECT * FROM kept_answers WHERE request_id = $1", key.request_id)
    assert kept is not None
    assert not any(told in value for value in kept.values() if isinstance(value, bytes))
    assert kept["body_hash"] != key.body_hash
    assert await answers.claim(key) == told


async def test_an_answer_under_a_key_that_is_gone_counts_as_lapsed(
    answers: KeptAnswers, db: Database, key: RequestKey, clock: ManualClock
) -> None:
    await answers.claim(key)
    await answers.complete(key, b"done")
    other = KeptAnswers(db, clock, bytes([7]) * 32)
    assert await other.claim(key) is None
