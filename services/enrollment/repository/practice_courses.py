"""Practice selections, school by school: times, collisions, and what the school confirms (EN-6, EN-10)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

import asyncpg
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.audit_log.entries import append_entry, change_with_entry
from chassis.audit_log.notes import AuditNote
from chassis.events import outbox as chassis_outbox
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import Statements, sql
from chassis.postgres.rows import Row, from_row, row_of
from services.enrollment.domain.catalogue import CourseKind, Sitting, TimeRange
from services.enrollment.domain.practice_sittings import Collision, PracticeEntry, PracticeQuery
from services.enrollment.domain.selections import Selection
from services.enrollment.mapping import peer_messages
from services.enrollment.repository import rows
from services.enrollment.repository.catalogues.catalogue import GET_REVISION, NEXT_REVISION, REVISION, SELECTIONS_WAIT
from services.enrollment.repository.outbox_destinations import IDENTITY
from services.enrollment.tables import outbox, practice_sittings

# Both ends of a sitting as one range, in the words of the table that keeps it.
_SET_RANGE: Final = """tstzrange((p.date + p.start) AT TIME ZONE 'Asia/Shanghai',
  (p.date + p."end") AT TIME ZONE 'Asia/Shanghai')"""
_RIVAL: Final = "other.candidate_id = s.candidate_id AND other.live AND other.selection_id <> s.selection_id"

_GIVE_TIME: Final = text(
    f"""
UPDATE selections s
SET time_range = CASE WHEN EXISTS (SELECT 1 FROM selections other WHERE {_RIVAL} AND other.time_range && :time)
                 THEN NULL ELSE :time END
FROM registrations r
WHERE r.registration_id = s.registration_id AND r.school_code = :school_code
  AND s.session_id = :session_id AND s.course_code = :course_code AND s.live AND s.course_kind <> 'THEORY'
RETURNING CAST(s.candidate_id AS text), s.time_range IS NULL AS collides
"""
).bindparams(bindparam("time", type_=TSTZRANGE))

_ENTRIES: Final = f"""
SELECT {rows.SELECTION.of("s")}, r.ticket_number, r.school_code
FROM selections s JOIN registrations r ON r.registration_id = s.registration_id
"""
LIST: Final = sql(f"""{_ENTRIES}
WHERE s.session_id = :session_id AND s.course_kind <> 'THEORY' AND r.school_code = :school_code
  AND (:course_code = '' OR s.course_code = :course_code)
  AND CASE WHEN :state = '' THEN s.live ELSE s.state = :state END
  AND (:after_time::timestamptz IS NULL OR (s.create_time, s.selection_id) > (:after_time, :after_selection_id::uuid))
ORDER BY s.create_time, s.selection_id LIMIT :size
""")
GET: Final = sql(f"{_ENTRIES} WHERE s.selection_id = :selection_id AND s.course_kind <> 'THEORY'")
COLLISIONS: Final = sql(f"""
SELECT {rows.SELECTION.row_of("s")} AS selection, {rows.SELECTION.row_of("other")} AS rival, r.ticket_number,
  other.school_code AS rival_school_code
FROM practice_sittings p
JOIN selections s ON s.session_id = p.session_id AND s.course_code = p.course_code
JOIN registrations r ON r.registration_id = s.registration_id AND r.school_code = p.school_code
JOIN LATERAL (
  SELECT other.*, elsewhere.school_code
  FROM selections other JOIN registrations elsewhere ON elsewhere.registration_id = other.registration_id
  WHERE {_RIVAL} AND other.time_range && {_SET_RANGE} ORDER BY other.time_range LIMIT 1
) other ON true
WHERE p.session_id = :session_id AND p.school_code = :school_code AND p.start IS NOT NULL
  AND s.live AND s.course_kind <> 'THEORY' AND s.time_range IS NULL
  AND (:course_code = '' OR s.course_code = :course_code)
  AND (:after_candidate_id = ''
    OR (s.candidate_id::text, s.selection_id::text) > (:after_candidate_id, :after_selection_id))
ORDER BY s.candidate_id::text, s.selection_id::text LIMIT :size
""")
# All of them or none: the rows are locked first, in one order, and counted.
CONFIRM: Final = sql(f"""
WITH locked AS MATERIALIZED (
  SELECT selection_id AS id FROM selections
  WHERE selection_id = ANY(:selection_ids::uuid[]) AND state = 'AWAITING_SCHOOL' AND course_kind <> 'THEORY'
  ORDER BY selection_id FOR UPDATE
)
UPDATE selections s SET state = 'EFFECTIVE', update_time = :now
FROM locked
WHERE s.selection_id = locked.id AND (SELECT count(*) FROM locked) = cardinality(:selection_ids::uuid[])
RETURNING {rows.SELECTION.of("s")}
""")
WITHOUT_TIME: Final = sql(f"""
SELECT s.selection_id, {_SET_RANGE} AS time
FROM practice_sittings p
JOIN selections s ON s.session_id = p.session_id AND s.course_code = p.course_code
JOIN registrations r ON r.registration_id = s.registration_id AND r.school_code = p.school_code
WHERE s.live AND s.course_kind <> 'THEORY' AND s.time_range IS NULL AND p.start IS NOT NULL
  AND (:candidate_id::uuid IS NULL OR s.candidate_id = :candidate_id)
  AND NOT EXISTS (SELECT 1 FROM selections other WHERE {_RIVAL} AND other.time_range && {_SET_RANGE})
""")
TAKE_TIME: Final = sql("""
UPDATE selections SET time_range = :time
WHERE selection_id = :selection_id AND live AND time_range IS NULL
  AND EXISTS (SELECT 1 FROM catalogue_revision WHERE revision = :revision)
""")


class PracticeCourseRepository:
    """A session's practice selections, school by school."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @asynccontextmanager
    async def begin_setting_time(self, revision: int) -> AsyncIterator["TimeTransaction | None"]:
        """A transaction in which selections wait; None when the catalogue has moved on from `revision`."""
        async with self._db.transaction() as connection:
            present = (await connection.execute(REVISION.with_for_update())).scalar_one()
            await connection.execute(SELECTIONS_WAIT)
            yield TimeTransaction(connection) if present == revision else None

    async def list_entries(
        self, query: PracticeQuery, after: tuple[datetime, str] | None = None, size: int | None = None
    ) -> tuple[PracticeEntry, ...]:
        """EN-10: the selections asked for, the oldest first, after the last one of the page before; or all of them."""
        after_time, after_selection_id = after or (None, None)
        found = await self._db.hot.fetch(
            LIST,
            session_id=query.session_id,
            school_code=query.school_code,
            course_code=query.course_code,
            state=query.state.value if query.state else "",
            after_time=after_time,
            after_selection_id=after_selection_id,
            size=size,
        )
        return tuple(_entry(row) for row in found)

    async def list_collisions(
        self, query: PracticeQuery, after: tuple[str, str] | None, size: int
    ) -> tuple[Collision, ...]:
        """The selections that have no time although their school has set one, by candidate; a page of them (EN-6)."""
        return await _collisions(self._db.hot, query, after, size)

    async def get_entry(self, selection_id: str) -> PracticeEntry | None:
        """A practice selection."""
        found = await self._db.hot.fetch_one(GET, selection_id=selection_id)
        return _entry(found) if found else None

    async def confirm_paid(
        self, selection_ids: Sequence[str], note: AuditNote, now: datetime
    ) -> Mapping[str, Selection]:
        """EN-8, EN-10: makes selections that await the school count, all of them or none; the answer holds them, and
        the audit log has one entry about them.
        """

        async def confirm(on: Statements) -> Sequence[Row]:
            return await on.fetch(CONFIRM, selection_ids=list(selection_ids), now=now)

        found = await change_with_entry(self._db, note, now, confirm)
        return {row["selection_id"]: rows.selection(row) for row in found}

    async def give_free_times(self, candidate_id: str | None = None) -> int:
        """EN-6: gives their time to selections, of everybody or of one candidate, that nothing collides with any more.

        The answer says how many. One statement each: where somebody else takes the time at the same moment, the
        constraint says so.
        """
        revision = await self._db.hot.fetch_value(GET_REVISION)
        given = 0
        for row in await self._db.hot.fetch(WITHOUT_TIME, candidate_id=candidate_id):
            try:
                given += await self._db.hot.execute(TAKE_TIME, **row, revision=revision)
            except asyncpg.ExclusionViolationError:
                continue
        return given


class TimeTransaction:
    """One practice time on its way to being set, while selections wait."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def set_time(self, sitting: Sitting, course_name: str, note: AuditNote, now: datetime) -> None:
        """Keeps the sitting, gives its time to every selection that nothing collides with, takes it from the others.

        All of them are told by the name of the course (EN-6), and the audit log has an entry.
        """
        row = row_of(practice_sittings, sitting, date=sitting.day, start=sitting.starts, end=sitting.ends)
        key = {column.name: row[column.name] for column in practice_sittings.primary_key}
        kept = insert(practice_sittings).values(row)
        await self._connection.execute(kept.on_conflict_do_update(index_elements=list(key), set_=row))
        await self._connection.execute(NEXT_REVISION)
        time = sitting.occupies(CourseKind.SCHOOL_PRACTICE)
        checked = (await self._connection.execute(_GIVE_TIME, {**key, "time": _range(time)})).all()
        if time is not None:
            told = [
                peer_messages.practice_time_told(
                    row.candidate_id, sitting.session_id, course_name, time, collides=row.collides
                )
                for row in checked
            ]
            events = [chassis_outbox.row(IDENTITY, event.candidate_id, event, now) for event in told]
            await chassis_outbox.add_all(self._connection, outbox, events)
        await append_entry(self._connection, note, at=now)

    async def list_collisions(self, sitting: Sitting) -> tuple[Collision, ...]:
        """The selections that collide with the sitting, read in the same transaction."""
        driver: Any = (await self._connection.get_raw_connection()).driver_connection
        query = PracticeQuery(sitting.session_id, sitting.school_code, sitting.course_code)
        return await _collisions(Statements(driver), query, None, None)


async def _collisions(
    on: Statements, query: PracticeQuery, after: tuple[str, str] | None, size: int | None
) -> tuple[Collision, ...]:
    after_candidate_id, after_selection_id = after or ("", "")
    found = await on.fetch(
        COLLISIONS,
        session_id=query.session_id,
        school_code=query.school_code,
        course_code=query.course_code,
        after_candidate_id=after_candidate_id,
        after_selection_id=after_selection_id,
        size=size,
    )
    return tuple(_collision(row) for row in found)


def _range(time: TimeRange | None) -> "Range[datetime] | None":
    return None if time is None else Range(time.start, time.end)


def _entry(row: Row) -> PracticeEntry:
    return from_row(PracticeEntry, row, selection=rows.selection(row))


def _collision(row: Row) -> Collision:
    selection, rival = (rows.selection(rows.SELECTION.named(row[name])) for name in ("selection", "rival"))
    return from_row(Collision, row, selection=selection, rival=rival)
