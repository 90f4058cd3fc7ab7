"""Rate limits: how often somebody may do something. What may be lost: a limit forgotten in a restart lets a few more
requests through.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError

from chassis.errors import TooManyRequests

_log = structlog.get_logger("rates")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many times in so long, for the thing called `name`."""

    name: str
    times: int
    per: timedelta


class RateLimiter:
    """Counts what happens; while the counters cannot be reached, everything is let through.

    `whose` may be personal (an address, a phone): only its hash is kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._windows = SlidingWindowCounterRateLimiter(storage)

    async def hit(self, rate: Rate, *whose: str) -> None:
        """Counts one; raises TooManyRequests with the time to wait when the rate is used up."""
        with _or_let_through():
            if not await self._windows.hit(_item(rate), rate.name, _hidden(whose)):
                raise TooManyRequests(retry_after=rate.per / rate.times)

    async def require(self, rate: Rate, *whose: str) -> None:
        """Raises TooManyRequests when the rate is used up; counts nothing. For what only counts when it fails."""
        with _or_let_through():
            if not await self._windows.test(_item(rate), rate.name, _hidden(whose)):
                raise TooManyRequests(retry_after=rate.per / rate.times)

    async def forgive(self, rate: Rate, *whose: str) -> None:
        """Forgets what was counted, as after a success."""
        with _or_let_through():
            await self._windows.clear(_item(rate), rate.name, _hidden(whose))

    async def give_back(self, rate: Rate, *whose: str) -> None:
        """Uncounts one `hit` whose deed was not done after all."""
        with _or_let_through():
            await self._windows.hit(_item(rate), rate.name, _hidden(whose), cost=-1)


def rate_limiter(redis_url: str | None) -> RateLimiter:
    """Counters shared by all replicas through Redis, or kept in this process without it."""
    return RateLimiter(RedisStorage(f"async+{redis_url}", implementation="redispy") if redis_url else MemoryStorage())


SILENT: Final = "rate_limits_unreachable"


@contextmanager
def _or_let_through() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as away:
        _log.warning(SILENT, error=type(away).__name__)


def _item(rate: Rate) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(rate.times, int(rate.per.total_seconds()))


def _hidden(whose: tuple[str, ...]) -> str:
    return hashlib.sha256("\x1f".join(whose).encode()).hexdigest()
