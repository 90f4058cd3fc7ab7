"""Graduation plans (EN-13) as integer programmes, solved to proven optimality by HiGHS."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Final

from highspy import Highs, HighsModelStatus

from chassis.errors import Overloaded
from chassis.workshop import Workshop
from services.enrollment.domain.graduation import GroupDemand, Schedule, Study, Task

LONGEST_SECONDS: Final = 5.0
"""Far more than the largest plan takes; who waits longer is asked to come again."""

OPTIONS: Final = {"threads": 1, "mip_rel_gap": 0.0, "time_limit": LONGEST_SECONDS}

Linear = Any
"""An expression over HiGHS's variables."""

_sum: Final[Callable[[Iterable[Any]], Linear]] = Highs.qsum


class HighsPlanner:
    """Solves in the workshop's threads: HiGHS lets the event loop run meanwhile."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    async def fewest_sessions(self, task: Task) -> Schedule | None:
        """The schedule with the fewest sessions, and among those the one that ends first. Raises Overloaded."""
        return await self._workshop.do(solve, task)


def solve(task: Task) -> Schedule | None:
    """A task's best schedule; None where there is none. Raises Overloaded when it cannot be found in time."""
    return _Programme(task).solve()


class _SilentHighs(Highs):
    """HiGHS greets on standard output, which is the service's log, as soon as callbacks are enabled."""

    def enableCallbacks(self) -> None:  # noqa: N802 (HiGHS's name)
        """As HiGHS does it, silenced first."""
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()


class _Programme:
    """One task as variables that are 0 or 1, and what has to hold between them.

    `taken[code, position]` takes a course in a session, `used[position]` has something taken in it, and `finish[n]`
    finishes the plan with the session at n - 1, or with what is passed already where n is 0.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._highs = _SilentHighs()
        for name, value in OPTIONS.items():
            self._highs.setOptionValue(name, value)
        sessions, studies = len(task.session_ids), len(task.studies)
        # One weight stands above all that the lesser ones can sum up to: fewest sessions, then the earliest end, then
        # the fewest courses, then each of them as early as can be.
        of_course = sessions * studies + 1
        of_end = of_course * (studies + 1)
        of_session = of_end * (sessions + 1)
        self._taken = {
            (study.course_code, position): self._choice(of_course + position)
            for study in task.studies
            for position in study.examined
        }
        self._used = [self._choice(of_session) for _ in task.session_ids]
        self._finish = [self._choice(of_end * number) for number in range(sessions + 1)]
        self._passes = self._counted()
        self._state()

    def solve(self) -> Schedule | None:
        self._highs.run()
        match self._highs.getModelStatus():
            case HighsModelStatus.kOptimal:
                return self._schedule()
            case HighsModelStatus.kInfeasible:
                return None
        raise Overloaded(retry_after=timedelta(seconds=1))

    def _schedule(self) -> Schedule:
        found = self._highs.getSolution().col_value
        schedule: list[list[str]] = [[] for _ in self._task.session_ids]
        for (code, position), choice in self._taken.items():
            if found[choice.index] > 0.5:
                schedule[position].append(code)
        return schedule

    def _choice(self, cost: float = 0.0) -> Any:
        return self._highs.addBinary(obj=cost)

    def _holds(self, constraint: Any) -> None:
        self._highs.addConstr(constraint)

    def _counted(self) -> dict[str, Linear]:
        """For every course that is not passed whether it will be: taken once, or by an exemption that counts for it."""
        ways: dict[str, list[Any]] = {study.course_code: [] for study in self._task.studies}
        for (code, _), choice in self._taken.items():
            ways[code].append(choice)
        for named in self._task.exemptions:
            choices = {code: self._choice() for code in named}
            self._holds(_sum(choices.values()) <= 1)
            for code, choice in choices.items():
                ways[code].append(choice)
        for choices_of_course in ways.values():
            if choices_of_course:
                self._holds(_sum(choices_of_course) <= 1)
        return {code: _sum(choices) for code, choices in ways.items()}

    def _state(self) -> None:
        self._state_sessions()
        for study in self._task.studies:
            self._state_order(study)
        self._state_demands()

    def _state_sessions(self) -> None:
        """EN-5: at any instant one sitting at most; nothing is taken after the finish."""
        self._holds(_sum(self._finish) == 1)
        for position, used in enumerate(self._used):
            self._holds(used <= _sum(self._finish[position + 1 :]))
            self._holds(self._finish[position + 1] <= used)
            examined = [study for study in self._task.studies if position in study.examined]
            self._holds(used <= _sum(self._taken[study.course_code, position] for study in examined))
            for study in examined:
                self._holds(self._taken[study.course_code, position] <= used)
            for study in examined:
                if (wanted := study.examined[position]) is None:
                    continue
                at_its_start = [
                    self._taken[other.course_code, position]
                    for other in examined
                    if (held := other.examined[position]) and held.start <= wanted.start < held.end
                ]
                self._holds(_sum(at_its_start) <= used)

    def _state_order(self, study: Study) -> None:
        """EN-1: what has to be passed first is taken in an earlier session, or is passed already."""
        needs = study.needs
        for position in study.examined:
            here = self._taken[study.course_code, position]
            if needs.theory_code:
                self._holds(here <= self._passed_before(needs.theory_code, position))
            if needs.min_courses:
                before = _sum(self._passed_before(code, position) for code in self._passes)
                self._holds(needs.min_courses * here <= before + len(self._task.passed))
            if needs.all_others:
                for other in self._task.studies:
                    self._state_after(here, other, position)

    def _state_after(self, here: Any, other: Study, position: int) -> None:
        later = [self._taken[other.course_code, at] for at in other.examined if at >= position]
        if later and not other.needs.all_others:
            self._holds(here + _sum(later) <= 1)

    def _passed_before(self, code: str, position: int) -> Linear:
        """Whether a course that is not passed yet will be before a session."""
        if code not in self._passes:
            return _sum(())
        return self._passes[code] - _sum(
            choice for (taken, at), choice in self._taken.items() if taken == code and at >= position
        )

    def _state_demands(self) -> None:
        """What the plan asks of whoever finishes when it does."""
        by_course: dict[str, list[Any]] = defaultdict(list)
        by_group: dict[GroupDemand, list[Any]] = defaultdict(list)
        for demand, finish in zip(self._task.demands, self._finish, strict=True):
            for code in sorted(demand.course_codes - self._task.passed):
                by_course[code].append(finish)
            for group in demand.groups:
                by_group[group].append(finish)
        for code, finishes in by_course.items():
            self._holds(self._passes[code] >= _sum(finishes))
        for group, finishes in by_group.items():
            self._state_group(group, _sum(finishes))
        self._holds(self._earned(self._task.credits) >= self._task.min_total_credits)

    def _state_group(self, group: GroupDemand, asked: Linear) -> None:
        courses = _sum(self._passes[code] for code in sorted(group.course_codes) if code in self._passes)
        passed = len(group.course_codes & self._task.passed)
        self._holds(courses + passed >= group.min_courses * asked)
        self._holds(self._earned(sorted(group.course_codes)) >= group.min_credits * asked)

    def _earned(self, codes: Iterable[str]) -> Linear:
        """The credits of these courses that are passed, or will be."""
        worth, passed = self._task.credits, self._task.passed
        to_come = _sum(worth[code] * self._passes[code] for code in codes if code in self._passes)
        return to_come + sum(worth[code] for code in codes if code in passed)
