"""The sweep (PA-3, PA-4): looks at every unsettled order when it is due, so that a lost notification heals itself and
no order is forgotten.
"""

from collections.abc import Sequence

from services.payment.domain.timeline import Source
from services.payment.usecases.asking import ask
from services.payment.usecases.rounds import Limits, Rounds
from services.payment.usecases.till import Till


class Sweep:
    """The background job: thousands of unsettled orders without hammering the platform."""

    def __init__(self, till: Till, limits: Limits) -> None:
        self._till = till
        self._limits = limits
        self._rounds = Rounds("sweep", limits, self._claim, self._look_at)

    async def run(self) -> None:
        """Sweeps until cancelled."""
        await self._rounds.run()

    async def once(self) -> int:
        """Looks at the orders that are due now, one batch at most, and says how many there were."""
        return await self._rounds.once()

    async def _claim(self) -> Sequence[str]:
        limits, now = self._limits, self._till.clock.now()
        return await self._till.orders.claim_due(now=now, lease=limits.lease, limit=limits.batch)

    async def _look_at(self, order_id: str) -> bool:
        asked = await ask(self._till, await self._till.orders.get(order_id), Source.SWEEP)
        return asked.reachable
