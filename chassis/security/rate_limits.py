"""Rate limits: how often somebody may do something. What may be lost: a limit forgotten in a restart lets a few more
requests through.
"""

import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError

from chassis.errors import TooManyRequests
from chassis.redis_connection import ANSWER_SECONDS

_log = structlog.get_logger("rates")

SILENT: Final = "rate_limits_unreachable"
PAUSE_SECONDS: Final = 1.0
"""From a question that nobody answered to the next: meanwhile this process counts without asking."""

Counted = TypeVar("Counted")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many times in so long, for the thing called `name`."""

    name: str
    times: int
    per: timedelta


Budget = tuple[Rate, tuple[str, ...]]
"""A rate, and whose it is."""


class RateLimiter:
    """Counts what happens, where all replicas do, or meanwhile in this process when nothing is reached there (GW-7):
    then each replica allows the whole rate.

    `whose` may be personal (an address, a phone): only its hash is kept.
    """

    def __init__(self, shared: Storage | None) -> None:
        """`shared`: None where this process is the only one."""
        self._shared = SlidingWindowCounterRateLimiter(shared) if shared else None
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._ask_again = 0.0

    async def hit(self, rate: Rate, *whose: str) -> None:
        """Counts one; raises TooManyRequests with the time to wait when the rate is used up."""
        if not await self._counted(lambda windows: windows.hit(*_item(rate, whose))):
            raise TooManyRequests(retry_after=rate.per / rate.times)

    async def hit_all(self, budgets: Sequence[Budget]) -> None:
        """Counts one in each of the rates, or in none; raises TooManyRequests for the first that is used up."""
        for place, (rate, whose) in enumerate(budgets):
            try:
                await self.hit(rate, *whose)
            except TooManyRequests:
                await self.give_back_all(budgets[:place])
                raise

    async def give_back_all(self, budgets: Sequence[Budget]) -> None:
        """Uncounts what `hit_all` counted, where the deed was not done after all."""
        for rate, whose in budgets:
            await self.give_back(rate, *whose)

    async def require(self, rate: Rate, *whose: str) -> None:
        """Raises TooManyRequests when the rate is used up; counts nothing. For what only counts when it fails."""
        if not await self._counted(lambda windows: windows.test(*_item(rate, whose))):
            raise TooManyRequests(retry_after=rate.per / rate.times)

    async def forgive(self, rate: Rate, *whose: str) -> None:
        """Forgets what was counted, as after a success."""
        await self._counted(lambda windows: windows.clear(*_item(rate, whose)))

    async def give_back(self, rate: Rate, *whose: str) -> None:
        """Uncounts one `hit` whose deed was not done after all."""
        await self._counted(lambda windows: windows.hit(*_item(rate, whose), cost=-1))

    async def _counted(self, step: Callable[[SlidingWindowCounterRateLimiter], Awaitable[Counted]]) -> Counted:
        if self._shared is not None and time.monotonic() >= self._ask_again:
            try:
                return await step(self._shared)
            except (RedisError, OSError) as away:
                self._ask_again = time.monotonic() + PAUSE_SECONDS
                _log.warning(SILENT, error=type(away).__name__)
        return await step(self._own)


def rate_limiter(redis_url: str | None) -> RateLimiter:
    """Counters shared by all replicas through Redis, or kept in this process without it."""
    if redis_url is None:
        return RateLimiter(None)
    return RateLimiter(
        RedisStorage(
            f"async+{redis_url}",
            implementation="redispy",
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
        )
    )


def _item(rate: Rate, whose: tuple[str, ...]) -> tuple[RateLimitItemPerSecond, str, str]:
    hidden = hashlib.sha256("\x1f".join(whose).encode()).hexdigest()
    return RateLimitItemPerSecond(rate.times, int(rate.per.total_seconds())), rate.name, hidden
