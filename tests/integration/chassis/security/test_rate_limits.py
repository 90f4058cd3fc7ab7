"""Rate limits, in memory and in a real Redis: the same rules."""

from datetime import timedelta

import pytest

from chassis.errors import TooManyRequests
from chassis.ids import new_id
from chassis.security.rate_limits import Rate, RateLimiter, rate_limiter


@pytest.fixture(params=["memory", "redis"])
def limiter(request: pytest.FixtureRequest) -> RateLimiter:
    return rate_limiter(None if request.param == "memory" else request.getfixturevalue("redis_url"))


async def test_a_used_up_rate_refuses_and_says_when_to_come_back(limiter: RateLimiter) -> None:
    rate = Rate(f"codes {new_id()}", 3, timedelta(minutes=10))
    for _ in range(3):
        await limiter.hit(rate, "c-1")
    with pytest.raises(TooManyRequests) as refused:
        await limiter.hit(rate, "c-1")
    assert refused.value.retry_after is not None
    await limiter.hit(rate, "c-2")


async def test_what_is_forgiven_counts_no_more(limiter: RateLimiter) -> None:
    rate = Rate(f"passwords {new_id()}", 2, timedelta(minutes=10))
    for _ in range(4):
        await limiter.hit(rate, "c-1")
        await limiter.forgive(rate, "c-1")


async def test_what_is_given_back_counts_no_more_and_nothing_else_is_forgiven(limiter: RateLimiter) -> None:
    rate = Rate(f"codes {new_id()}", 2, timedelta(minutes=10))
    await limiter.hit(rate, "c-1")
    for _ in range(4):
        await limiter.hit(rate, "c-1")
        await limiter.give_back(rate, "c-1")
    await limiter.hit(rate, "c-1")
    with pytest.raises(TooManyRequests):
        await limiter.hit(rate, "c-1")
