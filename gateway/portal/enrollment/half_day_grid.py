"""A session's courses as half-days, for one registration: what enrollment offers, sorted by time for the page."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from zikao.common.v1 import half_day_pb2
from zikao.enrollment.v1 import catalogue_pb2, resources_pb2

GONE = resources_pb2.Selection.VOID
Offer = resources_pb2.CourseOffer
AS_THEY_CAN_BE_HAD = (
    Offer.SELECTED,
    Offer.SELECTABLE,
    Offer.TIME_TAKEN,
    Offer.REFUSED,
    Offer.PASSED,
    Offer.NOT_EXAMINED,
)
"""The order of the courses of a half-day."""


@dataclass(frozen=True, slots=True)
class OfferedCourse:
    """One course of the plan; the candidate's own selection of it, if there is one, or the one that has its time."""

    offer: resources_pb2.CourseOffer
    selection: resources_pb2.Selection | None

    @property
    def own(self) -> resources_pb2.Selection | None:
        """The candidate's own selection of the course."""
        return self.selection if self.offer.state == Offer.SELECTED else None

    @property
    def rival(self) -> resources_pb2.Selection | None:
        """The selection that would have to give way, where it can."""
        rival = self.selection if self.offer.state == Offer.TIME_TAKEN else None
        return rival if rival and rival.removable else None


@dataclass(frozen=True, slots=True)
class HalfDayCourses:
    """A half-day: the courses of the plan that are examined in it, and what the candidate has selected in it, under
    whichever registration.
    """

    date: str
    period: str
    courses: Sequence[OfferedCourse]
    selections: Sequence[resources_pb2.Selection]

    @property
    def weekday(self) -> int:
        """From 0 for Monday."""
        return date.fromisoformat(self.date).weekday()

    @property
    def starts(self) -> catalogue_pb2.Sitting:
        """The sitting that starts first."""
        return min(self._sittings(), key=lambda one: one.start_time.ToNanoseconds())

    @property
    def ends(self) -> catalogue_pb2.Sitting:
        """The sitting that ends last."""
        return max(self._sittings(), key=lambda one: one.end_time.ToNanoseconds())

    @property
    def elsewhere(self) -> Sequence[resources_pb2.Selection]:
        """What is selected here and is none of the courses: it belongs to another registration."""
        own = {course.selection.selection_id for course in self.courses if course.own and course.selection}
        return [one for one in self.selections if one.selection_id not in own]

    @property
    def free(self) -> bool:
        """Whether nothing is selected here, and something can be."""
        return not self.selections and any(one.offer.state == Offer.SELECTABLE for one in self.courses)

    def has(self, course_code: str) -> bool:
        """Whether the course is examined here."""
        return any(one.offer.course.course_code == course_code for one in self.courses)

    def _sittings(self) -> list[catalogue_pb2.Sitting]:
        return [*(one.offer.sitting for one in self.courses), *(one.sitting for one in self.selections)]


@dataclass(frozen=True, slots=True)
class Timetable:
    """Every course of a plan in a session: by half-day, without a time yet, and those that are not examined."""

    half_days: Sequence[HalfDayCourses]
    undated: Sequence[OfferedCourse]
    unexamined: Sequence[OfferedCourse]

    def opened(self, course_code: str) -> HalfDayCourses | None:
        """The half-day to look at: of the course in question, else the first that is free."""
        concerned = (one for one in self.half_days if one.has(course_code))
        free = (one for one in self.half_days if one.free)
        return next(concerned, None) or next(free, None)


def timetable(offers: Sequence[resources_pb2.CourseOffer], selections: Sequence[resources_pb2.Selection]) -> Timetable:
    """The courses in order of time, and of what can be done about them. Passed ones have no place without a time."""
    live = {one.selection_id: one for one in selections if one.state != GONE}
    grid: dict[tuple[str, str], list[OfferedCourse]] = defaultdict(list)
    undated, unexamined = [], []
    for offer in sorted(offers, key=lambda one: AS_THEY_CAN_BE_HAD.index(one.state)):
        course = OfferedCourse(offer, live.get(offer.selection_id))
        if offer.sitting.half_day.date:
            grid[half_day_of(offer.sitting)].append(course)
        elif offer.state == Offer.NOT_EXAMINED:
            unexamined.append(course)
        elif offer.state != Offer.PASSED:
            undated.append(course)
    held: dict[tuple[str, str], list[resources_pb2.Selection]] = defaultdict(list)
    for selection in live.values():
        if selection.sitting.half_day.date:
            held[half_day_of(selection.sitting)].append(selection)
    half_days = [HalfDayCourses(*key, grid.get(key, []), held.get(key, [])) for key in sorted({*grid, *held})]
    return Timetable(half_days, undated, unexamined)


def half_day_of(sitting: catalogue_pb2.Sitting) -> tuple[str, str]:
    """The half-day of a sitting: its date and AM or PM."""
    return sitting.half_day.date, half_day_pb2.Period.Name(sitting.half_day.period)
