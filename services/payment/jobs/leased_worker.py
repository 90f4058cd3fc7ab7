"""Background work on what is due: claimed in batches, done a bounded number at a time and per second, slower while the
other side does not answer.

Any number of replicas work at once: each claims different things, and what one that dies has claimed is due again when
its lease ends.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from chassis.clock import Clock
from chassis.process.periodic_job import AT_ONCE, PeriodicJob
from chassis.telemetry.logs import get_logger
from services.payment.domain.work_limits import WorkLimits

_log = get_logger(__name__)

SLOWEST: Final = 32.0
"""How many times the usual spacing at most, while nobody answers."""


class CallSpacing:
    """Spaces calls out. Each call that nobody answers doubles the spacing, each answer halves it again."""

    def __init__(self, per_second: float) -> None:
        self._usual = 1 / per_second
        self._slowness = 1.0
        self._next = 0.0

    @property
    def seconds(self) -> float:
        """Seconds between two calls, as things stand."""
        return self._usual * self._slowness

    async def wait(self) -> None:
        """Waits for one's turn."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next)
        self._next = turn + self.seconds
        await asyncio.sleep(turn - now)

    def answered(self, reachable: bool) -> None:
        """Says whether the other side answered."""
        self._slowness = max(1.0, self._slowness / 2) if reachable else min(SLOWEST, self._slowness * 2)


class Claim(Protocol):
    """How ids of what is due are taken."""

    def __call__(self, *, now: datetime, lease: timedelta, size: int) -> Awaitable[Sequence[str]]:
        """Takes `size` at most, so that nobody else takes them before the lease ends."""
        ...


class DueWork:
    """Works on what is due, batch after batch."""

    def __init__(
        self, name: str, limits: WorkLimits, clock: Clock, claim: Claim, work: Callable[[str], Awaitable[bool]]
    ) -> None:
        """`work` does one of what is claimed, and says whether the other side answered."""
        self._name = name
        self._limits = limits
        self._clock = clock
        self._claim = claim
        self._work = work
        self._room = asyncio.Semaphore(limits.concurrency)
        self._spacing = CallSpacing(limits.per_second)

    def job(self) -> PeriodicJob:
        """Batch after batch while there is a full one, and a pause when there is less to do."""

        async def round_() -> timedelta | None:
            return AT_ONCE if await self.once() == self._limits.batch else None

        return PeriodicJob(self._name, round_, self._limits.pause)

    async def once(self) -> int:
        """Works on what is due now, one batch at most, and says how much it was."""
        limits = self._limits
        due = await self._claim(now=self._clock.now(), lease=limits.lease, size=limits.batch)
        await asyncio.gather(*(self._do(one) for one in due))
        return len(due)

    async def _do(self, one: str) -> None:
        async with self._room:
            await self._spacing.wait()
            try:
                self._spacing.answered(await self._work(one))
            except Exception as error:  # what cannot be done keeps nothing else waiting; its lease brings it back
                _log.warning("work_failed", work=self._name, id=one, error=type(error).__name__)
