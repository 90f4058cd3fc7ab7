"""How a process reaches Redis: without waiting long for one that is away, and without asking twice.

Whoever calls decides whether to try again: a one-time code that was checked must not be checked a second time because
the first answer was lost.
"""

from collections.abc import Awaitable
from typing import Final, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

ANSWER_SECONDS: Final = 1.0


def redis_client(url: str) -> Redis:
    """A client for short questions; it connects with the first of them. Raises RedisError within a second or two."""
    return Redis.from_url(
        url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS, retry=Retry(NoBackoff(), 0)
    )


async def answers(client: Redis) -> None:
    """Raises RedisError when it does not: for health."""
    await cast(Awaitable[bool], client.ping())
