"""Announces registration windows to identity when a process starts (ID-10)."""

from datetime import timedelta
from typing import Final

from chassis.process.periodic_job import PeriodicJob
from services.enrollment.dependencies import Dependencies

AGAIN: Final = timedelta(days=1)
"""A change of a session announces itself; this only makes up for what a receiver may have lost."""

UNTIL_ANNOUNCED: Final = timedelta(seconds=5)
"""The pause while the database is away."""


def window_announcements(deps: Dependencies) -> PeriodicJob:
    """The job that does so, and once a day afterwards."""

    async def round_() -> timedelta:
        await deps.registration_windows.announce_live_windows()
        return AGAIN

    return PeriodicJob("window announcements", round_, UNTIL_ANNOUNCED)
