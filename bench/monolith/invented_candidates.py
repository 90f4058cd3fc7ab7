"""Invented candidates of the monolith, who stand before their checkout: three theory courses in three half-days."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.ids import new_id

SCHOOL: Final = "10269"
MAJOR: Final = "050101"
FEE_FEN: Final = 6500
SITTING: Final = timedelta(minutes=150)


@dataclass(frozen=True, slots=True)
class Course:
    """A theory course, its fee, and when its examination begins."""

    code: str
    name: str
    fee_fen: int
    begins: datetime


@dataclass(frozen=True, slots=True)
class Programme:
    """What everybody selects, and in which session."""

    session_id: str
    registration_start: datetime
    registration_end: datetime
    payment_cutoff: datetime
    notice_version: int
    undertaking_version: str
    courses: Sequence[Course]


@dataclass(frozen=True, slots=True)
class Selected:
    """A draft of a course."""

    selection_id: str
    course: Course


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who is about to check out."""

    candidate_id: str
    registration_id: str
    ticket_number: str
    drafts: Sequence[Selected]
    create_time: datetime


def programme_at(now: datetime) -> Programme:
    """Three courses at the fee of the demonstration, in a session whose window opens now."""
    begins = [now + timedelta(days=60, hours=hours) for hours in (0, 6, 24)]
    courses = [Course(f"0054{number}", f"课程{number}", FEE_FEN, begin) for number, begin in enumerate(begins)]
    ends = now + timedelta(days=1)
    return Programme("2026-10", now, ends, ends + timedelta(minutes=30), 1, "1", courses)


def invent(programme: Programme, count: int, now: datetime) -> list[Candidate]:
    """Candidates of whom nobody has heard before."""
    return [_invented(programme, now) for _ in range(count)]


def _invented(programme: Programme, now: datetime) -> Candidate:
    registration_id = new_id()
    ticket_number = f"B{uuid.UUID(registration_id).int % 10**15:015d}"
    drafts = [Selected(new_id(), course) for course in programme.courses]
    return Candidate(new_id(), registration_id, ticket_number, drafts, now)
