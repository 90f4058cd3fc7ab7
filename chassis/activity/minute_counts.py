"""What was done by the minute, read so that a full season costs little: minutes that are over are remembered, and read
anew only now and then (OP-4).
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import SHANGHAI, Clock
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import Statement, sql

MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)
KEPT: Final = 2 * DAY
"""Today and yesterday, and before either the minutes that are told one by one."""
UNSETTLED: Final = timedelta(minutes=10)
"""For so long transactions may still bring something to a minute; it is read anew with every look."""
ALL_ANEW: Final = timedelta(minutes=5)
"""How often everything is read anew: platforms tell of payments long after they were made."""

REFUSED: Final = sql("""
SELECT kind, minute, sum(count)::bigint AS count FROM refusal_counts WHERE minute >= :since GROUP BY kind, minute
""")

ByMinute = Mapping[datetime, int]


class MinuteCounts:
    """What each kind of thing was done by the minute, of the last two days."""

    def __init__(self, db: Database, clock: Clock, *statements: Statement) -> None:
        """`statements`: each gives `kind`, `minute` and `count` of what was done since `:since`."""
        self._db = db.hot
        self._clock = clock
        self._statements = (REFUSED, *statements)
        self._known: dict[str, dict[datetime, int]] = defaultdict(dict)
        self._read_time: datetime | None = None

    async def by_kind(self) -> Mapping[str, ByMinute]:
        """By the kind's name, the minutes in which there was any."""
        now = self._clock.now()
        anew = self._read_time is None or now >= self._read_time + ALL_ANEW
        since = (now - (KEPT if anew else UNSETTLED)).replace(second=0, microsecond=0)
        rows = [row for statement in self._statements for row in await self._db.fetch(statement, since=since)]
        known: dict[str, dict[datetime, int]] = defaultdict(dict)
        for kind, minutes in self._known.items():
            known[kind] = {minute: count for minute, count in minutes.items() if now - KEPT <= minute < since}
        for row in rows:
            known[row["kind"]][row["minute"]] = row["count"]
        self._known = known
        self._read_time = now if anew else self._read_time
        return known


def told_minutes(counts: ByMinute, start: datetime, number: int) -> list[int]:
    """The counts of `number` minutes from `start` on."""
    return [counts.get(start + place * MINUTE, 0) for place in range(number)]


def on_the_day(counts: ByMinute, now: datetime) -> int:
    """How often since midnight in Shanghai, the present minute included."""
    midnight = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return sum(count for minute, count in counts.items() if midnight <= minute <= now)
