"""One-time codes: short, single-use, soon over, few tries. A lost code is asked for again, so they live in Redis or in
the process. While Redis is away, codes wait: what is asked is `UNAVAILABLE`, and no code is used up (GW-7).
"""

import hashlib
import hmac
import secrets
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, cast

from redis.asyncio import Redis

from chassis.clock import Clock
from chassis.redis_connection import redis_client

DIGITS: Final = 6
TRIES: Final = 5
TTL: Final = timedelta(minutes=5)


class OneTimeCodes(ABC):
    """Issues and redeems codes. `purpose` names what a code is for and for whom; `carries` travels with it until it is
    redeemed.
    """

    async def issue(self, purpose: str, carries: str = "") -> str:
        """A new code of six digits for `purpose`; an earlier one for the same purpose stops working.

        Only the one before it, when it carries the same, works for the rest of its time: messages overtake each other,
        and whoever asked twice cannot tell which one is the newest.
        """
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        await self._keep(_key(purpose), _digest(purpose, code), carries)
        return code

    async def redeem(self, purpose: str, code: str) -> str | None:
        """What the code carries, once, whichever of two it is; None for a wrong, used or expired code. The fifth wrong
        try ends both.
        """
        return await self._take(_key(purpose), _digest(purpose, code))

    async def restore(self, purpose: str, code: str, carries: str) -> None:
        """Has a code that was redeemed in vain work again, for as long as a new one would, unless another was issued
        meanwhile.
        """
        await self._keep_if_none(_key(purpose), _digest(purpose, code), carries)

    async def carried(self, purpose: str) -> str | None:
        """What the newest code for `purpose` carries while it works; None where there is none."""
        return await self._carried(_key(purpose))

    @abstractmethod
    async def _carried(self, key: str) -> str | None: ...

    @abstractmethod
    async def _keep(self, key: str, digest: str, carries: str) -> None: ...

    @abstractmethod
    async def _keep_if_none(self, key: str, digest: str, carries: str) -> None: ...

    @abstractmethod
    async def _take(self, key: str, digest: str) -> str | None: ...


@dataclass(slots=True)
class _Issued:
    digest: str
    carries: str
    expire_time: datetime
    before: "_Issued | None" = None
    tries_left: int = TRIES

    def fits(self, digest: str, now: datetime) -> bool:
        """Whether it is this code, or the one before it."""
        right = hmac.compare_digest(self.digest, digest) and self.expire_time > now
        return right or (self.before is not None and self.before.fits(digest, now))


class CodesInMemory(OneTimeCodes):
    """The codes of a single process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._issued: dict[str, _Issued] = {}

    async def _carried(self, key: str) -> str | None:
        kept = self._issued.get(key)
        return kept.carries if kept is not None and kept.expire_time > self._clock.now() else None

    async def _keep(self, key: str, digest: str, carries: str) -> None:
        now = self._clock.now()
        self._issued = {other: kept for other, kept in self._issued.items() if kept.expire_time > now}
        earlier = self._issued.get(key)
        before = replace(earlier, before=None) if earlier and earlier.carries == carries else None
        self._issued[key] = _Issued(digest, carries, now + TTL, before)

    async def _keep_if_none(self, key: str, digest: str, carries: str) -> None:
        if key not in self._issued:
            await self._keep(key, digest, carries)

    async def _take(self, key: str, digest: str) -> str | None:
        kept, now = self._issued.get(key), self._clock.now()
        if kept is None or kept.expire_time <= now:
            return None
        right = kept.fits(digest, now)
        kept.tries_left -= 1
        if right or kept.tries_left == 0:
            del self._issued[key]
        return kept.carries if right else None


_ISSUE: Final = """
if ARGV[5] == 'if none' and redis.call('EXISTS', KEYS[1]) == 1 then return end
local kept = redis.call('HMGET', KEYS[1], 'digest', 'carries', 'expire_time')
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'carries', ARGV[2], 'tries_left', ARGV[3],
  'expire_time', redis.call('TIME')[1] + ARGV[4])
if kept[2] == ARGV[2] and kept[3] then
  redis.call('HSET', KEYS[1], 'digest_before', kept[1], 'expire_time_before', kept[3])
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
"""

# Comparing and deleting are one step, so that of two people with the same code one succeeds.
_REDEEM: Final = """
local kept = redis.call('HMGET', KEYS[1], 'digest', 'carries', 'digest_before', 'expire_time_before')
if not kept[1] then return false end
local before = kept[3] == ARGV[1] and tonumber(kept[4]) > tonumber(redis.call('TIME')[1])
if kept[1] == ARGV[1] or before then redis.call('DEL', KEYS[1]) return kept[2] end
if redis.call('HINCRBY', KEYS[1], 'tries_left', -1) <= 0 then redis.call('DEL', KEYS[1]) end
return false
"""


class CodesInRedis(OneTimeCodes):
    """The codes of all replicas. Redis keeps the time."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._issue = redis.register_script(_ISSUE)
        self._redeem = redis.register_script(_REDEEM)

    async def _carried(self, key: str) -> str | None:
        return _text(await cast(Awaitable[bytes | str | None], self._redis.hget(key, "carries")))

    async def _keep(self, key: str, digest: str, carries: str, when: str = "") -> None:
        kept: list[str | int] = [digest, carries, TRIES, int(TTL.total_seconds()), when]
        await cast(Awaitable[None], self._issue(keys=[key], args=kept))

    async def _keep_if_none(self, key: str, digest: str, carries: str) -> None:
        await self._keep(key, digest, carries, "if none")

    async def _take(self, key: str, digest: str) -> str | None:
        return _text(await cast(Awaitable[bytes | str | None], self._redeem(keys=[key], args=[digest])))


def one_time_codes(redis_url: str | None, clock: Clock) -> OneTimeCodes:
    """Codes shared by all replicas through Redis, or kept in this process without it."""
    return CodesInRedis(redis_client(redis_url)) if redis_url else CodesInMemory(clock)


def _text(carried: bytes | str | None) -> str | None:
    return carried.decode() if isinstance(carried, bytes) else carried


def _digest(purpose: str, code: str) -> str:
    return hashlib.sha256(f"{purpose}\x1f{code}".encode()).hexdigest()


def _key(purpose: str) -> str:
    return "zikao:code:" + hashlib.sha256(purpose.encode()).hexdigest()
