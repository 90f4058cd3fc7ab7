"""Cases are opened, filled and put into the queue, three times at most (RE-2, RE-4, RE-5)."""

import pytest
from google.api.httpbody_pb2 import HttpBody
from zikao.review.v1 import resources_pb2
from zikao.review.v1 import review_service_pb2 as pb

from chassis.errors import Refusal
from services.review.domain.case_kinds import CaseKind
from tests.integration.review.image_files import photo, picture
from tests.integration.review.running_review import AUTHORITY, SCHOOL, RunningReview
from tests.support.refusals import race, refusal_of


@pytest.mark.parametrize("kind", CaseKind)
async def test_a_case_of_the_wrong_owner_is_not_opened(review: RunningReview, kind: CaseKind) -> None:  # RE-2
    wrong = SCHOOL if kind is CaseKind.PHONE_CHANGE else AUTHORITY
    assert (await refusal_of(review.opened(kind=kind.value, organisation=wrong))).reason == "WRONG_OWNER"


async def test_a_correction_is_handed_in_by_identity_alone(review: RunningReview) -> None:  # EN-4
    case = await review.opened(kind="DETAILS", required_images=())
    await review.hand_in(case)
    assert (await refusal_of(review.submit(case))).reason == "SUBMIT_WITH_CORRECTION"
    submit = pb.SubmitCaseRequest(case_id=case.case_id)
    assert (await refusal_of(review.identity.call("SubmitCase", submit))).reason == "MATERIALS_MISSING"
    body = HttpBody(content_type="image/jpeg", data=picture(1))
    own = pb.AddMaterialRequest(case_id=case.case_id, required_image_id="PORTRAIT", image=body)
    assert (
        await refusal_of(review.candidate(case.candidate_id).call("AddMaterial", own))
    ).reason == "SUBMIT_WITH_CORRECTION"
    await review.hand_in(case, kind="PORTRAIT")
    assert (await review.identity.call("SubmitCase", submit)).state == resources_pb2.Case.WAITING


async def test_opening_a_case_twice_opens_it_once(review: RunningReview) -> None:  # RE-6
    case = await review.opened()
    request = pb.OpenCaseRequest(
        case_id=case.case_id,
        kind=case.kind,
        candidate_id=case.candidate_id,
        subject_id=case.subject_id,
        organisation=case.organisation,
    )
    again = await review.identity.call("OpenCase", request)
    assert again == case
    request.subject_id = "00000000-0000-4000-8000-000000000000"
    assert (await refusal_of(review.identity.call("OpenCase", request))).reason == "CASE_ID_REUSED"


async def test_a_rejected_candidate_learns_what_to_do_and_may_hand_in_again(
    review: RunningReview,
) -> None:  # RE-4, RE-5
    case, reviewer = await review.submitted(), review.reviewer()
    await reviewer.decide(await reviewer.claim(case.case_id), "REJECTED", "IMAGE_UNREADABLE")
    seen = await review.candidate(case.candidate_id).call("GetCase", pb.GetCaseRequest(case_id=case.case_id))
    assert seen.decisions[0].next_step_zh
    assert (seen.submissions_left, seen.decisions[0].reviewer_id, seen.claimed_by) == (2, "", "")
    await review.hand_in(case, photo("white"))
    again = await review.candidate(case.candidate_id).call("SubmitCase", pb.SubmitCaseRequest(case_id=case.case_id))
    assert (again.submission, again.state) == (2, resources_pb2.Case.WAITING)


async def test_nothing_is_handed_in_while_somebody_decides(review: RunningReview) -> None:  # F-14
    case = await review.submitted()
    assert (await refusal_of(review.hand_in(case, photo("white")))).reason == "CASE_NOT_COLLECTING"


async def test_an_upload_and_the_submission_at_once_never_change_what_is_decided(review: RunningReview) -> None:  # F-14
    case = await review.opened()
    await review.hand_in(case)
    submission, *uploads = await race(review.submit(case), *(review.hand_in(case) for _ in range(6)))
    assert isinstance(submission, resources_pb2.Case)
    late = {one.reason for one in uploads if isinstance(one, Refusal)}
    assert late <= {"CASE_NOT_COLLECTING"}
    held = await review.reviewer().claim(case.case_id)
    kept = [one for one in uploads if isinstance(one, resources_pb2.Material)]
    assert {one.material_id for one in kept} <= {one.material_id for one in held.materials}
    assert {one.submission for one in held.materials} == {1}


async def test_what_is_handed_in_after_a_decision_belongs_to_the_next_submission(
    review: RunningReview,
) -> None:  # F-14, RE-4
    case, reviewer = await review.submitted(), review.reviewer()
    held = await reviewer.claim(case.case_id)
    assert (await refusal_of(review.hand_in(case))).reason == "CASE_NOT_COLLECTING"
    await reviewer.decide(held, "ASKED_AGAIN", "IMAGE_UNREADABLE")
    assert (await review.hand_in(case)).submission == 2
    stale = review.reviewer()
    assert (await refusal_of(stale.decide(held))).reason == "CASE_NOT_CLAIMED"
    await review.submit(case)
    await stale.claim(case.case_id)
    assert (await refusal_of(stale.decide(held))).reason == "STALE_ETAG"


async def test_the_fourth_submission_is_refused_with_the_reason(review: RunningReview) -> None:  # RE-5
    case, reviewer = await review.submitted(), review.reviewer()
    for number in range(1, 4):
        await reviewer.decide(await reviewer.claim(case.case_id), "REJECTED", "PERSON_MISMATCH")
        if number < 3:
            await review.hand_in(case)
            await review.submit(case)
    assert (await refusal_of(review.hand_in(case))).reason == "SUBMISSIONS_USED_UP"
    assert (await refusal_of(review.submit(case))).reason == "SUBMISSIONS_USED_UP"
    seen = await review.candidate(case.candidate_id).call("GetCase", pb.GetCaseRequest(case_id=case.case_id))
    assert "联系主考学校" in seen.decisions[-1].next_step_zh
    assert [one.next_step_zh == seen.decisions[-1].next_step_zh for one in seen.decisions] == [False, False, True]


async def test_a_phone_change_asks_for_three_images(review: RunningReview) -> None:  # ID-11, RE-2, RE-3
    case = await review.opened(kind="PHONE_CHANGE", organisation="AUTHORITY", required_images=())
    submit = pb.SubmitCaseRequest(case_id=case.case_id)
    for kind in ("DOCUMENT_FRONT", "HOLDING_DOCUMENT"):
        await review.hand_in(case, kind=kind)
    assert (await refusal_of(review.identity.call("SubmitCase", submit))).reason == "MATERIALS_MISSING"
    await review.hand_in(case, kind="DOCUMENT_BACK")
    assert (await review.identity.call("SubmitCase", submit)).state == resources_pb2.Case.WAITING
