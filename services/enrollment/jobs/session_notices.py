"""Tells the candidates of a session of its window (EN-19)."""

from datetime import timedelta
from typing import Final

from chassis.process.periodic_job import PeriodicJob
from services.enrollment.dependencies import Dependencies
from services.enrollment.usecases.administration.session_notices import remind_of_deadlines, tell_candidates

PAUSE: Final = timedelta(seconds=30)
"""How often is looked; a round without news reads the few notices."""


def session_notices(deps: Dependencies) -> PeriodicJob:
    """The job that does so."""

    async def round_() -> None:
        await remind_of_deadlines(deps)
        await tell_candidates(deps)

    return PeriodicJob("session notices", round_, PAUSE)
