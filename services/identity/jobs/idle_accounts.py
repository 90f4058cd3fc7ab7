"""Erases accounts that nobody verified and nobody uses (ID-20)."""

from datetime import timedelta
from typing import Final

from chassis.process.periodic_job import PeriodicJob
from chassis.telemetry.logs import get_logger
from services.identity.dependencies import Dependencies
from services.identity.usecases.personal_data.idle_accounts import erase_idle_accounts

NAME: Final = "idle accounts"
EVERY: Final = timedelta(hours=1)

_log = get_logger(__name__)


def idle_accounts(deps: Dependencies) -> PeriodicJob:
    """The job that does so, once an hour."""

    async def round_() -> None:
        if erased := await erase_idle_accounts(deps):
            _log.info("idle_accounts_erased", accounts=erased)

    return PeriodicJob(NAME, round_, EVERY)
