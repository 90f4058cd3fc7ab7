"""RE-1, RE-2, RE-6: every kind of case, whose it is, and who carries its decision out."""

from pathlib import Path

import pytest
from google.api.httpbody_pb2 import HttpBody
from zikao.review.v1 import resources_pb2
from zikao.review.v1 import review_service_pb2 as pb

from chassis.clock import ManualClock
from services.review.domain.cases import CaseKind
from services.review.domain.materials import ASKED_FOR, MaterialKind
from tests.integration.review.conftest import SCHOOL, Listener, Review, picture, serving
from tests.integration.review.refusals import refused

AUTHORITY = "AUTHORITY"
TO_IDENTITY = {"IDENTITY_PROOF", "DOCUMENT_TYPE", "DETAILS", "PHONE_CHANGE"}


def owner_of(kind: CaseKind) -> str:
    return AUTHORITY if kind is CaseKind.PHONE_CHANGE else SCHOOL


async def in_the_queue(review: Review, kind: CaseKind) -> resources_pb2.Case:
    case = await review.opened(kind=kind.value, organisation=owner_of(kind))
    for image in ASKED_FOR.get(kind, {MaterialKind.CERTIFICATE}):
        await review.hand_in(case, kind=image.value)
    return await review.identity.call("SubmitCase", pb.SubmitCaseRequest(case_id=case.case_id))


@pytest.mark.parametrize("kind", CaseKind)
async def test_a_case_is_its_owners_alone(review: Review, kind: CaseKind) -> None:  # RE-1, RE-2
    case = await in_the_queue(review, kind)
    of_kind = pb.ListCasesRequest(kind=kind.value, page_size=200)
    for organisation in (SCHOOL, "10246", AUTHORITY):
        queue = await review.reviewer(organisation).call("ListCases", of_kind)
        listed = case.case_id in [one.case_id for one in queue.cases]
        assert listed is (organisation == owner_of(kind))
        assert all(one.kind == case.kind for one in queue.cases)


@pytest.mark.parametrize("kind", CaseKind)
async def test_a_case_of_the_wrong_owner_is_not_opened(review: Review, kind: CaseKind) -> None:  # RE-2
    wrong = SCHOOL if kind is CaseKind.PHONE_CHANGE else AUTHORITY
    await refused(review.opened(kind=kind.value, organisation=wrong), "WRONG_OWNER")


async def test_the_database_refuses_a_case_of_the_wrong_owner(review: Review, owner_url: str) -> None:  # RE-2
    import asyncpg

    case = await review.opened()
    owner = await asyncpg.connect(owner_url, server_settings={"search_path": "review"})
    with pytest.raises(asyncpg.CheckViolationError, match="cases_owner_check"):
        await owner.execute("UPDATE cases SET organisation = 'AUTHORITY' WHERE case_id = $1", case.case_id)
    await owner.close()


@pytest.mark.parametrize("kind", CaseKind)
async def test_a_decision_reaches_whoever_carries_it_out_and_nobody_else(  # RE-1, RE-6
    database_url: str, tmp_path: Path, clock: ManualClock, kind: CaseKind
) -> None:
    identity, enrollment = Listener(), Listener()
    async with serving(database_url, tmp_path, clock, listener=identity, enrollment=enrollment) as review:
        case, reviewer = await in_the_queue(review, kind), review.reviewer(owner_of(kind))
        await reviewer.decide(await reviewer.claim(case.case_id), "REJECTED", "CONDITION_NOT_MET")
        await review.service.relay.deliver_once()
    receiver, other = (identity, enrollment) if kind.value in TO_IDENTITY else (enrollment, identity)
    (heard,) = receiver.decisions(case.case_id)
    assert (heard.subject_id, heard.candidate_id) == (case.subject_id, case.candidate_id)
    assert (heard.reason, heard.submissions_left) == (resources_pb2.CONDITION_NOT_MET, 2)
    assert not other.decisions(case.case_id)


async def test_a_correction_is_handed_in_by_identity_alone(review: Review) -> None:  # EN-4
    case = await review.opened(kind="DETAILS")
    await review.hand_in(case)
    await refused(review.submit(case), "SUBMIT_WITH_CORRECTION")
    submit = pb.SubmitCaseRequest(case_id=case.case_id)
    await refused(review.identity.call("SubmitCase", submit), "MATERIALS_MISSING")
    body = HttpBody(content_type="image/jpeg", data=picture(1))
    own = pb.AddMaterialRequest(case_id=case.case_id, kind="PORTRAIT", image=body)
    await refused(review.candidate(case.candidate_id).call("AddMaterial", own), "SUBMIT_WITH_CORRECTION")
    await review.hand_in(case, kind="PORTRAIT")
    assert (await review.identity.call("SubmitCase", submit)).state == resources_pb2.Case.WAITING
