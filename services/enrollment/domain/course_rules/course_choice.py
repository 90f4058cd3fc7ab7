"""What may be selected (EN-5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from chassis.clock import SHANGHAI
from services.enrollment.domain.catalogue import Catalogue, Course, ExamSession, Plan, TimeRange
from services.enrollment.domain.course_rules.prerequisites import Lack, counted, lacking
from services.enrollment.domain.registrations import Registration
from services.enrollment.domain.selections import Selection, SelectionState
from services.enrollment.errors import (
    CourseAlreadyPassed,
    CourseNotExamined,
    CourseNotInPlan,
    PrerequisiteNotPassed,
)

MOST_NAMED: Final = 5
"""Courses in the text of one refusal; its metadata names all."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A course that may be selected, with what selecting it means."""

    registration: Registration
    session_id: str
    course: Course
    occupies: TimeRange | None
    fee_fen: int
    first_state: SelectionState


def choose(
    catalogue: Catalogue, session: ExamSession, registration: Registration, course_code: str, passed: frozenset[str]
) -> Choice:
    """EN-5: what may be selected is in the plan, is examined in the session and is not passed yet, while what it asks
    for is (EN-1).

    Raises CourseNotInPlan, CourseAlreadyPassed, CourseNotExamined, PrerequisiteNotPassed.
    """
    choice = offered(catalogue, session, registration, course_code)
    plan = catalogue.plans[registration.school_code, registration.major_code]
    holds = counted(plan, passed)
    if course_code in holds.known:
        raise CourseAlreadyPassed(course_code=course_code, course_name=choice.course.name)
    lack = lacking(choice.course, plan, catalogue.courses, holds, _day(catalogue, session, registration, course_code))
    if lack is not None:
        raise PrerequisiteNotPassed(
            course_code=course_code,
            course_name=choice.course.name,
            missing_course_codes=",".join(lack.course_codes),
            missing_count=str(lack.count),
            missing_courses=_named(lack, catalogue.courses),
        )
    return choice


def _named(lack: Lack, courses: Mapping[str, Course]) -> str:
    """The courses that are missing by code and name, in brackets; nothing where any course of the plan would do."""
    named = [f"{code} {courses[code].name}" for code in lack.course_codes[:MOST_NAMED]]
    more = ["…"] if lack.course_codes[MOST_NAMED:] else []
    return f" ({', '.join([*named, *more])})" if named else ""


def offered(catalogue: Catalogue, session: ExamSession, registration: Registration, course_code: str) -> Choice:
    """A course of the plan as a session examines it. Raises CourseNotInPlan, CourseNotExamined."""
    plan = catalogue.plans.get((registration.school_code, registration.major_code))
    course = catalogue.courses.get(course_code)
    if plan is None or course is None or course_code not in plan.courses:
        raise CourseNotInPlan(course_code=course_code, major_code=registration.major_code)
    if not plan.courses[course_code].in_force(_day(catalogue, session, registration, course_code)):
        raise CourseNotInPlan(course_code=course_code, major_code=registration.major_code)
    sitting = catalogue.sitting(session.session_id, registration.school_code, course_code)
    occupies = sitting.occupies(course.kind) if sitting else None
    fee_fen = catalogue.fee(session.session_id, course)
    if course.retired or (course.is_theory and (occupies is None or not fee_fen)):
        raise CourseNotExamined(course_code=course_code, course_name=course.name, session_id=session.session_id)
    return Choice(registration, session.session_id, course, occupies, fee_fen, _first_state(plan, course))


def _day(catalogue: Catalogue, session: ExamSession, registration: Registration, course_code: str) -> date:
    """The day on which a course counts as taken in a session: its sitting's, or the last of the window."""
    sitting = catalogue.sitting(session.session_id, registration.school_code, course_code)
    return sitting.day if sitting and sitting.day else session.registration_end.astimezone(SHANGHAI).date()


def _first_state(plan: Plan, course: Course) -> SelectionState:
    """EN-10: theory is paid online; practice is paid at the school, which may review it first."""
    if course.is_theory:
        return SelectionState.DRAFT
    return SelectionState.UNDER_REVIEW if plan.host.reviews_practice else SelectionState.AWAITING_SCHOOL


def held_already(choice: Choice, live: Sequence[Selection]) -> Selection | None:
    """The candidate's live selection of the same course and session, under whichever registration."""
    code, session_id = choice.course.course_code, choice.session_id
    return next((held for held in live if held.course_code == code and held.session_id == session_id), None)
