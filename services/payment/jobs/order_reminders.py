"""Says of unpaid orders that they end soon (EN-19)."""

from datetime import timedelta
from typing import Final

from chassis.process.periodic_job import AT_ONCE, PeriodicJob
from services.payment.dependencies import Dependencies

BATCH: Final = 500
"""How many orders are announced in one transaction."""

PAUSE: Final = timedelta(seconds=20)
"""How often is looked: all live orders are read."""


def order_reminders(deps: Dependencies) -> PeriodicJob:
    """The job that does so, batch after batch while there is a full one."""

    async def round_() -> timedelta | None:
        now = deps.clock.now()
        until = now + deps.config.terms.told_before
        told = await deps.order_moves.announce_expiring_orders(now=now, until=until, size=BATCH)
        return AT_ONCE if told == BATCH else None

    return PeriodicJob("order reminders", round_, PAUSE)
