"""A special major (EN-4): its proofs are reviewed by the host school before the ticket number and the payment."""

from cli.journey.clients.http_client import Caller, Deviation, Json, expect
from cli.journey.steps import candidate_steps, candidate_stories, reviewer_steps
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.course_choice import Course, theory_courses
from cli.journey.steps.journey_context import JourneyContext
from cli.journey.steps.participants import Participants
from sandbox.portraits import portrait

SCHOOL, NURSING = "10246", "101101"
BEFORE_PAYMENT = {"PROOFS_UNDER_REVIEW", "TICKET_NUMBER_MISSING"}


async def play(cast: Participants) -> None:
    """Proofs, review, ticket number, payment."""
    stage = cast.stage
    stage.tell("[bold]A special major 特殊专业[/bold]")
    await _asks_for_proofs(stage)
    candidate, registration = await _register(cast)
    stage.tell(f"Registered for {registration['majorName']} at {registration['schoolName']}; its proofs are reviewed.")
    path = f"/v1/sessions/{stage.session_id}"
    await candidate_steps.prepare(candidate, stage.session_id)
    await _may_select_but_not_pay(candidate.caller, path)
    course = await _a_course(stage)
    await candidate_steps.select(candidate, registration["registrationId"], stage.session_id, course)
    await candidate_steps.check_out_refused(candidate, stage.session_id, "GATES_UNMET")
    stage.tell(f"Under review {course.name} can be selected, not paid: both gates say what to do next (EN-2, EN-4).")
    case_id = registration["reviewCaseId"]
    await reviewer_steps.hand_in_proofs(candidate, case_id, portrait(candidate.person.portrait_seed))
    await cast.reviewer.refused("claim another school's case", "POST", f"/v1/cases/{case_id}:claim", {}, "NOT_FOUND")
    reviewer = await reviewer_steps.employ(stage.visitor, cast.operator, SCHOOL)
    await reviewer_steps.approve(reviewer, case_id)
    stage.tell("Proofs handed in; another school finds no such case; the host school approves (RE-2, RE-4).")
    stage.tell(
        f"Ticket number {await candidate_steps.ticket_number(candidate)}, now that person and proofs stand (ID-9)."
    )
    await candidate_stories.check_out_and_pay(stage, candidate, append_refused=False)


async def _asks_for_proofs(stage: JourneyContext) -> None:
    majors = await stage.visitor.get("list the majors", "/v1/majors", schoolCode=SCHOOL)
    nursing = next(major for major in majors["majors"] if major["majorCode"] == NURSING)
    if not nursing["special"] or not nursing["specialProofs"]:
        raise Deviation(f"list the majors: expected {NURSING} to be special, with proofs")
    facts = "、".join(proof["fact"] for proof in nursing["specialProofs"])
    stage.tell(f"{nursing['displayName']} asks for: {facts} (EN-4).")


async def _register(cast: Participants) -> tuple[Candidate, Json]:
    stage, person = cast.stage, cast.newcomer()
    await stage.outside.know(person)
    candidate = await candidate_steps.create_account(stage.visitor, person)
    registration = await candidate_steps.register(candidate, SCHOOL, NURSING)
    if registration["proofState"] != "UNDER_REVIEW" or not registration["reviewCaseId"]:
        raise Deviation(f"register for the major: expected a review of the proofs, got {registration['proofState']}")
    await candidate_steps.give_particulars(candidate, stage.outside)
    await candidate_steps.upload_portrait(candidate, portrait(person.portrait_seed))
    await candidate_steps.check_face(candidate, "MATCHED")
    return candidate, registration


async def _may_select_but_not_pay(caller: Caller, path: str) -> None:
    gates = await caller.get("read the gates", f"{path}/gates")
    unmet = {gate["reason"] for gate in gates["gates"] if not gate["met"]}
    expect("read the gates", (True, BEFORE_PAYMENT), (gates["maySelect"], unmet))


async def _a_course(stage: JourneyContext) -> Course:
    """A theory course of the special major's plan with a sitting in the session."""
    found = await theory_courses(stage.visitor, stage.session_id, schoolCode=SCHOOL, majorCode=NURSING)
    if not found:
        raise Deviation(f"read the sittings: expected a theory course of {NURSING}")
    return found[0]
