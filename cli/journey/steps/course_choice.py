"""Which courses the journey chooses: read from the published plan and sittings, as a candidate would."""

from collections import defaultdict
from dataclasses import dataclass

from cli.demo.school_and_major import MAJOR_CODE, SCHOOL_CODE
from cli.journey.clients.http_client import Caller, Deviation, Json

NEEDED_HALF_DAYS = 4


@dataclass(frozen=True, slots=True)
class Course:
    """A course and the half-day in which it is examined."""

    code: str
    name: str = ""
    half_day: str = ""


@dataclass(frozen=True, slots=True)
class CourseChoices:
    """Three courses in three half-days, a rival in one that is taken, and one more in the half-day left free."""

    first: tuple[Course, Course, Course]
    rival: Course
    appended: Course


async def choose(caller: Caller, session_id: str) -> CourseChoices:
    """Reads plan and sittings of 汉语言文学 at 华东师范大学 and chooses. Raises Deviation where the catalogue offers
    too little.
    """
    plan = await caller.get("read the plan", f"/v1/schools/{SCHOOL_CODE}/majors/{MAJOR_CODE}/plan")
    in_plan = {entry["course"]["courseCode"] for entry in plan["courses"]}
    by_half_day: dict[str, list[Course]] = defaultdict(list)
    for course in await theory_courses(caller, session_id, schoolCode=SCHOOL_CODE):
        if course.code in in_plan:
            by_half_day[course.half_day].append(course)
    ordered = [by_half_day[half_day] for half_day in sorted(by_half_day)]
    if len(ordered) < NEEDED_HALF_DAYS or len(ordered[0]) < 2:
        raise Deviation(
            f"choose: expected theory courses in {NEEDED_HALF_DAYS} half-days, two in the first; "
            f"the plan has {len(ordered)} half-days"
        )
    return CourseChoices(
        first=(ordered[0][0], ordered[1][0], ordered[2][0]), rival=ordered[0][1], appended=ordered[3][0]
    )


async def open_session(caller: Caller) -> Json:
    """The session whose window is open now. Raises Deviation when none is."""
    answer = await caller.get("list the sessions", "/v1/sessions")
    for session in answer["sessions"]:
        if session["state"] == "OPEN":
            return session
    raise Deviation("list the sessions: expected one whose registration window is open")


async def theory_courses(caller: Caller, session_id: str, **where: str) -> list[Course]:
    """The theory courses with a sitting in a session, at a school, for a major, on a day."""
    found = await caller.get("read the sittings", f"/v1/sessions/{session_id}/sittings", **where)
    return [
        Course(one["courseCode"], one["courseName"], f"{one['halfDay']['date']} {one['halfDay']['period']}")
        for one in found["sittings"]
        if one["courseKind"] == "THEORY"
    ]
