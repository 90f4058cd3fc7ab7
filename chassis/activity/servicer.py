"""`ActivityService` of any service: what is done by the minute, for operators (OP-4)."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from zikao.common.v1 import activity_pb2

from chassis.activity.minute_counts import DAY, MINUTE, ByMinute, MinuteCounts, on_the_day, told_minutes
from chassis.activity.refusal_counts import REFUSALS, Kind
from chassis.clock import Clock
from chassis.process.shared_answers import SharedAnswers

USUAL_MINUTES: Final = 180
GOOD_FOR: Final = timedelta(seconds=2)


class ActivityServicer:
    """Serves the contract of that name of whichever service."""

    def __init__(self, counts: MinuteCounts, clock: Clock, kinds: tuple[int, ...]) -> None:
        """`kinds`: what the service knows of beside refusals."""
        self._counts = counts
        self._clock = clock
        self._kinds = (*kinds, *REFUSALS)
        self._answers: SharedAnswers[activity_pb2.Activity] = SharedAnswers(clock, GOOD_FOR)

    async def GetActivity(  # noqa: N802
        self, request: activity_pb2.GetActivityRequest, context: object
    ) -> activity_pb2.Activity:
        """The last minutes, the same minutes of yesterday, and both days up to now."""
        minutes = request.minutes or USUAL_MINUTES
        return await self._answers.get(minutes, partial(self._look, minutes))

    async def _look(self, minutes: int) -> activity_pb2.Activity:
        known, now = await self._counts.by_kind(), self._clock.now()
        start = now.replace(second=0, microsecond=0) - (minutes - 1) * MINUTE
        counts = [_count(kind, known.get(Kind.Name(kind), {}), start, minutes, now) for kind in self._kinds]
        return activity_pb2.Activity(start_time=start, counts=counts)


def _count(kind: int, counts: ByMinute, start: datetime, minutes: int, now: datetime) -> activity_pb2.ActivityCount:
    return activity_pb2.ActivityCount(
        kind=Kind.Name(kind),
        per_minute=told_minutes(counts, start, minutes),
        per_minute_yesterday=told_minutes(counts, start - DAY, minutes),
        today=on_the_day(counts, now),
        yesterday=on_the_day(counts, now - DAY),
    )
