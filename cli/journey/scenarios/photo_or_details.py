"""Photo or details (EN-4): the host school finds fault after the person was verified; corrected, rejected, approved,
and only then paid.
"""

from cli.journey.clients.http_client import Caller, Deviation, Json
from cli.journey.steps import candidate_steps, candidate_stories, reviewer_steps
from cli.journey.steps.candidate_steps import EVENT_SECONDS, Candidate
from cli.journey.steps.participants import Participants
from sandbox.portraits import portrait

FAULT_NOTE = "照片背景不是纯色，请重拍。"
DETAILS_NOTE = "户籍所在地与证件不符。"


async def play(cast: Participants) -> None:
    """From the school's list to the payment."""
    stage, person = cast.stage, cast.newcomer()
    stage.tell("[bold]Photo or details 照片与信息更正[/bold]")
    candidate, registration = await candidate_stories.able_to_select(stage, person)
    await candidate_steps.select(candidate, registration["registrationId"], stage.session_id, stage.choices.first[0])
    await _finds_fault(cast.reviewer, candidate)
    stage.tell("The host school looks at the portrait in its list and finds fault with it; nobody else's school can.")
    path, fault = f"/v1/candidates/{candidate.candidate_id}:requireCorrection", {"reason": "PHOTO_UNFIT"}
    await cast.authority.refused("find fault elsewhere", "POST", path, fault, "NOT_FOUND")
    await _gate(candidate, stage.session_id, "CORRECTION_REQUIRED", "HAND_IN_CORRECTION")
    await candidate_steps.check_out_refused(candidate, stage.session_id, "GATES_UNMET")
    stage.tell("What was selected stays; checking out says what to do first (EN-2, EN-4).")
    case_id = await _handed_in(candidate, cast.newcomer().portrait_seed)
    stage.tell("A new photo and the document's front handed in: photo and details are still until they are decided.")
    claimed = await _claimed_beside_the_person(cast.reviewer, candidate, case_id)
    stage.tell("The reviewer sees portrait, document and particulars side by side; every look is an entry (RE-7).")
    await reviewer_steps.decide(cast.reviewer, claimed, "REJECTED", reason="DETAILS_WRONG", note=DETAILS_NOTE)
    await _correction(candidate, "REQUIRED", left=2)
    await candidate_steps.fill_in_details(candidate, household="上海市杨浦区")
    await _submit(candidate)
    await _gate(candidate, stage.session_id, "CORRECTION_UNDER_REVIEW", "FOLLOW_REVIEW")
    await reviewer_steps.approve(cast.reviewer, case_id)
    await _correction(candidate, "APPROVED", left=0)
    stage.tell("Rejected once with its reason, corrected, handed in again, approved (RE-4, RE-5, RE-6).")
    await candidate_steps.pass_the_gates(candidate, stage.session_id)
    await candidate_stories.check_out_and_pay(stage, candidate, append_refused=False)


async def _finds_fault(reviewer: Caller, candidate: Candidate) -> None:
    listed = await reviewer.get("list the school's candidates", "/v1/candidates", pageSize="200")
    if candidate.candidate_id not in [one["candidateId"] for one in listed["candidates"]]:
        raise Deviation("list the school's candidates: expected the new one among them")
    path = f"/v1/candidates/{candidate.candidate_id}"
    await reviewer.call("look at the portrait", "GET", f"{path}/portrait:inspect")
    body = {"reason": "PHOTO_UNFIT", "note": FAULT_NOTE}
    await reviewer.send("find fault with the portrait", "POST", f"{path}:requireCorrection", body)


async def _gate(candidate: Candidate, session_id: str, reason: str, action: str) -> None:
    """Waits until the only gate before payment is this one, and says this to do next."""

    def stands(seen: Json) -> bool:
        return [(one["reason"], one["nextAction"]) for one in seen["gates"] if not one["met"]] == [(reason, action)]

    path = f"/v1/sessions/{session_id}/gates"
    await candidate.caller.read_until(f"the gate {reason}", "read the gates", path, stands, EVENT_SECONDS)


async def _handed_in(candidate: Candidate, seed: int) -> str:
    """Another portrait, and the document's front; without the latter nothing is handed in."""
    await candidate_steps.upload_portrait(candidate, portrait(seed))
    case_id = str((await _correction(candidate, "REQUIRED", left=3))["reviewCaseId"])
    path = "/v1/candidates/me:submitCorrection"
    await candidate.caller.refused("submit without the document", "POST", path, {}, "PROOFS_MISSING")
    front = reviewer_steps.upload_path(case_id, "DOCUMENT_FRONT")
    await candidate.caller.upload("upload a proof", "POST", front, portrait(candidate.person.portrait_seed))
    await _submit(candidate)
    return case_id


async def _submit(candidate: Candidate) -> None:
    await candidate.caller.send("submit the correction", "POST", "/v1/candidates/me:submitCorrection", {})


async def _claimed_beside_the_person(reviewer: Caller, candidate: Candidate, case_id: str) -> Json:
    path = f"/v1/cases/{case_id}"
    await reviewer.refused("read the person unclaimed", "GET", f"{path}/candidate", None, "CASE_NOT_CLAIMED")
    claimed = await reviewer_steps.claim(reviewer, case_id)
    seen = await reviewer.get("read the candidate of the case", f"{path}/candidate")
    if seen["documentNumber"] != candidate.person.document_number or seen["phone"] == candidate.person.phone:
        raise Deviation("read the candidate of the case: expected the document number, and no phone")
    await reviewer.call("look at the portrait of the case", "GET", f"{path}/portrait")
    return claimed


async def _correction(candidate: Candidate, state: str, *, left: int) -> Json:
    """Waits until the correction stands there."""
    seen = await candidate.caller.read_until(
        f"the correction is {state}",
        "read my account",
        "/v1/candidates/me",
        lambda seen: (seen["correction"]["state"], seen["correction"]["submissionsLeft"]) == (state, left),
        EVENT_SECONDS,
    )
    return dict(seen["correction"])
