"""Every course of a plan as a session offers it to a candidate (EN-16): to be chosen, or why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from chassis.errors import Refusal
from services.enrollment.domain.catalogue import Course, Sitting
from services.enrollment.domain.course_rules.course_choice import choose
from services.enrollment.domain.course_rules.prerequisites import Counted, counted
from services.enrollment.domain.course_rules.selection_alternatives import RefusalContext, rival_of
from services.enrollment.domain.registrations import Registration
from services.enrollment.domain.selections import Selection
from services.enrollment.errors import CourseNotExamined, CourseNotInPlan


class OfferState(Enum):
    """What a candidate can do about a course."""

    SELECTABLE = "SELECTABLE"
    SELECTED = "SELECTED"
    TIME_TAKEN = "TIME_TAKEN"
    PASSED = "PASSED"
    NOT_EXAMINED = "NOT_EXAMINED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class CourseOffer:
    """A course of the plan in a session. `selection` is the candidate's own selection of it or, where its time is
    taken, the one that has it; `refusal` says why it cannot be chosen.
    """

    course: Course
    group: str
    sitting: Sitting | None
    fee_fen: int
    school_reviews: bool
    state: OfferState
    selection: Selection | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class _Finding:
    state: OfferState
    selection: Selection | None = None
    refusal: Refusal | None = None


def course_offers(registration: Registration, around: RefusalContext) -> Iterator[CourseOffer]:
    """The courses of a registration's plan, in the plan's order; those that are not in force only where selected."""
    catalogue, session = around.catalogue, around.session
    plan = catalogue.plans.get((registration.school_code, registration.major_code))
    if plan is None:
        return
    holds = counted(plan, around.passed)
    for code, entry in plan.courses.items():
        course = catalogue.courses[code]
        found = _finding(code, registration, holds, around)
        if not isinstance(found.refusal, CourseNotInPlan):
            yield CourseOffer(
                course=course,
                group=entry.group,
                sitting=catalogue.sitting(session.session_id, registration.school_code, code),
                fee_fen=catalogue.fee(session.session_id, course),
                school_reviews=plan.host.reviews_practice and not course.is_theory,
                state=found.state,
                selection=found.selection,
                refusal=found.refusal,
            )


def _finding(code: str, registration: Registration, holds: Counted, around: RefusalContext) -> _Finding:
    session_id = around.session.session_id
    held = next((one for one in around.live if (one.course_code, one.session_id) == (code, session_id)), None)
    if held is not None:
        return _Finding(OfferState.SELECTED, held)
    if code in holds.known:
        return _Finding(OfferState.PASSED)
    try:
        choice = choose(around.catalogue, around.session, registration, code, around.passed)
    except CourseNotExamined as refusal:
        return _Finding(OfferState.NOT_EXAMINED, refusal=refusal)
    except Refusal as refusal:
        return _Finding(OfferState.REFUSED, refusal=refusal)
    rival = rival_of(choice.occupies, around.live)
    return _Finding(OfferState.TIME_TAKEN if rival else OfferState.SELECTABLE, rival)
