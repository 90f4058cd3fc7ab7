"""Rosters and counts of a session (OP-1)."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from chassis.postgres.database import Database
from services.enrollment.domain.catalogue import Period, TimeRange
from services.enrollment.ports.practice import Count, RosterQuery, RosterRow

BATCH: Final = 2000

_ROSTER: Final = """
SELECT s.session_id, r.ticket_number, r.school_code, r.major_code, s.course_code, lower(s.time_range) AS starts,
  upper(s.time_range) AS ends, coalesce(p.district_code, '') AS district_code, count(*) OVER () AS total
FROM selection s
JOIN registration r ON r.registration_id = s.registration_id
LEFT JOIN participation p ON p.candidate_id = s.candidate_id AND p.session_id = s.session_id
WHERE s.session_id = $1 AND s.live AND s.state = 'EFFECTIVE'
  AND ($2 = '' OR s.course_code = $2) AND ($3 = '' OR r.school_code = $3)
  AND ($4 = '' OR p.district_code = $4)
  AND ($5::timestamptz IS NULL OR (lower(s.time_range) >= $5 AND lower(s.time_range) < $6))
ORDER BY s.course_code, r.school_code, r.ticket_number
"""
_COUNTS: Final = """
SELECT local::date AS day, extract(hour FROM local) < 12 AS morning, district_code,
  count(*) AS live, count(*) FILTER (WHERE state = 'EFFECTIVE') AS effective
FROM (
  SELECT lower(s.time_range) AT TIME ZONE 'Asia/Shanghai' AS local, coalesce(p.district_code, '') AS district_code,
    s.state
  FROM selection s
  LEFT JOIN participation p ON p.candidate_id = s.candidate_id AND p.session_id = s.session_id
  WHERE s.session_id = $1 AND s.live) counted
GROUP BY 1, 2, 3 ORDER BY 1, 2 DESC, 3
"""


class RosterRepository:
    """Reads across candidates, for operators."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def rows(self, query: RosterQuery) -> AsyncIterator[tuple[int, Sequence[RosterRow]]]:
        """The rows in batches, of one moment; each batch with how many there are in all."""
        half_day = query.half_day
        values = (
            query.session_id,
            query.course_code,
            query.school_code,
            query.district_code,
            half_day.start if half_day else None,
            half_day.end if half_day else None,
        )
        async with self._db.driver.acquire() as connection, connection.transaction(readonly=True):
            cursor = await connection.cursor(_ROSTER, *values)
            found = await cursor.fetch(BATCH)
            total = found[0]["total"] if found else 0
            yield total, [_row(row) for row in found]
            while found := await cursor.fetch(BATCH):
                yield total, [_row(row) for row in found]

    async def counts(self, session_id: str) -> Sequence[Count]:
        """A session's live selections, by half-day and district."""
        return [_count(row) for row in await self._db.driver.fetch(_COUNTS, session_id)]


def _row(row: Any) -> RosterRow:
    occupies = None if row["starts"] is None else TimeRange(row["starts"], row["ends"])
    return RosterRow(
        row["session_id"],
        row["ticket_number"] or "",
        row["school_code"],
        row["major_code"],
        row["course_code"],
        occupies,
        row["district_code"],
    )


def _count(row: Any) -> Count:
    period = None if row["day"] is None else Period.AM if row["morning"] else Period.PM
    return Count(row["day"], period, row["district_code"], row["live"], row["effective"])
