"""Practice selections, school by school: times, collisions, and what the school confirms (EN-6, EN-10)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

import asyncpg
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.events import outbox
from chassis.postgres.database import Database
from services.enrollment.domain.catalogue import CourseKind, Sitting, TimeRange
from services.enrollment.domain.practice import Collision, PracticeEntry
from services.enrollment.domain.selection import Selection
from services.enrollment.mapping import messages
from services.enrollment.ports.practice import PracticeQuery
from services.enrollment.repository import rows
from services.enrollment.repository.catalogue import NEXT_REVISION, REVISION, SELECTIONS_WAIT
from services.enrollment.repository.changes import IDENTITY
from services.enrollment.tables import OUTBOX, PRACTICE_SITTING

_WIDTH: Final = rows.SELECTION_COLUMNS.count(",") + 1

# Both ends of a sitting as one range, in the words of the table that keeps it.
_SET_RANGE: Final = """tstzrange((p.date + p.start) AT TIME ZONE 'Asia/Shanghai',
  (p.date + p."end") AT TIME ZONE 'Asia/Shanghai')"""
_RIVAL: Final = "other.candidate_id = s.candidate_id AND other.live AND other.selection_id <> s.selection_id"
_OF_SCHOOL: Final = "s.session_id = $1 AND s.live AND s.course_kind <> 'THEORY' AND r.school_code = $2"

_GIVE_TIME: Final = text(
    f"""
UPDATE selection s
SET time_range = CASE WHEN EXISTS (SELECT 1 FROM selection other WHERE {_RIVAL} AND other.time_range && :time)
                 THEN NULL ELSE :time END
FROM registration r
WHERE r.registration_id = s.registration_id AND r.school_code = :school_code
  AND s.session_id = :session_id AND s.course_code = :course_code AND s.live AND s.course_kind <> 'THEORY'
RETURNING s.candidate_id::text, s.time_range IS NULL AS collides
"""
).bindparams(bindparam("time", type_=TSTZRANGE))
_ENTRIES: Final = f"""
SELECT {rows.selection_columns("s")}, r.ticket_number, r.school_code
FROM selection s JOIN registration r ON r.registration_id = s.registration_id
"""
_LIST: Final = f"""{_ENTRIES}
WHERE s.session_id = $1 AND s.course_kind <> 'THEORY' AND r.school_code = $2
  AND ($3 = '' OR s.course_code = $3) AND CASE WHEN $4 = '' THEN s.live ELSE s.state = $4 END
  AND ($5::timestamptz IS NULL OR (s.create_time, s.selection_id) > ($5, $6::uuid))
ORDER BY s.create_time, s.selection_id LIMIT $7
"""
_GET: Final = f"{_ENTRIES} WHERE s.selection_id = $1 AND s.course_kind <> 'THEORY'"
_COLLISIONS: Final = f"""
SELECT {rows.selection_columns("s")}, {rows.selection_columns("other")}, r.ticket_number, other.school_code
FROM practice_sitting p
JOIN selection s ON s.session_id = p.session_id AND s.course_code = p.course_code
JOIN registration r ON r.registration_id = s.registration_id AND r.school_code = p.school_code
JOIN LATERAL (
  SELECT other.*, elsewhere.school_code
  FROM selection other JOIN registration elsewhere ON elsewhere.registration_id = other.registration_id
  WHERE {_RIVAL} AND other.time_range && {_SET_RANGE} ORDER BY other.time_range LIMIT 1
) other ON true
WHERE {_OF_SCHOOL} AND s.time_range IS NULL AND p.start IS NOT NULL AND p.session_id = $1 AND p.school_code = $2
  AND ($3 = '' OR s.course_code = $3)
  AND ($4 = '' OR (s.candidate_id::text, s.selection_id::text) > ($4, $5))
ORDER BY s.candidate_id::text, s.selection_id::text LIMIT $6
"""
# All of them or none: the rows are locked first, in one order, and counted.
_CONFIRM: Final = f"""
WITH locked AS MATERIALIZED (
  SELECT selection_id AS id FROM selection
  WHERE selection_id = ANY($1::uuid[]) AND state = 'AWAITING_SCHOOL' AND course_kind <> 'THEORY'
  ORDER BY selection_id FOR UPDATE
)
UPDATE selection SET state = 'EFFECTIVE', update_time = $2
FROM locked WHERE selection_id = id AND (SELECT count(*) FROM locked) = cardinality($1::uuid[])
RETURNING {rows.SELECTION_COLUMNS}
"""
_WITHOUT_TIME: Final = f"""
SELECT s.selection_id::text, {_SET_RANGE} AS time
FROM practice_sitting p
JOIN selection s ON s.session_id = p.session_id AND s.course_code = p.course_code
JOIN registration r ON r.registration_id = s.registration_id AND r.school_code = p.school_code
WHERE s.live AND s.course_kind <> 'THEORY' AND s.time_range IS NULL AND p.start IS NOT NULL
  AND ($1::uuid IS NULL OR s.candidate_id = $1)
  AND NOT EXISTS (SELECT 1 FROM selection other WHERE {_RIVAL} AND other.time_range && {_SET_RANGE})
"""
_TAKE_TIME: Final = """
UPDATE selection SET time_range = $2
WHERE selection_id = $1 AND live AND time_range IS NULL
  AND EXISTS (SELECT 1 FROM catalogue_revision WHERE revision = $3)
"""


class PracticeRepository:
    """Statements about the practice selections of schools."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @asynccontextmanager
    async def setting_time(self, revision: int) -> AsyncIterator["TimesInTransaction | None"]:
        """A transaction in which selections wait; None when the catalogue has moved on from `revision`."""
        async with self._db.transaction() as connection:
            present = (await connection.execute(REVISION.with_for_update())).scalar_one()
            await connection.execute(SELECTIONS_WAIT)
            yield TimesInTransaction(connection) if present == revision else None

    async def entries(self, query: PracticeQuery) -> tuple[PracticeEntry, ...]:
        """The selections asked for, the oldest first (EN-10)."""
        instant, selection_id = query.after or (None, None)
        found = await self._db.driver.fetch(
            _LIST,
            query.session_id,
            query.school_code,
            query.course_code,
            query.state.value if query.state else "",
            datetime.fromisoformat(instant) if instant else None,
            selection_id,
            query.limit,
        )
        return tuple(_entry(tuple(row)) for row in found)

    async def collisions(self, query: PracticeQuery) -> tuple[Collision, ...]:
        """The selections that have no time although their school has set one, by candidate (EN-6)."""
        candidate_id, selection_id = query.after or ("", "")
        values = query.session_id, query.school_code, query.course_code, candidate_id, selection_id, query.limit
        return tuple(_collision(tuple(row)) for row in await self._db.driver.fetch(_COLLISIONS, *values))

    async def get(self, selection_id: str) -> PracticeEntry | None:
        """A practice selection."""
        found = await self._db.driver.fetchrow(_GET, selection_id)
        return _entry(tuple(found)) if found else None

    async def confirm(self, selection_ids: Sequence[str], now: datetime) -> Mapping[str, Selection]:
        """EN-8, EN-10: makes selections that await the school count, all of them or none; the answer holds them."""
        found = await self._db.driver.fetch(_CONFIRM, list(selection_ids), now)
        confirmed = [rows.selection(tuple(row)) for row in found]
        return {selection.selection_id: selection for selection in confirmed}

    async def settle_times(self, candidate_id: str | None = None) -> int:
        """EN-6: gives the time to selections that nothing collides with any more; says how many.

        One statement each: where somebody else takes the time at the same moment, the constraint says so.
        """
        revision = await self._db.driver.fetchval("SELECT revision FROM catalogue_revision")
        settled = 0
        for selection_id, time in await self._db.driver.fetch(_WITHOUT_TIME, candidate_id):
            try:
                done = await self._db.driver.execute(_TAKE_TIME, selection_id, time, revision)
            except asyncpg.ExclusionViolationError:
                continue
            settled += int(done == "UPDATE 1")
        return settled


class TimesInTransaction:
    """One practice time being set while selections wait."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def set(self, sitting: Sitting, course_name: str, now: datetime) -> None:
        """Keeps the sitting and re-checks every selection of it: its time is theirs unless something collides. Either
        way they are told.
        """
        key = {
            "session_id": sitting.session_id,
            "school_code": sitting.school_code,
            "course_code": sitting.course_code,
        }
        when = {
            "date": sitting.day,
            "period": sitting.period.value if sitting.period else None,
            "start": sitting.starts,
            "end": sitting.ends,
        }
        kept = insert(PRACTICE_SITTING).values(**key, **when)
        await self._connection.execute(kept.on_conflict_do_update(index_elements=list(key), set_=when))
        await self._connection.execute(NEXT_REVISION)
        time = sitting.occupies(CourseKind.SCHOOL_PRACTICE)
        checked = (await self._connection.execute(_GIVE_TIME, {**key, "time": _range(time)})).all()
        if time is not None and checked:
            told = [
                messages.practice_time_told(row[0], sitting.session_id, course_name, time, collides=row[1])
                for row in checked
            ]
            events = [outbox.row(IDENTITY, event.candidate_id, event, now) for event in told]
            await self._connection.execute(insert(OUTBOX), events)

    async def collisions(self, sitting: Sitting) -> tuple[Collision, ...]:
        """The selections that collide with the sitting, read in the same transaction."""
        values = sitting.session_id, sitting.school_code, sitting.course_code, "", "", None
        driver: Any = (await self._connection.get_raw_connection()).driver_connection
        return tuple(_collision(tuple(row)) for row in await driver.fetch(_COLLISIONS, *values))


def _range(time: TimeRange | None) -> "Range[datetime] | None":
    return None if time is None else Range(time.start, time.end)


def _entry(values: Sequence[Any]) -> PracticeEntry:
    return PracticeEntry(values[_WIDTH] or "", values[_WIDTH + 1], rows.selection(values[:_WIDTH]))


def _collision(values: Sequence[Any]) -> Collision:
    selection, rival = rows.selection(values[:_WIDTH]), rows.selection(values[_WIDTH : 2 * _WIDTH])
    return Collision(values[2 * _WIDTH] or "", selection, rival, values[2 * _WIDTH + 1])
