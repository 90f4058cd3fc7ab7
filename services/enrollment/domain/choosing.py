"""What may be selected (EN-5), and the explanation when a selection is refused (EN-12)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from chassis.clock import SHANGHAI
from chassis.errors import Refusal
from services.enrollment.domain.catalogue import Catalogue, Course, ExamSession, Plan, TimeRange
from services.enrollment.domain.registration import Registration
from services.enrollment.domain.selection import Selection, SelectionState
from services.enrollment.errors import (
    CourseAlreadyPassed,
    CourseAlreadySelected,
    CourseNotExamined,
    CourseNotInPlan,
    TimeConflict,
)

MOST_ALTERNATIVES = 5


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
    """EN-5: what may be selected is in the plan, is examined in the session and is not passed yet.

    Raises CourseNotInPlan, CourseAlreadyPassed, CourseNotExamined.
    """
    choice = offered(catalogue, session, registration, course_code)
    if course_code in passed:
        raise CourseAlreadyPassed(course_code=course_code, course_name=choice.course.name)
    return choice


def offered(catalogue: Catalogue, session: ExamSession, registration: Registration, course_code: str) -> Choice:
    """A course of the plan as a session examines it. Raises CourseNotInPlan, CourseNotExamined."""
    plan = catalogue.plans.get((registration.school_code, registration.major_code))
    course = catalogue.courses.get(course_code)
    if plan is None or course is None or course_code not in plan.courses:
        raise CourseNotInPlan(course_code=course_code, major_code=registration.major_code)
    sitting = catalogue.sitting(session.session_id, registration.school_code, course_code)
    day = sitting.day if sitting and sitting.day else session.registration_end.astimezone(SHANGHAI).date()
    if not plan.courses[course_code].in_force(day):
        raise CourseNotInPlan(course_code=course_code, major_code=registration.major_code)
    occupies = sitting.occupies(course.kind) if sitting else None
    fee_fen = catalogue.fee(session.session_id, course)
    if course.retired or (course.is_theory and (occupies is None or not fee_fen)):
        raise CourseNotExamined(course_code=course_code, course_name=course.name, session_id=session.session_id)
    return Choice(registration, session.session_id, course, occupies, fee_fen, _first_state(plan, course))


def _first_state(plan: Plan, course: Course) -> SelectionState:
    """EN-10: theory is paid online; practice is paid at the school, which may review it first."""
    if course.is_theory:
        return SelectionState.DRAFT
    return SelectionState.UNDER_REVIEW if plan.host.reviews_practice else SelectionState.AWAITING_SCHOOL


def held_already(choice: Choice, live: Sequence[Selection]) -> Selection | None:
    """The candidate's live selection of the same course and session, under whichever registration."""
    code, session_id = choice.course.course_code, choice.session_id
    return next((held for held in live if held.course_code == code and held.session_id == session_id), None)


def why_refused(
    choice: Choice, live: Sequence[Selection], catalogue: Catalogue, session: ExamSession, passed: frozenset[str]
) -> Refusal | None:
    """Why the database did not take a selection, given the candidate's live selections.

    The same course under another registration is CourseAlreadySelected, an overlap is TimeConflict with the rival and
    alternatives (EN-12). None means
    that what stood in the way is gone by now.
    """
    same = held_already(choice, live)
    if same is not None:
        return CourseAlreadySelected(
            course_code=same.course_code, course_name=choice.course.name, registration_id=same.registration_id
        )
    rival = _rival(choice.occupies, live)
    if rival is None or rival.occupies is None:
        return None
    rival_course = catalogue.courses[rival.course_code]
    starts = rival.occupies.start.astimezone(SHANGHAI)
    instead = [each.course.course_code for each in alternatives(choice, live, catalogue, session, passed)]
    return TimeConflict(
        course_code=choice.course.course_code,
        course_name=choice.course.name,
        rival_course_code=rival.course_code,
        rival_course_name=rival_course.name,
        rival_selection_id=rival.selection_id,
        date=starts.date().isoformat(),
        period="AM" if starts.hour < 12 else "PM",
        alternative_course_codes=",".join(instead),
    )


def alternatives(
    choice: Choice, live: Sequence[Selection], catalogue: Catalogue, session: ExamSession, passed: frozenset[str]
) -> list[Choice]:
    """EN-12: other courses of the plan that could be selected as things stand, theory for theory and practice for
    practice.
    """

    def selectable() -> Iterator[Choice]:
        plan = catalogue.plans[choice.registration.school_code, choice.registration.major_code]
        for code in plan.courses:
            try:
                other = choose(catalogue, session, choice.registration, code, passed)
            except Refusal:
                continue
            alike = other.course.is_theory == choice.course.is_theory
            if alike and held_already(other, live) is None and _rival(other.occupies, live) is None:
                yield other

    return list(islice(selectable(), MOST_ALTERNATIVES))


def _rival(wanted: TimeRange | None, live: Sequence[Selection]) -> Selection | None:
    if wanted is None:
        return None
    return next((held for held in live if held.occupies and held.occupies.overlaps(wanted)), None)
