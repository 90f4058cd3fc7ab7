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
    return KeptAnswers(db, clock)


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
    other = KeptAnswers(other_replica, clock)
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
