"""What counts as passed (EN-1: equivalents), and what must be passed before a course can be taken: its theory part, so
many courses, or all others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from services.enrollment.domain.catalogue import Course, Plan, PlanGroup

THEORY_PASSED = "THEORY_PASSED"
ALL_COURSES = "ALL_COURSES"
MIN_COURSES = "MIN_COURSES:"


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """What must be passed first: nothing, a theory course, `min_courses` of the plan, or all other courses of it."""

    theory_code: str = ""
    min_courses: int = 0
    all_others: bool = False

    def beside(self, passed: frozenset[str]) -> "Prerequisite":
        """What is left of it for somebody who has passed these courses."""
        return replace(self, theory_code="") if self.theory_code in passed else self


def prerequisite(course: Course) -> Prerequisite:
    """A course's rule, as the catalogue states it."""
    rule = course.prerequisite_rule
    if rule == THEORY_PASSED:
        return Prerequisite(theory_code=course.paired_theory_code)
    if rule.startswith(MIN_COURSES):
        return Prerequisite(min_courses=int(rule.removeprefix(MIN_COURSES)))
    return Prerequisite(all_others=rule == ALL_COURSES)


@dataclass(frozen=True, slots=True)
class Counted:
    """What counts as passed: the courses of the plan, and these with all other codes, old and new (`known`); and passes
    under old codes that count for one of several courses.
    """

    course_codes: frozenset[str]
    known: frozenset[str]
    exemptions: tuple[tuple[str, ...], ...]


def counted(plan: Plan, passed: frozenset[str]) -> Counted:
    """EN-1, EN-15: a pass under an old code counts for a new one, and on through further changes of the plan. Whoever
    asks what somebody has passed asks here.
    """
    known, earned = passed, list(_earned(plan, passed))
    while certain := {named[0] for named in earned if len(named) == 1} - known:
        known |= certain
        earned = list(_earned(plan, known))
    to_choose = (tuple(code for code in named if code not in known) for named in earned if len(named) > 1)
    return Counted(known & plan.courses.keys(), known, tuple(named for named in to_choose if named))


def _earned(plan: Plan, passed: frozenset[str]) -> Iterator[tuple[str, ...]]:
    """What passes under old codes count for: a course of the plan, one of several of them, or a course outside it."""
    for equivalent in plan.equivalents:
        if passed.issuperset(equivalent.old_course_codes):
            named = tuple(code for code in equivalent.new_course_codes if code in plan.courses)
            yield named or equivalent.new_course_codes


@dataclass(frozen=True, slots=True)
class Lack:
    """What is missing: courses by name, and how many in all, those of choose-some groups included."""

    course_codes: tuple[str, ...]
    count: int


def lacking(course: Course, plan: Plan, courses: Mapping[str, Course], holds: Counted, day: date) -> Lack | None:
    """EN-1: what must still be passed before a course can be taken on a day; None when nothing is missing."""
    needs = prerequisite(course).beside(holds.known)
    codes: list[str] = []
    count = 0
    if needs.theory_code and not _covered(needs.theory_code, holds):
        codes.append(needs.theory_code)
    if needs.min_courses:
        count += max(0, needs.min_courses - len(holds.course_codes) - len(holds.exemptions))
    if needs.all_others:
        others = [code for code in _required(plan, day) if not prerequisite(courses[code]).all_others]
        codes += [code for code in others if not _covered(code, holds)]
        count += sum(_short_of(group, plan, holds) for group in plan.groups)
    lack = Lack(tuple(codes), count + len(codes))
    return lack if lack.count else None


def _covered(code: str, holds: Counted) -> bool:
    return code in holds.course_codes or any(code in named for named in holds.exemptions)


def _required(plan: Plan, day: date) -> Iterator[str]:
    return (code for code, entry in plan.courses.items() if not entry.group and entry.in_force(day))


def _short_of(group: PlanGroup, plan: Plan, holds: Counted) -> int:
    members = {code for code, entry in plan.courses.items() if entry.group == group.group}
    exempted = sum(1 for named in holds.exemptions if members.intersection(named))
    return max(0, group.min_courses - len(members & holds.course_codes) - exempted)
