"""Manual review: a mismatch, a rejection that says what to do, a second submission, and the ticket number."""

from cli.journey.clients.http_client import Caller, Deviation, Json
from cli.journey.steps import candidate_steps, candidate_stories, reviewer_steps
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.participants import Participants
from cli.verify import audit_chain
from sandbox.portraits import portrait

NOTE = "证件照片反光，请重拍。"


async def play(cast: Participants) -> None:
    """From the third mismatch to the ticket number, with one rejection on the way."""
    stage, person = cast.stage, cast.newcomer()
    candidate, case_id = await candidate_stories.three_mismatches(stage, person, cast.newcomer())
    await reviewer_steps.hand_in_proofs(candidate, case_id, portrait(cast.newcomer().portrait_seed))
    stage.tell("Three proofs handed in and submitted (RE-3).")
    path = f"/v1/cases/{case_id}:claim"
    await cast.authority.refused("claim a case of another organisation", "POST", path, {}, "NOT_FOUND")
    stage.tell("For a reviewer of another organisation the case does not exist (RE-2).")
    claimed = await reviewer_steps.claim(cast.reviewer, case_id)
    stage.tell("The reviewer finds the case in the queue, claims it and looks at every proof (RE-4).")
    await _nothing_changes_under_review(candidate, case_id)
    stage.tell("While somebody decides, nothing can be handed in (F-14).")
    await reviewer_steps.decide(cast.reviewer, claimed, "REJECTED", reason="IMAGE_UNREADABLE", note=NOTE)
    rejected = await _rejected(candidate.caller, case_id)
    stage.tell(f"Rejected; the candidate reads: {rejected['nextStepZh']} {rejected['nextStepEn']} (RE-4)")
    await reviewer_steps.hand_in_proofs(candidate, case_id, portrait(person.portrait_seed))
    stage.tell("Handed in again, with one submission left after this (RE-5).")
    await _stale_decision(cast.reviewer, claimed)
    stage.tell("The first claim and its etag decide nothing any more (RE-4, F-14).")
    await reviewer_steps.approve(cast.reviewer, case_id)
    stage.tell(f"Approved: ticket number {await candidate_steps.ticket_number(candidate)} (RE-6, ID-9).")
    checked = await audit_chain.check(cast.operator, "review")
    if checked.broken:
        raise Deviation(f"verify the audit log: {checked.broken}")
    stage.tell(f"Every step and every look is an entry; the chain of all {checked.entries} entries verifies (RE-7).")


async def _nothing_changes_under_review(candidate: Candidate, case_id: str) -> None:
    path, image = reviewer_steps.upload_path(case_id, "OTHER"), portrait(candidate.person.portrait_seed)
    content = {"content": image, "headers": {"content-type": "image/jpeg"}}
    answer = await candidate.caller.call("upload during the review", "POST", path, status=None, **content)
    if answer.is_success or answer.json().get("reason") != "CASE_NOT_COLLECTING":
        raise Deviation(f"upload during the review: expected CASE_NOT_COLLECTING, got {answer.text[:500]}")


async def _rejected(caller: Caller, case_id: str) -> Json:
    case = await caller.get("read my case", f"/v1/cases/{case_id}")
    decision = dict(case["decisions"][-1])
    seen = (case["state"], case["submissionsLeft"], decision["reason"], decision["note"])
    if seen != ("REJECTED", 2, "IMAGE_UNREADABLE", NOTE) or not decision["nextStepZh"]:
        raise Deviation(f"read my case: expected a rejection that says why and what to do next, got {seen}")
    return decision


async def _stale_decision(reviewer: Caller, claimed: Json) -> None:
    path, decision = f"/v1/cases/{claimed['caseId']}:decide", {"verdict": "APPROVED", "etag": claimed["etag"]}
    await reviewer.refused("decide without a claim", "POST", path, decision, "CASE_NOT_CLAIMED")
