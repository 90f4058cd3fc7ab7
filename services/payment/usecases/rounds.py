"""Background work on what is due: claimed in batches, done a bounded number at a time and per second, slower while the
other side does not answer.

Any number of replicas work at once: each claims different things, and what one that dies has claimed is due again when
its lease ends.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)

SLOWEST: Final = 32.0
"""How many times the usual spacing at most, while nobody answers."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard to work: how many are taken at once and for how long, under way, per second; pause when idle."""

    batch: int
    concurrency: int
    per_second: float
    lease: timedelta
    pause: timedelta


class Turns:
    """Spaces calls out. Each call that nobody answers doubles the spacing, each answer halves it again."""

    def __init__(self, per_second: float) -> None:
        self._usual = 1 / per_second
        self._slowness = 1.0
        self._next = 0.0

    @property
    def spacing(self) -> float:
        """Seconds between two calls, as things stand."""
        return self._usual * self._slowness

    async def take(self) -> None:
        """Waits for one's turn."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next)
        self._next = turn + self.spacing
        await asyncio.sleep(turn - now)

    def answered(self, reachable: bool) -> None:
        """Says whether the other side answered."""
        self._slowness = max(1.0, self._slowness / 2) if reachable else min(SLOWEST, self._slowness * 2)


class Rounds:
    """Works on what is due, round after round."""

    def __init__(
        self,
        name: str,
        limits: Limits,
        claim: Callable[[], Awaitable[Sequence[str]]],
        work: Callable[[str], Awaitable[bool]],
    ) -> None:
        """`claim` takes ids that are due; `work` does one, and says whether the other side answered."""
        self._name = name
        self._limits = limits
        self._claim = claim
        self._work = work
        self._room = asyncio.Semaphore(limits.concurrency)
        self._turns = Turns(limits.per_second)

    async def run(self) -> None:
        """Works until cancelled. A database that is away stops nothing for good."""
        while True:
            try:
                busy = await self.once() == self._limits.batch
            except Exception as error:  # whatever it was, the next round is due all the same
                _log.warning("round_failed", work=self._name, error=type(error).__name__)
                busy = False
            if not busy:
                await asyncio.sleep(self._limits.pause.total_seconds())

    async def once(self) -> int:
        """Works on what is due now, one batch at most, and says how much it was."""
        due = await self._claim()
        await asyncio.gather(*(self._do(one) for one in due))
        return len(due)

    async def _do(self, one: str) -> None:
        async with self._room:
            await self._turns.take()
            try:
                self._turns.answered(await self._work(one))
            except Exception as error:  # what cannot be done keeps nothing else waiting; its lease brings it back
                _log.warning("work_failed", work=self._name, id=one, error=type(error).__name__)
