"""Every morning each platform's last days are reconciled, and runs that were left behind (PA-10)."""

from chassis.errors import Refusal
from chassis.process.periodic_job import PeriodicJob
from chassis.telemetry.logs import get_logger
from services.payment.dependencies import Dependencies
from services.payment.usecases.reconciliation import list_due_days, reconcile_day

_log = get_logger(__name__)


def daily_reconciliation(deps: Dependencies) -> PeriodicJob:
    """Reconciles the days that are due; one that cannot be keeps no other waiting, and is tried again."""

    async def round_() -> None:
        for day in await list_due_days(deps):
            try:
                await reconcile_day(deps, day)
            except Refusal as refusal:
                _log.warning("day_not_reconciled", day=day.date.isoformat(), reason=refusal.reason)

    return PeriodicJob("daily reconciliation", round_, deps.config.reconciliation.pause)
