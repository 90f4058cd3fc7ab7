"""The fan-out of changes to open pages: within this process, and through Redis between replicas where there is one.

What gets lost costs a page a few seconds: it asks by itself as well.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Final

import redis.asyncio
from redis.exceptions import RedisError

from chassis.process.background_tasks import BackgroundTasks
from chassis.redis_connection import redis_client
from chassis.telemetry.logs import get_logger
from services.payment.ports import OrderChanges

_log = get_logger(__name__)

CHANNEL: Final = "zikao.payment.orders"
RECONNECT_SECONDS: Final = 1.0


class _OrderWatch:
    def __init__(self) -> None:
        self.told = asyncio.Event()

    async def changed(self, within: timedelta) -> bool:
        """Waits for a change; False when there was none `within` that time."""
        try:
            async with asyncio.timeout(within.total_seconds()):
                await self.told.wait()
        except TimeoutError:
            return False
        self.told.clear()
        return True


class LocalOrderChanges:
    """Changes told within one process."""

    def __init__(self) -> None:
        self._watches: defaultdict[str, set[_OrderWatch]] = defaultdict(set)

    def publish(self, order_id: str) -> None:
        """Tells who watches the order here."""
        for watch in self._watches.get(order_id, ()):
            watch.told.set()

    @contextmanager
    def watching(self, order_id: str) -> Iterator[_OrderWatch]:
        """Watches an order for the length of a block."""
        watch = _OrderWatch()
        self._watches[order_id].add(watch)
        try:
            yield watch
        finally:
            self._watches[order_id].discard(watch)
            if not self._watches[order_id]:
                del self._watches[order_id]


class RedisOrderChanges(LocalOrderChanges):
    """Changes told between replicas: here at once, and elsewhere through one channel."""

    def __init__(self, listening: redis.asyncio.Redis, telling: redis.asyncio.Redis, tasks: BackgroundTasks) -> None:
        """`listening` waits for as long as nothing happens; `telling` waits for nobody."""
        super().__init__()
        self._listening = listening
        self._telling = telling
        self._tasks = tasks

    def publish(self, order_id: str) -> None:
        """Tells who watches the order, here and at other replicas."""
        super().publish(order_id)
        self._tasks.start(self._tell(order_id))

    async def listen(self) -> None:
        """Passes on what other replicas tell, until cancelled."""
        while True:
            try:
                async with self._listening.pubsub() as channel:
                    await channel.subscribe(CHANNEL)
                    async for message in channel.listen():
                        if message["type"] == "message":
                            super().publish(message["data"].decode())
            except (RedisError, OSError) as away:
                _log.warning("changes_unheard", error=type(away).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _tell(self, order_id: str) -> None:
        try:
            await self._telling.publish(CHANNEL, order_id)
        except (RedisError, OSError) as away:
            _log.warning("change_untold", error=type(away).__name__)


@asynccontextmanager
async def order_changes(redis_url: str | None) -> AsyncIterator[OrderChanges]:
    """The fan-out for the length of a block."""
    if redis_url is None:
        yield LocalOrderChanges()
        return
    async with (
        redis.asyncio.from_url(redis_url) as listening,
        redis_client(redis_url) as telling,
        BackgroundTasks() as tasks,
    ):
        shared = RedisOrderChanges(listening, telling, tasks)
        tasks.start(shared.listen())
        yield shared
