"""EN-13: what is left of a plan, as a problem of which courses to take in which session, and why it has no solution.

The problem is stated here and solved behind a port; `Task` holds everything a solver has to respect.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from chassis.clock import SHANGHAI
from chassis.errors import Refusal
from services.enrollment.domain.catalogue import Catalogue, ExamSession, Plan, PlanGroup, SessionState, TimeRange
from services.enrollment.domain.course_rules.course_choice import offered
from services.enrollment.domain.course_rules.prerequisites import Prerequisite, counted, prerequisite
from services.enrollment.domain.course_rules.selection_alternatives import rival_of
from services.enrollment.domain.registrations import Registration
from services.enrollment.domain.selections import Selection


@dataclass(frozen=True, slots=True)
class Study:
    """A course that is not passed: the positions of the sessions that examine it, and what its sitting takes there."""

    course_code: str
    credits: int
    examined: Mapping[int, TimeRange | None]
    needs: Prerequisite


@dataclass(frozen=True, slots=True)
class GroupDemand:
    """A choose-some group: so many of its courses, worth so many credits."""

    group: str
    course_codes: frozenset[str]
    min_courses: int
    min_credits: int


@dataclass(frozen=True, slots=True)
class Demand:
    """What the plan asks of somebody who finishes on a day."""

    course_codes: frozenset[str]
    groups: tuple[GroupDemand, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """What is left of a plan.

    `exemptions`: passes under old codes, each of which counts for one of the courses it names. `demands` has an entry
    for finishing now, and one for finishing in each session. `selected` are courses that are taken in the one session
    that examines them here, since the candidate has selected them there; `displaced` are those that sessions examine at
    times of what is selected only.
    """

    session_ids: tuple[str, ...]
    studies: tuple[Study, ...]
    credits: Mapping[str, int]
    passed: frozenset[str]
    exemptions: tuple[tuple[str, ...], ...]
    demands: tuple[Demand, ...]
    min_total_credits: int
    selected: frozenset[str] = frozenset()
    displaced: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """The courses of one session: to take, those among them that are selected already included."""

    session_id: str
    course_codes: tuple[str, ...]
    selected_course_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanObstacle:
    """Why no schedule finishes the plan."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class GraduationPlan:
    """The fewest sessions that finish a plan; with an obstacle, how far the published ones lead towards it."""

    registration_id: str
    steps: tuple[Step, ...]
    obstacle: PlanObstacle | None = None


Schedule = Sequence[Iterable[str]]
"""For every session of a task the courses to take in it."""


@dataclass(frozen=True, slots=True)
class _Season:
    """The sessions a plan can use: those still to be registered for, and those in which something is selected."""

    sessions: Sequence[ExamSession]
    open_ids: frozenset[str]
    live: Sequence[Selection]

    def selection_of(self, code: str) -> Selection | None:
        """The selection of a course, in the first of the sessions that has one."""
        ids = [session.session_id for session in self.sessions]
        held = [one for one in self.live if one.course_code == code and one.session_id in ids]
        return min(held, key=lambda one: one.session_id, default=None)

    def position(self, session_id: str) -> int:
        """Which of the sessions it is."""
        return next(at for at, session in enumerate(self.sessions) if session.session_id == session_id)


def task_of(
    catalogue: Catalogue,
    registration: Registration,
    passed: frozenset[str],
    now: datetime,
    live: Sequence[Selection] = (),
) -> Task:
    """What is left of a registration's plan, over the sessions whose window is not over and that have a timetable.

    What the candidate has selected, paid or not, is taken where it is selected, and its time is nobody else's.
    """
    plan = catalogue.plans[registration.school_code, registration.major_code]
    season = _season(catalogue, now, live)
    days = [now.astimezone(SHANGHAI).date(), *(_last_day(catalogue, session) for session in season.sessions)]
    holds = counted(plan, passed)
    left = [code for code in plan.courses if code not in holds.course_codes]
    studies = tuple(_study(catalogue, season, registration, code, holds.known) for code in left)
    alone = replace(season, live=())
    return Task(
        session_ids=tuple(session.session_id for session in season.sessions),
        studies=studies,
        selected=frozenset(code for code in left if season.selection_of(code)),
        displaced=frozenset(
            study.course_code
            for study in studies
            if not study.examined and _examined(catalogue, alone, registration, study.course_code)
        ),
        credits={code: catalogue.courses[code].credits for code in plan.courses},
        passed=holds.course_codes,
        exemptions=holds.exemptions,
        demands=tuple(_demand(plan, day) for day in days),
        min_total_credits=catalogue.majors[registration.major_code].min_total_credits,
    )


def coming_sessions(catalogue: Catalogue, now: datetime) -> list[ExamSession]:
    """The sessions that can still be registered for, in their order, as far as their sittings are published."""
    published = {sitting.session_id for sitting in catalogue.sittings.values() if sitting.day}
    return [
        session
        for session_id, session in sorted(catalogue.sessions.items())
        if session_id in published and session.state(now) in {SessionState.ANNOUNCED, SessionState.OPEN}
    ]


def _season(catalogue: Catalogue, now: datetime, live: Sequence[Selection]) -> _Season:
    open_ids = frozenset(session.session_id for session in coming_sessions(catalogue, now))
    today = now.astimezone(SHANGHAI).date()
    ahead = [
        session
        for session_id, session in sorted(catalogue.sessions.items())
        if session_id in open_ids
        or (any(one.session_id == session_id for one in live) and _last_day(catalogue, session) >= today)
    ]
    return _Season(ahead, open_ids, live)


def steps_of(task: Task, schedule: Schedule) -> tuple[Step, ...]:
    """A schedule as the sessions in which something is taken."""
    taken = zip(task.session_ids, (tuple(sorted(codes)) for codes in schedule), strict=True)
    return tuple(
        Step(session_id, codes, tuple(code for code in codes if code in task.selected))
        for session_id, codes in taken
        if codes
    )


def _last_day(catalogue: Catalogue, session: ExamSession) -> date:
    days = (sitting.day for sitting in catalogue.sittings_of(session.session_id) if sitting.day)
    return max(days, default=session.registration_end.astimezone(SHANGHAI).date())


def _study(
    catalogue: Catalogue,
    season: _Season,
    registration: Registration,
    code: str,
    passed: frozenset[str],
) -> Study:
    course, held = catalogue.courses[code], season.selection_of(code)
    if held is not None:  # it was checked when it was selected
        return Study(code, course.credits, {season.position(held.session_id): held.occupies}, Prerequisite())
    examined = _examined(catalogue, season, registration, code)
    return Study(code, course.credits, examined, prerequisite(course).beside(passed))


def _examined(
    catalogue: Catalogue, season: _Season, registration: Registration, code: str
) -> dict[int, TimeRange | None]:
    """Where a course can still be selected, and what its sitting takes there."""
    examined = {}
    for position, session in enumerate(season.sessions):
        if session.session_id not in season.open_ids:
            continue
        try:
            occupies = offered(catalogue, session, registration, code).occupies
        except Refusal:
            continue
        if rival_of(occupies, season.live) is None:
            examined[position] = occupies
    return examined


def _demand(plan: Plan, day: date) -> Demand:
    in_force = {code: entry.group for code, entry in plan.courses.items() if entry.in_force(day)}
    groups = [_group_demand(plan, group) for group in plan.groups if group.group in in_force.values()]
    return Demand(frozenset(code for code, group in in_force.items() if not group), tuple(groups))


def _group_demand(plan: Plan, group: PlanGroup) -> GroupDemand:
    codes = frozenset(code for code, entry in plan.courses.items() if entry.group == group.group)
    return GroupDemand(group.group, codes, group.min_courses, group.min_credits)


def obstacle_of(task: Task, catalogue: Catalogue) -> PlanObstacle:
    """Why a task has no solution: the most telling of the reasons there are."""
    return next(_obstacles(task, catalogue))


def _obstacles(task: Task, catalogue: Catalogue) -> Iterator[PlanObstacle]:
    if not task.session_ids:
        yield PlanObstacle(
            "目前没有已公布考试安排且可报名的考期。",
            "There is no coming session with a published timetable.",
        )
    final = task.demands[-1]
    examined = {study.course_code for study in task.studies if study.examined}
    within_reach = task.passed | examined | {code for named in task.exemptions for code in named}
    if missing := sorted(final.course_codes - within_reach - task.displaced):
        yield _not_examined(missing, catalogue)
    if displaced := sorted(final.course_codes & task.displaced):
        names_zh, names_en = _named(displaced, catalogue)
        yield PlanObstacle(
            f"以下课程在已公布的考期中的考试时间已被所选课程占用：{names_zh}。",
            f"What is selected takes the only published time of: {names_en}.",
        )
    for group in final.groups:
        found = group.course_codes & within_reach
        if len(found) < group.min_courses or sum(task.credits[code] for code in found) < group.min_credits:
            yield PlanObstacle(
                f"选考组 {group.group} 在已公布的考期中可报的课程不足。",
                f"The published sessions examine too few courses of the choose-some group {group.group}.",
            )
    if sum(task.credits[code] for code in within_reach) < task.min_total_credits:
        yield PlanObstacle(
            f"在已公布的考期中修满也达不到 {task.min_total_credits} 学分。",
            f"Even all courses of the published sessions do not reach {task.min_total_credits} credits.",
        )
    if waiting := sorted(final.course_codes - task.passed - _reached(task)):
        names_zh, names_en = _named(waiting, catalogue)
        yield PlanObstacle(
            f"先修要求使以下课程排不进已公布的考期：{names_zh}。",
            f"What must be passed first leaves no published session for: {names_en}.",
        )
    yield PlanObstacle(
        f"已公布的 {len(task.session_ids)} 个考期的场次排不下剩余课程。",
        f"The sittings of the {len(task.session_ids)} published sessions do not hold the courses that are left.",
    )


def _not_examined(codes: Sequence[str], catalogue: Catalogue) -> PlanObstacle:
    names_zh, names_en = _named(codes, catalogue)
    return PlanObstacle(f"以下课程在已公布的考期中不开考：{names_zh}。", f"No published session examines: {names_en}.")


def _named(codes: Sequence[str], catalogue: Catalogue) -> tuple[str, str]:
    names = [f"{catalogue.courses[code].name}（{code}）" for code in codes]
    return "、".join(names), ", ".join(codes)


def _reached(task: Task) -> frozenset[str]:
    """The courses that some session can take when nothing but the order of courses stands in the way."""
    reached = task.passed | {code for named in task.exemptions for code in named}
    for position in range(len(task.session_ids)):
        now = [study for study in task.studies if position in study.examined]
        reached |= {study.course_code for study in now if _ready(study, reached, task)}
    return frozenset(reached)


def _ready(study: Study, reached: frozenset[str], task: Task) -> bool:
    needs = study.needs
    return (
        (not needs.theory_code or needs.theory_code in reached)
        and len(reached) >= needs.min_courses
        and (not needs.all_others or _others(task) <= reached)
    )


def _others(task: Task) -> frozenset[str]:
    last = {study.course_code for study in task.studies if study.needs.all_others}
    return task.demands[-1].course_codes - last
