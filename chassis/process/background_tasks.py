"""Work that outlasts the call which began it, and ends with the process."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Self, TypeVar

Result = TypeVar("Result")


class BackgroundTasks:
    """Tasks that nobody need wait for; those still under way at the end of the block are cancelled."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[object]] = set()

    def start(self, work: Coroutine[object, object, Result]) -> "asyncio.Task[Result]":
        """Begins `work`. Its failure is for whoever waits for the task; without one it is dropped."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def cancel(self) -> None:
        """Cancels what is under way, and waits until it has ended."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _ended(self, task: "asyncio.Task[object]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen, so that Python does not complain of it

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.cancel()
