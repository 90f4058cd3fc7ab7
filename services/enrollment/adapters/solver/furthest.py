"""The schedules that lead as far as the sessions go: the fewest courses left to do, then the fewest credits."""

from services.enrollment.adapters.solver.constraints import Constraints, total, weight_of_all_courses
from services.enrollment.domain.graduation.graduation_plans import Task


class FurthestReach(Constraints):
    """What the plan asks of whoever finishes with the last session, where anything may be left at its price."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._demand = task.demands[-1]
        self._of_credit = weight_of_all_courses(task)
        most_credits = task.min_total_credits + sum(group.min_credits for group in self._demand.groups)
        self._of_missing = self._of_credit * (most_credits + 1)
        self._state_left()
        self._state_last()

    def _state_left(self) -> None:
        for code in sorted(self._demand.course_codes - self.task.passed):
            self.holds(self.passes[code] + self.choice(self._of_missing) >= 1)
        for group in self._demand.groups:
            missing = self.amount(group.min_courses, self._of_missing)
            self.holds(self.courses_of(group) + missing >= group.min_courses)
            credits_missing = self.amount(group.min_credits, self._of_credit)
            self.holds(self.credits_of(sorted(group.course_codes)) + credits_missing >= group.min_credits)
        credits_missing = self.amount(self.task.min_total_credits, self._of_credit)
        self.holds(self.credits_of(self.task.credits) + credits_missing >= self.task.min_total_credits)

    def _state_last(self) -> None:
        """EN-1: a course that comes after all others comes when none of them is left."""
        last = {study.course_code for study in self.task.studies if study.needs.all_others}
        others = sorted(self._demand.course_codes - self.task.passed - last)
        for (code, position), here in self.taken.items():
            if code in last:
                for other in others:
                    self.holds(here <= self.passed_before(other, position))
                for group in self._demand.groups:
                    passed = len(group.course_codes & self.task.passed)
                    before = total(self.passed_before(other, position) for other in sorted(group.course_codes))
                    self.holds(group.min_courses * here <= passed + before)
