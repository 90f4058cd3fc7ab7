"""A case asks for named images, and is handed in when they are there (RE-10)."""

from pathlib import Path

from google.api.httpbody_pb2 import HttpBody
from zikao.review.v1 import resources_pb2
from zikao.review.v1 import review_service_pb2 as pb

from services.review.domain.case_kinds import CaseKind
from tests.integration.review.image_files import picture
from tests.integration.review.running_review import SCHOOL, RunningReview
from tests.support.refusals import race, refusal_of

Case = resources_pb2.Case


def proof(required_image_id: str, name_zh: str, kind: str, group: str = "") -> resources_pb2.RequiredImage:
    return resources_pb2.RequiredImage(
        required_image_id=required_image_id, kind=kind, name_zh=name_zh, alternative_group=group
    )


NURSING = (
    proof("PROOF_CERTIFICATE", "毕业证书", "CERTIFICATE"),
    proof("PROOF_EMPLOYMENT_PROOF", "单位介绍信", "EMPLOYMENT_PROOF", "B"),
    proof("PROOF_EMPLOYMENT_PROOF_2", "劳动合同", "EMPLOYMENT_PROOF", "B"),
)


async def seen_by_candidate(review: RunningReview, case: Case) -> Case:
    return await review.candidate(case.candidate_id).call("GetCase", pb.GetCaseRequest(case_id=case.case_id))


async def remove(review: RunningReview, case: Case, material_id: str) -> Case:
    request = pb.RemoveMaterialRequest(case_id=case.case_id, material_id=material_id)
    return await review.candidate(case.candidate_id).call("RemoveMaterial", request)


async def test_an_identity_case_names_its_images_before_the_first_upload(review: RunningReview) -> None:  # RE-10
    case = await seen_by_candidate(review, await review.opened(required_images=()))
    asked = [one.required_image_id for one in case.required_images]
    assert asked == ["DOCUMENT_FRONT", "DOCUMENT_BACK", "HOLDING_DOCUMENT", "OTHER"]
    assert list(case.missing_image_ids) == asked[:-1]
    assert all(one.name_zh and one.explanation_zh and one.name_en for one in case.required_images)


async def test_a_special_major_asks_for_what_it_was_opened_with(review: RunningReview) -> None:  # RE-10, EN-4
    case = await review.opened(kind="SPECIAL_MAJOR", required_images=NURSING)
    refused = await refusal_of(review.hand_in(case, kind="DOCUMENT_FRONT"))
    assert refused.reason == "IMAGE_NOT_ASKED_FOR"
    await review.hand_in(case, kind="PROOF_CERTIFICATE")
    refused = await refusal_of(review.submit(case))
    assert (refused.reason, [one.subject for one in refused.unmet]) == (
        "MATERIALS_MISSING",
        ["PROOF_EMPLOYMENT_PROOF", "PROOF_EMPLOYMENT_PROOF_2"],
    )
    await review.hand_in(case, kind="PROOF_EMPLOYMENT_PROOF_2")
    waiting = await review.submit(case)
    claimed = await review.reviewer().claim(waiting.case_id)
    names = {one.required_image_id: one.name_zh for one in claimed.required_images}
    assert [names[one.required_image_id] for one in claimed.materials] == ["毕业证书", "劳动合同"]


async def test_a_new_image_takes_the_place_of_the_one_before_until_it_is_handed_in(  # RE-10
    review: RunningReview, tmp_path: Path
) -> None:
    case = await review.opened()
    first, second = await review.hand_in(case), await review.hand_in(case)
    known = await seen_by_candidate(review, case)
    assert [one.material_id for one in known.materials] == [second.material_id] != [first.material_id]
    assert len([file for file in (tmp_path / "blobs").rglob("*") if file.is_file()]) == 1
    reviewer = review.reviewer()
    await review.submit(case)
    await reviewer.decide(await reviewer.claim(case.case_id), "REJECTED", "IMAGE_UNREADABLE")
    await review.hand_in(case)
    known = await seen_by_candidate(review, case)
    assert [one.submission for one in known.materials] == [1, 2]  # what was decided on stays


async def test_of_anything_further_there_may_be_several(review: RunningReview) -> None:  # RE-10
    case = await review.opened()
    for _ in range(2):
        await review.hand_in(case, kind="OTHER")
    assert len((await seen_by_candidate(review, case)).materials) == 2


async def test_an_image_is_removed_until_it_is_handed_in(review: RunningReview, tmp_path: Path) -> None:  # RE-10, RE-7
    case = await review.opened()
    material = await review.hand_in(case)
    assert not (await remove(review, case, material.material_id)).materials
    assert list((await remove(review, case, material.material_id)).missing_image_ids) == ["DOCUMENT_FRONT"]
    assert not [file for file in (tmp_path / "blobs").rglob("*") if file.is_file()]
    actions = [entry.note.action.value for entry in await review.audit_entries(case.case_id)]
    assert actions.count("MATERIAL_REMOVED") == 1
    material = await review.hand_in(case)
    somebody = pb.RemoveMaterialRequest(case_id=case.case_id, material_id=material.material_id)
    assert (await refusal_of(review.candidate(case.case_id).call("RemoveMaterial", somebody))).reason == "NOT_FOUND"
    await review.submit(case)
    assert (await refusal_of(remove(review, case, material.material_id))).reason == "CASE_NOT_COLLECTING"
    reviewer = review.reviewer()
    await reviewer.decide(await reviewer.claim(case.case_id), "ASKED_AGAIN", "MATERIAL_MISSING")
    assert (await refusal_of(remove(review, case, material.material_id))).reason == "MATERIAL_SUBMITTED"


async def test_the_portrait_of_a_correction_is_not_the_candidates_to_remove(review: RunningReview) -> None:
    # RE-10, EN-4
    case = await review.opened(kind="DETAILS", required_images=())
    portrait = await review.hand_in(case, kind="PORTRAIT")
    assert (await refusal_of(remove(review, case, portrait.material_id))).reason == "SUBMIT_WITH_CORRECTION"


async def test_an_image_seen_with_another_person_is_forgotten_when_it_is_removed(  # RE-8, RE-10
    review: RunningReview,
) -> None:
    shared = picture(7)
    mine, theirs = await review.opened(), await review.opened()
    material = await review.hand_in(mine, shared)
    await review.hand_in(theirs, shared)
    await remove(review, mine, material.material_id)
    claimed = await review.reviewer().claim((await review.submit(theirs)).case_id)
    assert not claimed.materials[0].duplicates


async def test_a_removal_and_the_submission_at_once_never_leave_a_case_incomplete(  # RE-10, F-14
    review: RunningReview,
) -> None:
    for _ in range(6):
        case = await review.opened()
        material = await review.hand_in(case)
        await race(review.submit(case), remove(review, case, material.material_id))
        known = await seen_by_candidate(review, case)
        assert (known.state == Case.WAITING) == bool(known.materials)


async def test_an_operator_reopens_a_case_after_its_last_rejection_with_a_reason(  # RE-10, RE-5, RE-11
    review: RunningReview,
) -> None:
    case, reviewer = await review.opened(), review.reviewer()
    reopen = pb.ReopenCaseRequest(case_id=case.case_id, reason="考生已到校核验原件")
    for _ in range(3):
        await review.hand_in(case)
        await review.submit(case)
        assert (await refusal_of(review.operator.call("ReopenCase", reopen))).reason == "CASE_NOT_EXHAUSTED"
        await reviewer.decide(await reviewer.claim(case.case_id), "REJECTED", "PERSON_MISMATCH")
    listed = (await review.operator.call("ListExhaustedCases", pb.ListExhaustedCasesRequest())).cases
    assert case.case_id in [one.case_id for one in listed]
    assert {one.display_name for one in listed} == {""}
    assert (await refusal_of(reviewer.call("ReopenCase", reopen))).reason == "ACCESS_DENIED"
    reopened = await review.operator.call("ReopenCase", reopen)
    assert (reopened.state, reopened.submissions_left) == (Case.COLLECTING, 1)
    await review.hand_in(case)
    assert (await review.submit(case)).submission == 4
    approved = await reviewer.decide(await reviewer.claim(case.case_id))
    assert approved.state == Case.APPROVED
    (noted,) = [
        one.note for one in await review.audit_entries(case.case_id) if one.note.action.value == "CASE_REOPENED"
    ]
    assert (noted.reason, noted.actor.role) == ("考生已到校核验原件", "OPERATOR")


async def test_a_list_tells_cases_apart_without_telling_who_it_is(review: RunningReview) -> None:  # RE-4, ID-19
    await review.submitted(organisation="10251")
    (row,) = (await review.reviewer("10251").call("ListCases", pb.ListCasesRequest())).cases
    assert (row.display_name, row.masked_document_number, len(row.required_images)) == ("王**", "", 0)


async def test_every_kind_of_case_can_be_completed(review: RunningReview) -> None:  # RE-10, RE-1
    for kind in CaseKind:
        case = await review.submitted_of_kind(kind)
        assert (case.state, list(case.missing_image_ids)) == (Case.WAITING, [])


async def test_uploads_name_an_image_by_its_id_alone(review: RunningReview) -> None:  # RE-10
    case = await review.opened(organisation=SCHOOL)
    body = HttpBody(content_type="image/jpeg", data=picture(3))
    request = pb.AddMaterialRequest(case_id=case.case_id, required_image_id="front", image=body)
    refused = await refusal_of(review.candidate(case.candidate_id).call("AddMaterial", request))
    assert refused.reason == "INVALID_REQUEST"
