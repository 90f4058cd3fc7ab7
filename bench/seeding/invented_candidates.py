"""Invented candidates who stand before their checkout: every gate passed, three theory courses in three half-days
chosen.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import asyncpg

from chassis.ids import new_id
from services.enrollment.domain.catalogue import CourseKind, Period, half_day
from services.enrollment.domain.selection import Selection, SelectionState

SCHOOL: Final = "10269"
MAJOR: Final = "050101"
COURSES: Final = 3

# One course for each of the first half-days in which the plan of the major offers any.
_COURSES: Final = """
SELECT DISTINCT ON (t.date, t.period) t.course_code, c.name, f.amount_fen, t.date, t.period
FROM enrollment.sitting t JOIN enrollment.course c USING (course_code)
JOIN enrollment.plan_course p ON p.course_code = t.course_code AND p.major_code = $2 AND p.school_code IN ('*', $3)
JOIN enrollment.fee f ON f.session_id = t.session_id AND f.fee_item = c.fee_item
WHERE t.session_id = $1 AND c.kind = 'THEORY' AND t.date IS NOT NULL
ORDER BY t.date, t.period, t.course_code LIMIT $4
"""
_SESSION: Final = """
SELECT session_id, registration_start, registration_end, payment_cutoff,
  (SELECT max(version) FROM enrollment.published_text WHERE kind = 'SESSION_NOTICE') AS notice_version,
  (SELECT max(version) FROM enrollment.published_text WHERE kind = 'REGISTRATION_UNDERTAKING') AS undertaking_version
FROM enrollment.exam_session WHERE now() >= registration_start AND now() < registration_end
"""


class NothingToSelect(Exception):
    """The catalogue offers no open session with the courses the benchmark needs."""


@dataclass(frozen=True, slots=True)
class Course:
    """A theory course, its fee and its half-day."""

    code: str
    name: str
    fee_fen: int
    day: date
    period: Period


@dataclass(frozen=True, slots=True)
class Programme:
    """What everybody in the benchmark selects, and in which session."""

    session_id: str
    registration_start: datetime
    registration_end: datetime
    payment_cutoff: datetime
    notice_version: int
    undertaking_version: str
    courses: tuple[Course, ...]

    @property
    def total_fen(self) -> int:
        """What each checkout comes to."""
        return sum(course.fee_fen for course in self.courses)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who is about to check out."""

    candidate_id: str
    registration_id: str
    ticket_number: str
    selections: tuple[Selection, ...]


async def programme_in(owner_url: str) -> Programme:
    """What the catalogue in a suite's database offers. Raises NothingToSelect."""
    connection = await asyncpg.connect(owner_url)
    try:
        session = await connection.fetchrow(_SESSION)
        courses = await connection.fetch(_COURSES, session["session_id"], MAJOR, SCHOOL, COURSES) if session else []
    finally:
        await connection.close()
    if session is None or len(courses) < COURSES:
        raise NothingToSelect(f"{len(courses)} half-days with a course of major {MAJOR}, {COURSES} are needed")
    return Programme(
        session["session_id"],
        session["registration_start"],
        session["registration_end"],
        session["payment_cutoff"],
        session["notice_version"],
        str(session["undertaking_version"]),
        tuple(_course(row) for row in courses),
    )


def _course(row: asyncpg.Record) -> Course:
    return Course(row["course_code"], row["name"], row["amount_fen"], row["date"], Period(row["period"]))


def programme_without_suite(now: datetime) -> Programme:
    """What to select where only baselines run: three courses at the fee of the demonstration."""
    halves = [(date(2026, 10, 24), Period.AM), (date(2026, 10, 24), Period.PM), (date(2026, 10, 25), Period.AM)]
    courses = [Course(f"0054{number}", f"课程{number}", 6500, *half) for number, half in enumerate(halves)]
    ends = now + timedelta(days=1)
    return Programme("2026-10", now, ends, ends + timedelta(minutes=30), 1, "1", tuple(courses))


def invent(programme: Programme, count: int, now: datetime) -> list[Candidate]:
    """Candidates of whom nobody has heard before."""
    return [_invented(programme, now) for _ in range(count)]


def _invented(programme: Programme, now: datetime) -> Candidate:
    candidate_id, registration_id = new_id(), new_id()
    selections = [_selection(candidate_id, registration_id, programme, course, now) for course in programme.courses]
    return Candidate(candidate_id, registration_id, _ticket_number(registration_id), tuple(selections))


def _ticket_number(registration_id: str) -> str:
    return f"B{uuid.UUID(registration_id).int % 10**15:015d}"


def _selection(
    candidate_id: str, registration_id: str, programme: Programme, course: Course, now: datetime
) -> Selection:
    return Selection(
        selection_id=new_id(),
        candidate_id=candidate_id,
        registration_id=registration_id,
        session_id=programme.session_id,
        course_code=course.code,
        course_kind=CourseKind.THEORY,
        fee_fen=course.fee_fen,
        state=SelectionState.DRAFT,
        occupies=half_day(course.day, course.period),
        order_id="",
        void_reason=None,
        review_case_id="",
        create_time=now,
        update_time=now,
    )
