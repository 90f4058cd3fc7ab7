"""A draft before the opening (EN-14): prepared, checked, and turned into an order by one confirmation."""

import asyncio
from datetime import timedelta

from cli.journey.clients.http_client import Caller, Deviation, Json, expect, identified
from cli.journey.steps import candidate_steps, candidate_stories
from cli.journey.steps.course_choice import Course
from cli.journey.steps.own_sessions import OwnSession
from cli.journey.steps.participants import Participants

WINDOW, UNTIL_OPENING = timedelta(hours=2), timedelta(hours=1)
AT_ONCE = 3


async def play(cast: Participants) -> None:
    """In a session of its own, which the operator opens early."""
    stage = cast.stage
    stage.tell("[bold]A draft before the opening 开放前预选[/bold]")
    candidate, registration = await candidate_stories.able_to_select(stage, cast.newcomer())
    caller, registration_id = candidate.caller, registration["registrationId"]
    courses = stage.choices.first
    codes = [course.code for course in courses]
    rehearsal = await OwnSession.begin(cast.operator, codes, WINDOW, opens_in=UNTIL_OPENING)
    path = f"/v1/sessions/{rehearsal.session_id}"
    await _may_prepare(caller, path)
    stage.tell("The window is not open yet: everything but the opening is done, and a draft can be prepared (EN-2).")
    for course in courses:
        selection = await candidate_steps.select(candidate, registration_id, rehearsal.session_id, course)
        expect("prepare a course", "PREPARED", selection["state"])
    await _cannot_be_taken(candidate, registration_id, rehearsal.session_id, stage.choices.rival)
    stage.tell(f"{len(courses)} courses prepared, each checked like a selection; one without a sitting is refused.")
    await caller.refused("confirm too early", "POST", f"{path}/draft:confirm", {}, "GATES_UNMET")
    await cast.operator.send("POST", f"{path}:open", {})
    stage.tell("Confirmed before the opening: refused, by the server's clock. The operator opens the session (F-15).")
    checkout = await _confirm(caller, path)
    expect("confirm the draft", sorted(codes), sorted(item["courseCode"] for item in checkout["items"]))
    stage.tell(f"One confirmation, sent {AT_ONCE} times at once: one order over {len(courses)} courses (EN-14, F-10).")
    order = await candidate_steps.ask_for_qr(candidate, checkout)
    await stage.outside.scan_and_pay(order)
    await candidate_steps.becomes_effective(candidate, rehearsal.session_id, checkout["orderId"])
    stage.tell("Paid: every prepared course counts (EN-8).")


async def _may_prepare(caller: Caller, path: str) -> None:
    await caller.send("acknowledge the notice", "POST", f"{path}/notice:acknowledge", {"version": "1"})
    gates = await caller.get("read the gates", f"{path}/gates")
    expect("read the gates", (True, False), (gates["mayPrepare"], gates["maySelect"]))


async def _cannot_be_taken(
    candidate: candidate_steps.Candidate, registration_id: str, session_id: str, course: Course
) -> None:
    """A draft is checked when it is made; a refusal names what could be taken instead (EN-12)."""
    problem = await candidate_steps.select_refused(
        candidate, registration_id, session_id, course, "COURSE_NOT_EXAMINED"
    )
    if not problem["metadata"]["alternative_session_ids"]:
        raise Deviation("prepare a course: expected another session that examines it")


async def _confirm(caller: Caller, path: str) -> Json:
    seen = await caller.get("read the overview", f"{path}/overview")
    expect("nothing changed since it was prepared", [], seen.get("changes", []))
    body = {**identified(), "totalFen": seen["draftTotalFen"]}
    confirming = (caller.send("confirm the draft", "POST", f"{path}/draft:confirm", body) for _ in range(AT_ONCE))
    answers = await asyncio.gather(*confirming)
    expect("what was shown is what is to be paid", seen["draftTotalFen"], answers[0]["unsettledCheckout"]["totalFen"])
    orders = {answer["unsettledCheckout"]["orderId"] for answer in answers}
    expect("confirm the draft", 1, len(orders))
    return dict(answers[0]["unsettledCheckout"])
