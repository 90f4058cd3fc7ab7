"""Why a selection is refused, and what could be selected instead (EN-12)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from chassis.clock import SHANGHAI
from chassis.errors import Refusal
from services.enrollment.domain.catalogue import Catalogue, Course, ExamSession, SessionState, TimeRange
from services.enrollment.domain.course_rules.course_choice import Choice, choose, held_already
from services.enrollment.domain.gates import GateContext
from services.enrollment.domain.registrations import Registration
from services.enrollment.domain.selections import Selection
from services.enrollment.errors import (
    CourseAlreadySelected,
    CourseNotExamined,
    PrerequisiteNotPassed,
    TimeConflict,
)

MOST_ALTERNATIVES = 5
NOON_HOUR = 12

Explicable = CourseNotExamined | PrerequisiteNotPassed
"""Refusals that name no rival, but can name alternatives."""


@dataclass(frozen=True, slots=True)
class RefusalContext:
    """Everything around a selection that is refused."""

    catalogue: Catalogue
    session: ExamSession
    registrations: tuple[Registration, ...]
    passed: frozenset[str]
    live: Sequence[Selection]
    now: datetime


def refusal_context(context: GateContext, live: Sequence[Selection]) -> RefusalContext:
    """What is around a candidate with these live selections."""
    facts = context.facts
    return RefusalContext(context.catalogue, context.session, facts.registrations, facts.passed, live, context.now)


@dataclass(frozen=True, slots=True)
class Alternatives:
    """What could be selected as things stand: other courses of the plan in the same session, the same course in other
    sessions, and the same course in the same session at the school of another registration.
    """

    course_codes: tuple[str, ...]
    session_ids: tuple[str, ...]
    registration_ids: tuple[str, ...]


def why_refused(choice: Choice, around: RefusalContext) -> Refusal | None:
    """Why the database did not take a selection, given the candidate's live selections.

    The same course under another registration is CourseAlreadySelected, an overlap is TimeConflict with the rival, its
    sitting and alternatives. None means that what stood in the way is gone by now.
    """
    same = held_already(choice, around.live)
    if same is not None:
        return CourseAlreadySelected(
            course_code=same.course_code, course_name=choice.course.name, registration_id=same.registration_id
        )
    rival = rival_of(choice.occupies, around.live)
    if rival is None or rival.occupies is None:
        return None
    instead = alternatives(choice.course, choice.registration, around)
    start, end = (instant.astimezone(SHANGHAI) for instant in (rival.occupies.start, rival.occupies.end))
    return TimeConflict(
        course_code=choice.course.course_code,
        course_name=choice.course.name,
        rival_course_code=rival.course_code,
        rival_course_name=around.catalogue.courses[rival.course_code].name,
        rival_selection_id=rival.selection_id,
        rival_registration_id=rival.registration_id,
        rival_session_id=rival.session_id,
        rival_start_time=start.isoformat(),
        rival_end_time=end.isoformat(),
        date=start.date().isoformat(),
        period="AM" if start.hour < NOON_HOUR else "PM",
        alternative_course_codes=",".join(instead.course_codes),
        alternative_session_ids=",".join(instead.session_ids),
        alternative_registration_ids=",".join(instead.registration_ids),
    )


def explained(refusal: Explicable, course: Course, registration: Registration, around: RefusalContext) -> Refusal:
    """A refusal that names no rival, with what could be selected instead."""
    instead = alternatives(course, registration, around)
    carried: dict[str, Any] = dict(refusal.metadata)
    return type(refusal)(
        alternative_course_codes=",".join(instead.course_codes),
        alternative_session_ids=",".join(instead.session_ids),
        alternative_registration_ids=",".join(instead.registration_ids),
        **carried,
    )


def alternatives(course: Course, registration: Registration, around: RefusalContext) -> Alternatives:
    """EN-12: what could be selected as things stand, theory for theory and practice for practice."""
    plan = around.catalogue.plans[registration.school_code, registration.major_code]
    alike = [
        code
        for code in plan.courses
        if code != course.course_code and around.catalogue.courses[code].is_theory == course.is_theory
    ]
    courses = (code for code in alike if _selectable(code, around.session, registration, around))
    sessions = (
        session.session_id
        for session in _other_sessions(around)
        if _selectable(course.course_code, session, registration, around)
    )
    places = (
        other.registration_id
        for other in around.registrations
        if other != registration and _selectable(course.course_code, around.session, other, around)
    )
    return Alternatives(_some(courses), _some(sessions), _some(places))


def _some(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(islice(found, MOST_ALTERNATIVES))


def _other_sessions(around: RefusalContext) -> Iterator[ExamSession]:
    """The sessions that are open, or can be prepared for (EN-14)."""
    for session_id, session in sorted(around.catalogue.sessions.items()):
        coming = session.state(around.now) in {SessionState.ANNOUNCED, SessionState.OPEN}
        if coming and session_id != around.session.session_id:
            yield session


def _selectable(code: str, session: ExamSession, registration: Registration, around: RefusalContext) -> bool:
    """Whether nothing but the gates stands between the candidate and the course."""
    try:
        choice = choose(around.catalogue, session, registration, code, around.passed)
    except Refusal:
        return False
    return held_already(choice, around.live) is None and rival_of(choice.occupies, around.live) is None


def rival_of(wanted: TimeRange | None, live: Sequence[Selection]) -> Selection | None:
    """The live selection that has some of a time already (EN-5)."""
    if wanted is None:
        return None
    return next((held for held in live if held.occupies and held.occupies.overlaps(wanted)), None)
