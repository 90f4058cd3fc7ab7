"""Rosters and counts of a session (OP-1)."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import DateTime, Select, and_, func, select

from chassis.clock import Clock
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from chassis.postgres.rows import Row, from_row
from chassis.process.shared_answers import SharedAnswers
from services.enrollment.domain.catalogue import Period
from services.enrollment.domain.rosters import RosterQuery, RosterRow, SelectionCount
from services.enrollment.domain.selections import SelectionState
from services.enrollment.repository import rows
from services.enrollment.tables import participations, registrations, selections

BATCH: Final = 2000

COUNTED_EVERY: Final = timedelta(seconds=10)
"""However many operators watch: a season's selections are all looked at (OP-4)."""

COUNTS: Final = sql("""
SELECT local::date AS day, extract(hour FROM local) < 12 AS morning, district_code,
  count(*) AS live, count(*) FILTER (WHERE state = 'EFFECTIVE') AS effective,
  coalesce(sum(fee_fen) FILTER (WHERE state = 'EFFECTIVE' AND order_id IS NOT NULL), 0)::bigint AS paid_fen
FROM (
  SELECT lower(s.time_range) AT TIME ZONE 'Asia/Shanghai' AS local, coalesce(p.district_code, '') AS district_code,
    s.state, s.fee_fen, s.order_id
  FROM selections s
  LEFT JOIN participations p ON p.candidate_id = s.candidate_id AND p.session_id = s.session_id
  WHERE s.session_id = :session_id AND s.live) counted
GROUP BY 1, 2, 3 ORDER BY 1, 2 DESC, 3
""")


class RosterRepository:
    """Reads across candidates, for operators."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._counts: SharedAnswers[Sequence[SelectionCount]] = SharedAnswers(clock, COUNTED_EVERY)

    async def list_in_batches(self, query: RosterQuery) -> AsyncIterator[tuple[int, Sequence[RosterRow]]]:
        """The rows by course, school and ticket number, of one moment, in batches, of which there is one at least.

        Each batch comes with how many rows there are in all.
        """
        total = 0
        async with self._db.transaction() as connection:
            found = await connection.stream(_roster(query), execution_options={"yield_per": BATCH})
            async for batch in found.mappings().partitions():
                total = batch[0]["total"]
                yield total, [_row(row) for row in batch]
        if not total:
            yield 0, []

    async def count_selections(self, session_id: str) -> Sequence[SelectionCount]:
        """A session's live selections, by half-day and district; up to some seconds old."""

        async def look() -> Sequence[SelectionCount]:
            return [_count(row) for row in await self._db.hot.fetch(COUNTS, session_id=session_id)]

        return await self._counts.get(session_id, look)


def _roster(query: RosterQuery) -> Select[Any]:
    start_time = func.lower(selections.c.time_range, type_=DateTime(timezone=True))
    here = and_(
        participations.c.candidate_id == selections.c.candidate_id,
        participations.c.session_id == selections.c.session_id,
    )
    statement = (
        select(
            selections.c.session_id,
            registrations.c.ticket_number,
            registrations.c.school_code,
            registrations.c.major_code,
            selections.c.course_code,
            start_time.label("start_time"),
            func.upper(selections.c.time_range).label("end_time"),
            func.coalesce(participations.c.district_code, "").label("district_code"),
            func.count().over().label("total"),
        )
        .join(registrations, registrations.c.registration_id == selections.c.registration_id)
        .outerjoin(participations, here)
        .where(selections.c.session_id == query.session_id, selections.c.live)
        .where(selections.c.state == SelectionState.EFFECTIVE.value)
        .order_by(selections.c.course_code, registrations.c.school_code, registrations.c.ticket_number)
    )
    if query.course_code:
        statement = statement.where(selections.c.course_code == query.course_code)
    if query.school_code:
        statement = statement.where(registrations.c.school_code == query.school_code)
    if query.district_code:
        statement = statement.where(participations.c.district_code == query.district_code)
    if query.half_day:
        statement = statement.where(start_time >= query.half_day.start, start_time < query.half_day.end)
    return statement


def _row(row: Row) -> RosterRow:
    return from_row(RosterRow, row, occupies=rows.time_range(row))


def _count(row: Row) -> SelectionCount:
    period = None if row["day"] is None else Period.AM if row["morning"] else Period.PM
    return from_row(SelectionCount, row, period=period)
