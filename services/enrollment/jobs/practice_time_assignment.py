"""Gives practice selections their time once nothing collides with them any more (EN-6)."""

from datetime import timedelta
from typing import Final

from chassis.process.periodic_job import PeriodicJob
from chassis.telemetry.logs import get_logger
from services.enrollment.dependencies import Dependencies

EVERY: Final = timedelta(seconds=30)

_log = get_logger(__name__)


def collision_resolution(deps: Dependencies) -> PeriodicJob:
    """The job that does so."""

    async def round_() -> None:
        if given := await deps.practice_courses.give_free_times():
            _log.info("collisions_solved", selections=given)

    return PeriodicJob("collision resolution", round_, EVERY)
