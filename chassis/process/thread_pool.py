"""Threads for work that keeps a processor busy (password hashes, images): as many as there are processors for this
container, and a line in front of them that does not grow without end.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import ParamSpec, Self, TypeVar

from chassis.errors import Overloaded
from chassis.process.container_limits import processors

P = ParamSpec("P")
R = TypeVar("R")


class ThreadPool(AbstractContextManager["ThreadPool"]):
    """A bounded pool of threads; what does not fit is refused, not queued."""

    def __init__(self, name: str, *, most_waiting: int, workers: int | None = None) -> None:
        self._workers = workers or processors()
        self._room = self._workers + most_waiting
        self._inside = 0
        self._threads = ThreadPoolExecutor(self._workers, thread_name_prefix=name)

    async def do(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Does `work` in a thread. Raises Overloaded, with a delay, when too many wait already."""
        self.require_room()
        self._inside += 1
        future = self._threads.submit(work, *args, **kwargs)
        # Counted until the thread is free again, even when the caller has gone meanwhile.
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._leave))
        return await asyncio.wrap_future(future)

    def require_room(self) -> None:
        """Raises Overloaded when too many wait now: for who must not have begun in vain."""
        if self._inside >= self._room:
            raise Overloaded(retry_after=timedelta(seconds=1))

    def _leave(self) -> None:
        self._inside -= 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
