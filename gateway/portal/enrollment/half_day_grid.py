"""A session's courses as a grid of half-days, for one registration: what can be shown without deciding anything."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zikao.common.v1 import half_day_pb2
from zikao.enrollment.v1 import catalogue_pb2, resources_pb2

GONE = resources_pb2.Selection.VOID


@dataclass(frozen=True, slots=True)
class CourseChoice:
    """One course of the plan in a half-day, and the candidate's own selection of it, if there is one."""

    sitting: catalogue_pb2.Sitting
    credits: int
    selection: resources_pb2.Selection | None


@dataclass(frozen=True, slots=True)
class HalfDayCourses:
    """A half-day: its courses, and what has been selected in it already, whatever the registration."""

    date: str
    period: str
    choices: Sequence[CourseChoice]
    taken: resources_pb2.Selection | None

    @property
    def elsewhere(self) -> resources_pb2.Selection | None:
        """What takes it under another registration, and so is none of its choices."""
        return None if any(choice.selection for choice in self.choices) else self.taken


def half_days(
    plan: catalogue_pb2.Plan,
    sittings: Iterable[catalogue_pb2.Sitting],
    selections: Sequence[resources_pb2.Selection],
    registration: resources_pb2.Registration,
) -> Sequence[HalfDayCourses]:
    """The grid, in order of time. Courses already passed are left out."""
    earned = {entry.course.course_code: entry.course.credits for entry in plan.courses}
    live = [one for one in selections if one.state != GONE]
    passed = set(registration.passed_course_codes)
    grid: dict[tuple[str, str], list[CourseChoice]] = defaultdict(list)
    for sitting in sittings:
        if sitting.course_code in earned and sitting.course_code not in passed and sitting.half_day.date:
            own = next((one for one in live if _is_of(one, sitting, registration)), None)
            grid[half_day_of(sitting)].append(CourseChoice(sitting, earned[sitting.course_code], own))
    return [
        HalfDayCourses(*half_day, choices, next((one for one in live if half_day_of(one.sitting) == half_day), None))
        for half_day, choices in sorted(grid.items())
    ]


def half_day_of(sitting: catalogue_pb2.Sitting) -> tuple[str, str]:
    """The half-day of a sitting: its date and AM or PM."""
    return sitting.half_day.date, half_day_pb2.Period.Name(sitting.half_day.period)


def _is_of(
    selection: resources_pb2.Selection, sitting: catalogue_pb2.Sitting, registration: resources_pb2.Registration
) -> bool:
    return selection.course_code == sitting.course_code and selection.registration_id == registration.registration_id
