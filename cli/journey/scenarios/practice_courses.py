"""Two schools, and practice courses: a conflict, review, times, offline payment, an append, and void at close.

The candidate studies 计算机科学与技术 at 同济大学, which reviews practice courses before their payment, and
汉语言文学 at 华东师范大学.
"""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.clock import SystemClock
from cli.demo.enrolled_candidates import EnrolledCandidate, import_enrolled
from cli.journey.clients.http_client import Caller, Deviation, Json, eventually, expect
from cli.journey.steps import candidate_steps, candidate_stories, reviewer_steps
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.course_choice import Course, theory_courses
from cli.journey.steps.journey_context import JourneyContext
from cli.journey.steps.own_sessions import OwnSession
from cli.journey.steps.participants import Participants
from cli.staff.api_client import Api
from sandbox.portraits import portrait

REVIEWING_SCHOOL, COMPUTING = "10247", "080901"
PRACTICE = {"13014": "13013", "13004": "13003"}
"""Practice courses, and the theory courses whose practice parts they are."""

OTHER_TIME = timedelta(days=30)
EVENT_SECONDS = 30.0
CLOSE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class PracticeScenario:
    """A candidate with registrations at two schools, and a reviewer of the school that reviews practice courses."""

    stage: JourneyContext
    operator: Api
    reviewer: Caller
    candidate: Candidate
    at_reviewing_school: Json
    at_other_school: Json

    async def overview(self, session_id: str) -> dict[str, Json]:
        """The candidate's selections in a session, by id (EN-11)."""
        seen = await self.candidate.caller.get("read the overview", f"/v1/sessions/{session_id}/overview")
        return {one["selectionId"]: one for one in seen["selections"]}

    async def comes_to(self, session_id: str, selection_ids: list[str], state: str, seconds: float) -> Json:
        """Waits until selections are in a state."""
        return await eventually(
            f"selections become {state}",
            self.candidate.caller.meter,
            lambda: self.overview(session_id),
            lambda seen: all(seen[selection_id]["state"] == state for selection_id in selection_ids),
            seconds,
        )

    def practice_path(self, last: str) -> str:
        """The path of something that the reviewing school does with its practice courses."""
        return f"/v1/sessions/{self.stage.session_id}/schools/{REVIEWING_SCHOOL}/{last}"


async def play(cast: Participants) -> None:
    """Every step as the rules say, or Deviation."""
    stage = cast.stage
    stage.tell("[bold]Two schools, and practice courses 两校报考与实践课程[/bold]")
    scene = await _enter(cast)
    theory = await _conflict(scene)
    selected = [await _select(scene, scene.at_reviewing_school, code) for code in PRACTICE]
    await _review(scene, selected, cast.reviewer)
    await _times(scene, selected[0], theory)
    await _offline_payment(scene, selected, cast.reviewer)
    await candidate_stories.check_out_and_pay(stage, scene.candidate, append_refused=True)
    await _append(scene)
    stage.tell("[bold]The window closes 报名截止[/bold]")
    await _void_at_close(scene)


async def _enter(cast: Participants) -> PracticeScenario:
    stage, person = cast.stage, cast.newcomer()
    enrolled = EnrolledCandidate(
        person, REVIEWING_SCHOOL, COMPUTING, EnrolledCandidate.of(person).ticket_number, tuple(PRACTICE.values())
    )
    await import_enrolled(cast.operator, [enrolled])
    restricted = await candidate_steps.enter_first(stage.visitor, stage.outside, person)
    candidate = await candidate_steps.choose_password(restricted, person)
    await candidate_steps.give_particulars(candidate, stage.outside)
    other = await candidate_steps.register(candidate)
    await candidate_steps.pass_the_gates(candidate, stage.session_id)
    held = (await candidate.caller.get("read the registrations", "/v1/registrations"))["registrations"]
    mine = next(one for one in held if one["schoolCode"] == REVIEWING_SCHOOL)
    stage.tell(f"Enrolled at {mine['schoolName']}, and from the same account at {other['schoolName']} too (ID-13).")
    reviewer = await reviewer_steps.employ(stage.visitor, cast.operator, REVIEWING_SCHOOL)
    return PracticeScenario(stage, cast.operator, reviewer, candidate, mine, other)


async def _conflict(scene: PracticeScenario) -> Course:
    """One half-day, two schools: the second is refused (EN-5, F-11)."""
    stage, chosen = scene.stage, scene.stage.choices.first[0]
    await _select(scene, scene.at_other_school, chosen.code)
    rival = await _rival(scene, chosen)
    problem = await candidate_steps.select_refused(
        scene.candidate, scene.at_reviewing_school["registrationId"], stage.session_id, rival, "TIME_CONFLICT"
    )
    stage.tell(f"{chosen.name} at one school; {rival.name} at the other: {problem['detail']} (EN-5)")
    return chosen


async def _rival(scene: PracticeScenario, chosen: Course) -> Course:
    where = {"schoolCode": REVIEWING_SCHOOL, "majorCode": COMPUTING, "date": chosen.half_day.split()[0]}
    for course in await theory_courses(scene.stage.visitor, scene.stage.session_id, **where):
        passed = course.code in PRACTICE.values() or course.code == chosen.code
        if course.half_day == chosen.half_day and not passed:
            return course
    raise Deviation(f"read the sittings: expected a theory course of {COMPUTING} on {chosen.half_day}")


async def _select(scene: PracticeScenario, registration: Json, code: str) -> Json:
    registration_id, session_id = registration["registrationId"], scene.stage.session_id
    return await candidate_steps.select(scene.candidate, registration_id, session_id, Course(code))


async def _review(scene: PracticeScenario, selected: list[Json], stranger: Caller) -> None:
    """The school reviews the practice courses before they may be paid; another school sees nothing of it (RE-2)."""
    for selection in selected:
        expect("select a practice course", "UNDER_REVIEW", selection["state"])
        case_id = selection["reviewCaseId"]
        await reviewer_steps.hand_in_proofs(scene.candidate, case_id, portrait(scene.candidate.person.portrait_seed))
        await stranger.refused("claim another school's case", "POST", f"/v1/cases/{case_id}:claim", {}, "NOT_FOUND")
        await reviewer_steps.approve(scene.reviewer, case_id)
    ids = [selection["selectionId"] for selection in selected]
    await scene.comes_to(scene.stage.session_id, ids, "AWAITING_SCHOOL", EVENT_SECONDS)
    scene.stage.tell("Two practice courses pass their school's review; another school sees none of it (EN-10).")


async def _times(scene: PracticeScenario, selection: Json, theory: Course) -> None:
    """A time that collides is told to the candidate and listed for the school; a free one is everybody's (EN-6)."""
    day, period = theory.half_day.split()
    start = datetime.fromisoformat(f"{day}T{'10' if period == 'AM' else '15'}:00:00+08:00")
    outside, phone = scene.stage.outside, scene.candidate.person.phone
    before = await outside.received(phone)
    answer = await _set_time(scene, selection, start)
    await outside.next_letter(phone, before, "冲突")
    if selection["selectionId"] not in [one["selection"]["selectionId"] for one in answer["collisions"]]:
        raise Deviation("set a practice time: expected the candidate's selection among the collisions")
    seen = await scene.overview(scene.stage.session_id)
    rival = seen[selection["selectionId"]]["collidingSelectionId"]
    if not rival or seen[rival]["courseCode"] != theory.code:
        raise Deviation(f"read the overview: expected a collision with {theory.code}")
    listed = await scene.reviewer.get("list the collisions", scene.practice_path("collisions"), pageSize="500")
    scene.stage.tell(
        f"The school sets a time on {theory.half_day}; the candidate is told and sees the collision, "
        f"the school's list has {len(listed['collisions'])} (EN-6)."
    )
    await _set_time(scene, selection, start + OTHER_TIME)
    seen = await scene.overview(scene.stage.session_id)
    expect("no collision after the time was moved", False, seen[selection["selectionId"]]["collides"])
    scene.stage.tell("Moved to another day, the practice course has its time (EN-6).")


async def _set_time(scene: PracticeScenario, selection: Json, start: datetime) -> Json:
    body = {"startTime": start.isoformat(), "endTime": (start + timedelta(hours=1)).isoformat()}
    path = scene.practice_path(f"practice-sittings/{selection['courseCode']}")
    return await scene.reviewer.send("set a practice time", "PUT", path, body)


async def _offline_payment(scene: PracticeScenario, selected: list[Json], stranger: Caller) -> None:
    """The school confirms one payment by hand and one by file; another school finds neither (EN-10, RE-2)."""
    one, other = selected
    path = f"/v1/selections/{one['selectionId']}:confirmPayment"
    await stranger.refused("confirm for another school", "POST", path, {}, "NOT_FOUND")
    await scene.reviewer.send("confirm a payment", "POST", path, {})
    rows = f"ticket_number,course_code\n{scene.at_reviewing_school['ticketNumber']},{other['courseCode']}\n"
    body = {"content": base64.b64encode(rows.encode()).decode()}
    for confirmed in (1, 0):
        answer = await scene.reviewer.send(
            "import payments", "POST", scene.practice_path("practice-payments:import"), body
        )
        expect("import payments", (True, confirmed), (answer["applied"], answer["confirmed"]))
    ids = [selection["selectionId"] for selection in selected]
    await scene.comes_to(scene.stage.session_id, ids, "EFFECTIVE", EVENT_SECONDS)
    scene.stage.tell("The school confirms the offline payments, one by hand and one by CSV: both count (EN-8, EN-10).")


async def _append(scene: PracticeScenario) -> None:
    appended = scene.stage.choices.appended
    await _select(scene, scene.at_other_school, appended.code)
    scene.stage.tell(f"Appended {appended.name} on {appended.half_day} (EN-9).")
    await candidate_stories.check_out_and_pay(scene.stage, scene.candidate, append_refused=False)


async def _void_at_close(scene: PracticeScenario) -> None:
    """In a session of its own: what is not paid when the window closes is void, within the second (EN-8, F-15)."""
    codes = [course.code for course in scene.stage.choices.first[1:]]
    rehearsal = await OwnSession.begin(scene.operator, codes, timedelta(minutes=10))
    path, caller = f"/v1/sessions/{rehearsal.session_id}", scene.candidate.caller
    await caller.send("acknowledge the notice", "POST", f"{path}/notice:acknowledge", {"version": "1"})
    places = [(scene.at_other_school, code) for code in codes] + [(scene.at_reviewing_school, "13014")]
    selected = [
        await candidate_steps.select(scene.candidate, place["registrationId"], rehearsal.session_id, Course(code))
        for place, code in places
    ]
    await rehearsal.end_at(SystemClock().now() + timedelta(seconds=1))
    ids = [selection["selectionId"] for selection in selected]
    seen = await scene.comes_to(rehearsal.session_id, ids, "VOID", CLOSE_SECONDS)
    expect("read the overview", {"WINDOW_CLOSED"}, {seen[selection_id]["voidReason"] for selection_id in ids})
    await candidate_steps.check_out_refused(scene.candidate, rehearsal.session_id, "GATES_UNMET")
    scene.stage.tell("Theory drafts and a practice course that nobody paid are void once the window has closed (EN-8).")
