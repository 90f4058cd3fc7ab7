"""What every schedule respects, stated to HiGHS: one sitting at any instant, and courses in their order."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Final

from highspy import Highs, HighsModelStatus

from chassis.errors import Overloaded
from services.enrollment.domain.graduation.graduation_plans import GroupDemand, Schedule, Study, Task

LONGEST_SECONDS: Final = 5.0
"""Far more than the largest plan takes; who waits longer is asked to come again."""

OPTIONS: Final = {"threads": 1, "mip_rel_gap": 0.0, "time_limit": LONGEST_SECONDS}

Linear = Any
"""An expression over HiGHS's variables."""

total: Final[Callable[[Iterable[Any]], Linear]] = Highs.qsum


class _SilentHighs(Highs):
    """HiGHS greets on standard output, which is the service's log, as soon as callbacks are enabled."""

    def enableCallbacks(self) -> None:  # noqa: N802 (HiGHS's name)
        """As HiGHS does it, silenced first."""
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()


class Constraints:
    """One task as variables that are 0 or 1, and what has to hold between them.

    `taken[code, position]` takes a course in a session, `used[position]` has something taken in it, and `passes[code]`
    tells of every course that is not passed yet whether it will be. Of schedules that are alike otherwise the one with
    the fewest courses is the best, then the one that takes each of them as early as can be.
    """

    def __init__(self, task: Task, of_session: int = 0) -> None:
        self.task = task
        self._highs = _SilentHighs()
        for name, value in OPTIONS.items():
            self._highs.setOptionValue(name, value)
        of_course = weight_of_course(task)
        self.taken = {
            (study.course_code, position): self.choice(of_course + position)
            for study in task.studies
            for position in study.examined
        }
        self.used = [self.choice(of_session) for _ in task.session_ids]
        self.passes = self._counted()
        self._state_sessions()
        for study in task.studies:
            self._state_order(study)
        for code in sorted(task.selected):
            self.holds(total(choice for (taken, _), choice in self.taken.items() if taken == code) >= 1)

    def solve(self) -> Schedule | None:
        """The best schedule; None where there is none. Raises Overloaded when it cannot be found in time."""
        self._highs.run()
        match self._highs.getModelStatus():
            case HighsModelStatus.kOptimal:
                return self._schedule()
            case HighsModelStatus.kInfeasible:
                return None
        raise Overloaded(retry_after=timedelta(seconds=1))

    def choice(self, cost: int = 0) -> Any:
        """A variable that is 0 or 1."""
        return self._highs.addBinary(obj=cost)

    def amount(self, most: int, cost: int) -> Any:
        """A variable from 0 to `most`."""
        return self._highs.addVariable(ub=most, obj=cost)

    def holds(self, constraint: Any) -> None:
        """What every schedule respects."""
        self._highs.addConstr(constraint)

    def passed_before(self, code: str, position: int) -> Linear:
        """Whether a course that is not passed yet will be before a session."""
        if code not in self.passes:
            return total(())
        return self.passes[code] - total(
            choice for (taken, at), choice in self.taken.items() if taken == code and at >= position
        )

    def courses_of(self, group: GroupDemand) -> Linear:
        """How many courses of a choose-some group are passed, or will be."""
        passed = len(group.course_codes & self.task.passed)
        return passed + total(self.passes[code] for code in sorted(group.course_codes) if code in self.passes)

    def credits_of(self, codes: Iterable[str]) -> Linear:
        """The credits of these courses that are passed, or will be."""
        worth, passed = self.task.credits, self.task.passed
        to_come = total(worth[code] * self.passes[code] for code in codes if code in self.passes)
        return to_come + sum(worth[code] for code in codes if code in passed)

    def _schedule(self) -> Schedule:
        found = self._highs.getSolution().col_value
        schedule: list[list[str]] = [[] for _ in self.task.session_ids]
        for (code, position), choice in self.taken.items():
            if found[choice.index] > 0.5:
                schedule[position].append(code)
        return schedule

    def _counted(self) -> dict[str, Linear]:
        """Taken once, or by an exemption that counts for it."""
        ways: dict[str, list[Any]] = {study.course_code: [] for study in self.task.studies}
        for (code, _), choice in self.taken.items():
            ways[code].append(choice)
        for named in self.task.exemptions:
            choices = {code: self.choice() for code in named}
            self.holds(total(choices.values()) <= 1)
            for code, choice in choices.items():
                ways[code].append(choice)
        for choices_of_course in ways.values():
            if choices_of_course:
                self.holds(total(choices_of_course) <= 1)
        return {code: total(choices) for code, choices in ways.items()}

    def _state_sessions(self) -> None:
        """EN-5: at any instant one sitting at most."""
        for position, used in enumerate(self.used):
            examined = [study for study in self.task.studies if position in study.examined]
            self.holds(used <= total(self.taken[study.course_code, position] for study in examined))
            for study in examined:
                self.holds(self.taken[study.course_code, position] <= used)
            for study in examined:
                if (wanted := study.examined[position]) is None:
                    continue
                at_its_start = [
                    self.taken[other.course_code, position]
                    for other in examined
                    if (held := other.examined[position]) and held.start <= wanted.start < held.end
                ]
                self.holds(total(at_its_start) <= used)

    def _state_order(self, study: Study) -> None:
        """EN-1: what has to be passed first is taken in an earlier session, or is passed already."""
        needs = study.needs
        for position in study.examined:
            here = self.taken[study.course_code, position]
            if needs.theory_code:
                self.holds(here <= self.passed_before(needs.theory_code, position))
            if needs.min_courses:
                before = total(self.passed_before(code, position) for code in self.passes)
                self.holds(needs.min_courses * here <= before + len(self.task.passed))
            if needs.all_others:
                for other in self.task.studies:
                    self._state_after(here, other, position)

    def _state_after(self, here: Any, other: Study, position: int) -> None:
        later = [self.taken[other.course_code, at] for at in other.examined if at >= position]
        if later and not other.needs.all_others:
            self.holds(here + total(later) <= 1)


def weight_of_course(task: Task) -> int:
    """One course weighs more than the positions of all of them."""
    return len(task.session_ids) * len(task.studies) + 1


def weight_of_all_courses(task: Task) -> int:
    """What weighs more than all courses together."""
    return weight_of_course(task) * (len(task.studies) + 1)
