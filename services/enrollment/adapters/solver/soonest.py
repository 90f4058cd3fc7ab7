"""The schedules that finish a plan: the fewest sessions, then the earliest end."""

from collections import defaultdict
from typing import Any

from services.enrollment.adapters.solver.constraints import Constraints, total, weight_of_all_courses
from services.enrollment.domain.graduation.graduation_plans import GroupDemand, Task


class SoonestFinish(Constraints):
    """`finish[n]` finishes the plan with the session at n - 1, or with what is passed already where n is 0."""

    def __init__(self, task: Task) -> None:
        of_end = weight_of_all_courses(task)
        super().__init__(task, of_session=of_end * (len(task.session_ids) + 1))
        self._finish = [self.choice(of_end * number) for number in range(len(task.session_ids) + 1)]
        self._state_finish()
        self._state_demands()

    def _state_finish(self) -> None:
        """The last session that is used is the one that finishes."""
        self.holds(total(self._finish) == 1)
        for position, used in enumerate(self.used):
            self.holds(used <= total(self._finish[position + 1 :]))
            self.holds(self._finish[position + 1] <= used)

    def _state_demands(self) -> None:
        """What the plan asks of whoever finishes when it does."""
        by_course: dict[str, list[Any]] = defaultdict(list)
        by_group: dict[GroupDemand, list[Any]] = defaultdict(list)
        for demand, finish in zip(self.task.demands, self._finish, strict=True):
            for code in sorted(demand.course_codes - self.task.passed):
                by_course[code].append(finish)
            for group in demand.groups:
                by_group[group].append(finish)
        for code, finishes in by_course.items():
            self.holds(self.passes[code] >= total(finishes))
        for group, finishes in by_group.items():
            self.holds(self.courses_of(group) >= group.min_courses * total(finishes))
            self.holds(self.credits_of(sorted(group.course_codes)) >= group.min_credits * total(finishes))
        self.holds(self.credits_of(self.task.credits) >= self.task.min_total_credits)
