"""Practice courses as their schools see them: times (EN-6), collisions, and who has selected what (EN-10)."""

from dataclasses import dataclass
from datetime import datetime

from chassis.clock import SHANGHAI
from chassis.errors import FieldViolation, InvalidRequest, NotFound
from services.enrollment.domain.catalogue import Catalogue, CourseKind, Period, Sitting, TimeRange
from services.enrollment.domain.selections import Selection, SelectionState

NOON_HOUR = 12


@dataclass(frozen=True, slots=True)
class PracticeQuery:
    """Which practice selections of a school to list: live ones, unless a state is named."""

    session_id: str
    school_code: str
    course_code: str = ""
    state: SelectionState | None = None


@dataclass(frozen=True, slots=True)
class PracticeEntry:
    """A practice selection, with whose it is. The ticket number is empty until it is issued."""

    ticket_number: str
    school_code: str
    selection: Selection


@dataclass(frozen=True, slots=True)
class Collision:
    """A practice selection that has no time because another selection of the same person has it (EN-6)."""

    ticket_number: str
    selection: Selection
    rival: Selection
    rival_school_code: str


@dataclass(frozen=True, slots=True)
class PracticeTimeSet:
    """A practice time as set, with the selections that collide with it."""

    sitting: Sitting
    collisions: tuple[Collision, ...]
    catalogue: Catalogue


def must_examine(catalogue: Catalogue, session_id: str, school_code: str, course_code: str) -> None:
    """A school sets times of the practice courses in its own plans.

    Raises NotFound for what is not in the catalogue, InvalidRequest for a theory course.
    """
    course = catalogue.courses.get(course_code)
    planned = any(course_code in plan.courses for (school, _), plan in catalogue.plans.items() if school == school_code)
    if course is None or session_id not in catalogue.sessions or not planned:
        raise NotFound()
    if course.kind is CourseKind.THEORY:
        zh, en = "理论课程的时间由考试院安排", "the exam authority sets the times of theory courses"
        raise InvalidRequest(fields=[FieldViolation("course_code", "THEORY_COURSE", zh, en)])


def sitting_at(
    session_id: str, school_code: str, course_code: str, start: datetime | None, end: datetime | None
) -> Sitting:
    """EN-6: the sitting with this time, or without one where both ends are absent. Raises InvalidRequest."""
    if start is None and end is None:
        return Sitting(session_id, school_code, course_code)
    if start is None or end is None:
        zh, en = "起止时间须同时填写", "start and end together, or neither"
        raise InvalidRequest(fields=[FieldViolation("end_time", "TIME_INCOMPLETE", zh, en)])
    starts, ends = start.astimezone(SHANGHAI), end.astimezone(SHANGHAI)
    if ends <= starts or ends.date() != starts.date():
        zh, en = "结束时间须晚于开始时间且在同一天", "the end must be later than the start, on the same day"
        raise InvalidRequest(fields=[FieldViolation("end_time", "NOT_LATER", zh, en)])
    period = Period.AM if starts.hour < NOON_HOUR else Period.PM
    return Sitting(session_id, school_code, course_code, starts.date(), period, starts.time(), ends.time())


def missing_time(catalogue: Catalogue, selection: Selection, school_code: str) -> TimeRange | None:
    """EN-6: the time that a practice selection would have if nothing collided with it; None where it has no problem."""
    if (
        selection.course_kind is CourseKind.THEORY
        or selection.occupies is not None
        or selection.void_reason is not None
    ):
        return None
    sitting = catalogue.sitting(selection.session_id, school_code, selection.course_code)
    return sitting.occupies(selection.course_kind) if sitting else None
