"""EN-4: a host school or an operator finds fault with photo or details; the candidate corrects; the school decides."""

import asyncio
from typing import Any

import pytest
from zikao.identity.v1 import resources_pb2
from zikao.review.v1 import events_pb2

from chassis.audit_log.notes import Actor, AuditAction
from chassis.errors import RemoteRefusal
from chassis.events.relay import LONGEST_PAUSE
from chassis.ids import new_id
from chassis.postgres.database import Database
from tests.integration.identity import people
from tests.integration.identity.callers import Caller
from tests.integration.identity.neighbours import Neighbours
from tests.integration.identity.outside_systems import OutsideSystems
from tests.integration.identity.world import World
from tests.support.audit_notes import audit_notes
from tests.support.refusals import refusal_of

REQUIRED, UNDER_REVIEW, APPROVED, REFUSED = (
    resources_pb2.Correction.REQUIRED,
    resources_pb2.Correction.UNDER_REVIEW,
    resources_pb2.Correction.APPROVED,
    resources_pb2.Correction.REFUSED,
)


async def verified(world: World, *, phone: str = "") -> Caller:
    """Somebody whom the register has matched, with confirmed details."""
    candidate = await world.visitor.register()
    await candidate("UpdateDetails", candidate_id="me", details=people.DETAILS)
    await candidate("ConfirmDetails", candidate_id="me")
    if phone:
        await candidate("SendPhoneCode", candidate_id="me", phone=phone)
        await candidate("VerifyPhone", candidate_id="me", code=world.outside.last_code(phone))
    await candidate.upload()
    await candidate.check()
    return candidate


async def fault(
    world: World, candidate: Caller, reason: str = "PHOTO_UNFIT", note: str = "", *, by: Caller | None = None
) -> resources_pb2.Candidate:
    inspector = by or world.reviewer()
    found: resources_pb2.Candidate = await inspector(
        "RequireCorrection", candidate_id=candidate.candidate_id, reason=reason, note=note
    )
    return found


async def submit(candidate: Caller) -> resources_pb2.Correction:
    answer: resources_pb2.Candidate = await candidate("SubmitCorrection", candidate_id="me")
    return answer.correction


async def decide(world: World, candidate: Caller, submission: int, decision: str, **values: Any) -> Any:
    """Review's decision, delivered twice: it takes effect once (RE-6)."""
    account, event_id = await candidate.account(), new_id()
    message = events_pb2.CaseDecided(
        case_id=account.correction.review_case_id,
        kind="DETAILS",
        submission=submission,
        candidate_id=candidate.candidate_id,
        subject_id=candidate.candidate_id,
        decision=decision,
        submissions_left=0 if decision == "APPROVED" else 3 - submission,
        **values,
    )
    for _ in range(2):
        assert await world.deliver(message, event_id=event_id) == [event_id]
    return (await candidate.account()).correction


async def test_a_fault_stands_in_the_standing_opens_a_case_and_is_told(
    world: World, neighbours: Neighbours, outside: OutsideSystems
) -> None:  # EN-4, RE-1
    phone = people.phone_number()
    candidate = await verified(world, phone=phone)
    seen = await fault(world, candidate, "DETAILS_WRONG", "户籍所在地与证件不符")
    assert (seen.correction.state, seen.correction.submissions_left) == (REQUIRED, 3)
    case = await neighbours.case_of(candidate.candidate_id)
    assert (case.case_id, case.kind, case.organisation) == (seen.correction.review_case_id, 4, people.SCHOOL)
    standing = await neighbours.standing_of(candidate.candidate_id, correction_state=REQUIRED)
    assert standing.identity_state == resources_pb2.VERIFIED
    told = await outside.message(phone, count=2)
    assert "更正" in told
    assert "户籍" not in told
    own = (await candidate.account()).correction
    assert (own.note, bool(own.next_step_zh), bool(own.next_step_en)) == ("户籍所在地与证件不符", True, True)
    assert await fault(world, candidate, "DETAILS_WRONG", "户籍所在地与证件不符") == seen


async def test_corrected_photo_and_details_are_handed_in_approved_and_told_once(
    world: World, neighbours: Neighbours
) -> None:  # EN-4, RE-6
    candidate = await verified(world)
    await fault(world, candidate)
    await candidate.upload()
    await candidate("UpdateDetails", candidate_id="me", details={"occupation": "教师"})
    assert (await refusal_of(submit(candidate))).reason == "DETAILS_UNCONFIRMED"
    await candidate("ConfirmDetails", candidate_id="me")
    correction = await submit(candidate)
    assert (correction.state, correction.submissions_left) == (UNDER_REVIEW, 2)
    assert await submit(candidate) == correction
    await neighbours.submitted(candidate.candidate_id)
    (portrait,) = neighbours.materials[correction.review_case_id]
    assert portrait.image.data == (await candidate("GetPortrait", candidate_id="me")).data
    assert (await refusal_of(candidate.upload())).reason == "IDENTITY_FIXED"
    details = candidate("UpdateDetails", candidate_id="me", details={"occupation": "医生"})
    assert (await refusal_of(details)).reason == "CORRECTION_UNDER_REVIEW"
    settled = await decide(world, candidate, 1, "APPROVED")
    assert (settled.state, settled.next_step_zh) == (APPROVED, "")
    await neighbours.standing_of(candidate.candidate_id, correction_state=APPROVED)
    assert neighbours.submissions[correction.review_case_id] == 1


async def test_three_rejections_end_it_and_the_authority_begins_anew(
    world: World, neighbours: Neighbours
) -> None:  # EN-4, RE-5
    candidate = await verified(world)
    first = (await fault(world, candidate)).correction
    for submission in (1, 2, 3):
        await submit(candidate)
        settled = await decide(world, candidate, submission, "REJECTED", reason="PERSON_MISMATCH", note="请由本人拍摄")
        expected = (REQUIRED if submission < 3 else REFUSED, resources_pb2.Correction.PERSON_MISMATCH, 3 - submission)
        assert (settled.state, settled.reason, settled.submissions_left) == expected
    assert (await refusal_of(submit(candidate))).reason == "NOTHING_TO_CORRECT"
    assert (await refusal_of(fault(world, candidate))).reason == "CORRECTION_FINAL"
    anew = (await fault(world, candidate, by=await world.operator())).correction
    assert (anew.state, anew.submissions_left) == (REQUIRED, 3)
    assert anew.review_case_id != first.review_case_id
    await submit(candidate)
    await neighbours.submitted(candidate.candidate_id)
    assert neighbours.submissions[anew.review_case_id] == 1


async def test_what_review_finds_incomplete_is_not_handed_in(world: World, neighbours: Neighbours) -> None:  # RE-3
    candidate = await verified(world)
    await fault(world, candidate)
    neighbours.incomplete = True
    refusal = await refusal_of(submit(candidate))
    assert (refusal.reason, [unmet.subject for unmet in refusal.unmet]) == ("PROOFS_MISSING", ["DOCUMENT_FRONT"])
    correction = (await candidate.account()).correction
    assert (correction.state, correction.submissions_left) == (REQUIRED, 3)
    neighbours.incomplete = False
    assert (await submit(candidate)).state == UNDER_REVIEW
    await neighbours.submitted(candidate.candidate_id)


async def test_review_may_be_away_when_a_correction_is_handed_in(world: World, neighbours: Neighbours) -> None:  # F-13
    candidate = await verified(world)
    await fault(world, candidate)
    neighbours.away = True
    correction = await submit(candidate)
    assert correction.state == UNDER_REVIEW
    neighbours.away = False
    world.clock.advance(LONGEST_PAUSE)
    await neighbours.submitted(candidate.candidate_id)
    assert neighbours.submissions[correction.review_case_id] == 1


async def test_of_two_faults_found_at_once_one_stands(world: World) -> None:  # EN-4
    candidate = await verified(world)
    found = await asyncio.gather(
        fault(world, candidate, "PHOTO_UNFIT"), fault(world, candidate, "DETAILS_WRONG"), return_exceptions=True
    )
    refusals = [one for one in found if isinstance(one, RemoteRefusal)]
    assert [refusal.reason for refusal in refusals] == ["CORRECTION_OPEN"]


async def test_a_reviewer_knows_the_own_schools_candidates_only(world: World, db: Database) -> None:  # RE-2
    candidate, stranger = await verified(world), world.reviewer("10246")
    for rpc, values in (
        ("RequireCorrection", {"reason": "PHOTO_UNFIT"}),
        ("InspectPortrait", {}),
        ("GetCandidate", {}),
    ):
        refusal = await refusal_of(stranger(rpc, candidate_id=candidate.candidate_id, **values))
        assert refusal.reason == "NOT_FOUND"
    assert "PORTRAIT_VIEWED" not in [
        note.action.value for note in await audit_notes(db, candidate_id=candidate.candidate_id)
    ]
    for nobodys in (stranger, world.reviewer("AUTHORITY")):
        listed = await nobodys("ListCandidates", page_size=200)
        assert candidate.candidate_id not in [one.candidate_id for one in listed.candidates]


async def test_a_look_at_a_portrait_from_the_list_is_noted_before_it_is_shown(
    world: World, db: Database
) -> None:  # RE-7, RE-11
    candidate, reviewer, operator = await verified(world), world.reviewer(), await world.operator()
    own = await candidate("GetPortrait", candidate_id="me")
    for inspector in (reviewer, operator):
        assert await inspector("InspectPortrait", candidate_id=candidate.candidate_id) == own
    noted = await audit_notes(db, candidate_id=candidate.candidate_id)
    looks = [note.actor for note in noted if note.action is AuditAction.PORTRAIT_VIEWED]
    assert looks == [
        Actor(reviewer.subject_id, "REVIEWER", people.SCHOOL),
        Actor(operator.subject_id, "OPERATOR", "AUTHORITY"),
    ]


async def test_the_list_holds_a_school_page_by_page_and_masked(world: World) -> None:  # RE-2
    reviewer = world.reviewer()
    first, second = await verified(world), await verified(world)
    await fault(world, first)
    page = await reviewer("ListCandidates", page_size=1)
    rest = await reviewer("ListCandidates", page_size=1, page_token=page.next_page_token)
    ids = [one.candidate_id for one in [*page.candidates, *rest.candidates]]
    assert set(ids) == {first.candidate_id, second.candidate_id}
    number = (await second.account()).document_number
    assert number not in str(page) + str(rest)
    corrected = await reviewer("ListCandidates", correction_state="REQUIRED", page_size=200)
    assert [one.candidate_id for one in corrected.candidates][:1] == [first.candidate_id]
    assert second.candidate_id not in [one.candidate_id for one in corrected.candidates]
    refusal = await refusal_of(reviewer("ListCandidates", correction_state="REFUSED", page_token=page.next_page_token))
    assert refusal.reason == "INVALID_REQUEST"


@pytest.mark.parametrize("reason", ["IMAGE_UNREADABLE", "SEE_NOTE"])
async def test_a_fault_needs_a_reason_of_its_own(world: World, reason: str) -> None:  # EN-4
    candidate = await verified(world)
    assert (await refusal_of(fault(world, candidate, reason))).reason == "FAULT_REQUIRED"


async def test_a_fault_waits_for_the_identity_check(world: World) -> None:  # EN-4, ID-7
    candidate = await world.visitor.register()
    assert (await refusal_of(fault(world, candidate))).reason == "IDENTITY_NOT_SETTLED"
