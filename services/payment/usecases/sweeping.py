"""The sweep (PA-3, PA-4): looks at every unsettled order when it is due, so that a lost notification heals itself and
no order is forgotten.

Any number of replicas sweep at once: each takes different orders, and an order taken by one that dies is due again
when its lease ends.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from chassis.logs import get_logger
from services.payment.domain.timeline import Source
from services.payment.usecases.asking import ask
from services.payment.usecases.till import Till

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SweepLimits:
    """How hard a sweep works: orders taken at once, questions in flight and per second, how long orders are taken
    for, pause when idle.
    """

    batch: int
    concurrency: int
    per_second: float
    lease: timedelta
    pause: timedelta


class Sweep:
    """The background job."""

    def __init__(self, till: Till, limits: SweepLimits) -> None:
        self._till = till
        self._limits = limits
        self._room = asyncio.Semaphore(limits.concurrency)
        self._next_turn = 0.0

    async def run(self) -> None:
        """Sweeps until cancelled. A database that is away stops nothing for good."""
        while True:
            try:
                busy = await self.once() == self._limits.batch
            except Exception as error:  # whatever it was, the next round is due all the same
                _log.warning("sweep_failed", error=type(error).__name__)
                busy = False
            if not busy:
                await asyncio.sleep(self._limits.pause.total_seconds())

    async def once(self) -> int:
        """Looks at the orders that are due now, one batch at most, and says how many there were."""
        limits = self._limits
        due = await self._till.orders.claim_due(now=self._till.clock.now(), lease=limits.lease, limit=limits.batch)
        await asyncio.gather(*(self._look_at(order_id) for order_id in due))
        return len(due)

    async def _look_at(self, order_id: str) -> None:
        async with self._room:
            await self._take_turn()
            try:
                await ask(self._till, await self._till.orders.get(order_id), Source.SWEEP)
            except (
                Exception
            ) as error:  # one order that cannot be looked at keeps nobody else waiting; its lease brings it back
                _log.warning("order_not_swept", order_id=order_id, error=type(error).__name__)

    async def _take_turn(self) -> None:
        """Spaces the questions out, so that thousands of unsettled orders do not hammer the platform."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next_turn)
        self._next_turn = turn + 1 / self._limits.per_second
        await asyncio.sleep(turn - now)
