"""Ends what an account selected at the very moment it ended (ID-15)."""

from datetime import timedelta
from typing import Final

from chassis.process.periodic_job import PeriodicJob
from chassis.telemetry.logs import get_logger
from services.enrollment.dependencies import Dependencies
from services.enrollment.usecases.account_endings import end_late_selections

EVERY: Final = timedelta(seconds=30)

_log = get_logger(__name__)


def ended_accounts(deps: Dependencies) -> PeriodicJob:
    """The job that does so: a selection in flight does not wait for the end of its account, nor the end for it."""

    async def round_() -> None:
        if ended := await end_late_selections(deps):
            _log.info("late_selections_ended", selections=ended)

    return PeriodicJob("ended accounts", round_, EVERY)
