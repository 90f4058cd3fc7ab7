"""What must be passed before a course can be taken (EN-1): its theory part, so many courses, or all others."""

from dataclasses import dataclass, replace

from services.enrollment.domain.catalogue import Course

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
