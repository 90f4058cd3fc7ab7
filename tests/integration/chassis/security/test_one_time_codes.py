"""One-time codes, in memory and in a real Redis: the same rules."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from chassis.clock import ManualClock
from chassis.ids import new_id
from chassis.security.one_time_codes import TRIES, TTL, CodesInMemory, CodesInRedis, OneTimeCodes


@pytest.fixture(params=["memory", "redis"])
async def codes(request: pytest.FixtureRequest, clock: ManualClock) -> AsyncIterator[OneTimeCodes]:
    if request.param == "memory":
        yield CodesInMemory(clock)
        return
    async with Redis.from_url(request.getfixturevalue("redis_url")) as redis:
        yield CodesInRedis(redis)


@pytest.fixture
def purpose() -> str:
    return f"verify phone of {new_id()}"


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_a_code_is_six_digits_and_works_once(codes: OneTimeCodes, purpose: str) -> None:
    code = await codes.issue(purpose, carries="a phone")
    assert len(code) == 6
    assert code.isdecimal()
    assert await codes.redeem(purpose, code) == "a phone"
    assert await codes.redeem(purpose, code) is None


async def test_what_a_code_carries_is_known_while_it_works(codes: OneTimeCodes, purpose: str) -> None:  # ID-16
    assert await codes.carried(purpose) is None
    code = await codes.issue(purpose, carries="a phone")
    assert (await codes.carried(purpose), await codes.carried(f"{purpose}, really")) == ("a phone", None)
    await codes.redeem(purpose, code)
    assert await codes.carried(purpose) is None


async def test_of_two_with_the_same_code_one_succeeds(codes: OneTimeCodes, purpose: str) -> None:
    code = await codes.issue(purpose, carries="a phone")
    outcomes = await asyncio.gather(*(codes.redeem(purpose, code) for _ in range(10)))
    assert outcomes.count("a phone") == 1


async def test_a_code_is_for_its_purpose_only(codes: OneTimeCodes, purpose: str) -> None:
    code = await codes.issue(purpose)
    assert await codes.redeem(f"{purpose}, really", code) is None
    assert await codes.redeem(purpose, code) == ""


@pytest.mark.parametrize("which", [0, 1, 2])
async def test_of_codes_for_the_same_the_newest_two_work_and_once(  # messages overtake each other
    codes: OneTimeCodes, purpose: str, which: int
) -> None:
    issued = [await codes.issue(purpose, "a phone") for _ in range(3)]
    assert await codes.redeem(purpose, issued[which]) == (None if which == 0 else "a phone")
    rest = [await codes.redeem(purpose, code) for code in issued]
    assert rest == ([None, "a phone", None] if which == 0 else [None] * 3)


async def test_the_code_before_is_over_at_its_own_time(clock: ManualClock, purpose: str) -> None:
    in_memory = CodesInMemory(clock)
    before = await in_memory.issue(purpose, "a phone")
    clock.advance(TTL / 2)
    newest = await in_memory.issue(purpose, "a phone")
    clock.advance(TTL / 2)
    assert await in_memory.redeem(purpose, before) is None
    assert await in_memory.redeem(purpose, newest) == "a phone"


async def test_a_code_for_something_else_ends_the_old_one(codes: OneTimeCodes, purpose: str) -> None:
    old = await codes.issue(purpose, "old")
    new = await codes.issue(purpose, "new")
    assert old == new or await codes.redeem(purpose, old) is None
    assert await codes.redeem(purpose, new) == "new"


async def test_the_fifth_wrong_try_ends_a_code(codes: OneTimeCodes, purpose: str) -> None:
    code = await codes.issue(purpose)
    for _ in range(TRIES):
        assert await codes.redeem(purpose, wrong(code)) is None
    assert await codes.redeem(purpose, code) is None


async def test_a_code_works_after_four_wrong_tries(codes: OneTimeCodes, purpose: str) -> None:
    code = await codes.issue(purpose)
    for _ in range(TRIES - 1):
        assert await codes.redeem(purpose, wrong(code)) is None
    assert await codes.redeem(purpose, code) == ""


async def test_a_code_is_over_after_five_minutes(clock: ManualClock, purpose: str, redis_url: str) -> None:
    in_memory = CodesInMemory(clock)
    code = await in_memory.issue(purpose)
    clock.advance(TTL)
    assert await in_memory.redeem(purpose, code) is None
    async with Redis.from_url(redis_url) as redis:
        before = set(await redis.keys("zikao:code:*"))
        await CodesInRedis(redis).issue(purpose)
        (key,) = set(await redis.keys("zikao:code:*")) - before
        assert timedelta() < timedelta(seconds=await redis.ttl(key)) <= TTL


async def test_no_code_and_no_purpose_is_kept_readable(purpose: str, redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        code = await CodesInRedis(redis).issue(purpose)
        for key in await redis.keys("zikao:code:*"):
            assert purpose.encode() not in key
            assert code.encode() not in await redis.hvals(key)


async def test_a_code_redeemed_in_vain_works_again_unless_another_was_issued(  # GW-7
    codes: OneTimeCodes, purpose: str
) -> None:
    code = await codes.issue(purpose, carries="a phone")
    assert await codes.redeem(purpose, code) == "a phone"
    await codes.restore(purpose, code, "a phone")
    assert await codes.redeem(purpose, code) == "a phone"
    newer = await codes.issue(purpose, carries="a phone")
    await codes.restore(purpose, wrong(newer), "a phone")
    assert await codes.redeem(purpose, wrong(newer)) is None
    assert await codes.redeem(purpose, newer) == "a phone"
