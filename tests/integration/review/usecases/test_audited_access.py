"""Looks at a case's images and at the person behind it: admitted alike, and each noted (RE-2, RE-3, RE-7)."""

import pytest
from zikao.review.v1 import review_service_pb2 as pb

from tests.integration.review.caller import Caller
from tests.integration.review.conftest import StartReview
from tests.integration.review.running_review import SCHOOL, RunningReview
from tests.support.refusals import refusal_of


async def admit(
    review: RunningReview, case_id: str, reviewer: Caller, seen: str = "PORTRAIT", organisation: str = SCHOOL
) -> str:
    """Identity asks on behalf of a reviewer."""
    request = pb.AdmitLookRequest(case_id=case_id, reviewer_id=reviewer.person_id, organisation=organisation, seen=seen)
    return (await review.identity.call("AdmitLook", request)).candidate_id


@pytest.mark.parametrize("seen", ["PORTRAIT", "PARTICULARS"])
async def test_who_has_the_case_is_admitted_and_each_look_is_noted(review: RunningReview, seen: str) -> None:  # RE-7
    case, reviewer = await review.submitted(), review.reviewer()
    await reviewer.claim(case.case_id)
    assert await admit(review, case.case_id, reviewer, seen) == case.candidate_id
    assert await admit(review, case.case_id, reviewer, seen) == case.candidate_id
    notes = [entry.note for entry in await review.audit_entries(case.case_id)][-2:]
    assert {(note.actor.role, note.actor.organisation, note.candidate_id) for note in notes} == {
        ("REVIEWER", SCHOOL, case.candidate_id)
    }
    assert [(note.action.value, note.actor.actor_id) for note in notes] == [(f"{seen}_VIEWED", reviewer.person_id)] * 2


async def test_nobody_else_is_admitted_and_nothing_is_noted(review: RunningReview) -> None:  # RE-2, RE-3
    case, reviewer, other = await review.submitted(), review.reviewer(), review.reviewer()
    assert (await refusal_of(admit(review, case.case_id, reviewer))).reason == "CASE_NOT_CLAIMED"
    await reviewer.claim(case.case_id)
    assert (await refusal_of(admit(review, case.case_id, other))).reason == "CASE_NOT_CLAIMED"
    assert (
        await refusal_of(admit(review, case.case_id, review.reviewer("10271"), organisation="10271"))
    ).reason == "NOT_FOUND"
    assert (
        await refusal_of(admit(review, case.case_id, review.reviewer("AUTHORITY"), organisation="AUTHORITY"))
    ).reason == "NOT_FOUND"
    viewed = [one for one in await review.audit_entries(case.case_id) if one.note.action.value.endswith("_VIEWED")]
    assert viewed == []


async def test_a_decided_case_shows_its_person_to_its_organisation(review: RunningReview) -> None:  # RE-3
    case, reviewer = await review.submitted(), review.reviewer()
    await reviewer.decide(await reviewer.claim(case.case_id))
    assert await admit(review, case.case_id, review.reviewer()) == case.candidate_id


async def test_the_second_reviewer_sees_the_person_and_the_first_does_not_again(
    start_review: StartReview,
) -> None:  # RE-9
    async with start_review(double_review_share=1.0) as review:
        case, first, second = await review.submitted(), review.reviewer(), review.reviewer()
        await first.decide(await first.claim(case.case_id), "ASKED_AGAIN", "IMAGE_UNREADABLE")
        assert await admit(review, case.case_id, second) == case.candidate_id
        assert (await refusal_of(admit(review, case.case_id, first))).reason == "CASE_NOT_CLAIMED"


async def test_people_do_not_ask_for_themselves(review: RunningReview) -> None:  # RE-7
    case, reviewer = await review.submitted(), review.reviewer()
    await reviewer.claim(case.case_id)
    request = pb.AdmitLookRequest(
        case_id=case.case_id, reviewer_id=reviewer.person_id, organisation=SCHOOL, seen="PORTRAIT"
    )
    assert (await refusal_of(reviewer.call("AdmitLook", request))).reason == "ACCESS_DENIED"


async def test_images_are_seen_by_the_reviewer_who_has_the_case_and_every_look_is_noted(
    review: RunningReview,
) -> None:  # RE-7
    case, reviewer = await review.submitted(), review.reviewer()
    material = case.materials[0]
    look = pb.GetMaterialRequest(case_id=case.case_id, material_id=material.material_id)
    assert (await refusal_of(reviewer.call("GetMaterial", look))).reason == "CASE_NOT_CLAIMED"
    await reviewer.claim(case.case_id)
    await reviewer.call("GetMaterial", look)
    entries = await review.audit_entries(case.case_id)
    assert [(entry.note.action.value, entry.note.actor.actor_id) for entry in entries][-1] == (
        "MATERIAL_VIEWED",
        reviewer.person_id,
    )


async def test_the_candidates_own_look_is_noted_too(review: RunningReview) -> None:  # RE-7
    case = await review.submitted()
    look = pb.GetMaterialRequest(case_id=case.case_id, material_id=case.materials[0].material_id)
    await review.candidate(case.candidate_id).call("GetMaterial", look)
    last = (await review.audit_entries(case.case_id))[-1].note
    assert (last.action.value, last.actor.actor_id, last.facts["material_id"]) == (
        "MATERIAL_VIEWED",
        case.candidate_id,
        look.material_id,
    )
    assert (last.object_id, last.candidate_id) == (case.case_id, case.candidate_id)


async def test_an_image_is_not_reached_through_another_case(review: RunningReview) -> None:  # RE-3
    case, other = await review.submitted(), await review.submitted()
    reviewer = review.reviewer()
    await reviewer.claim(other.case_id)
    material_id = case.materials[0].material_id
    assert (await refusal_of(reviewer.get_material(other.case_id, material_id))).reason == "NOT_FOUND"
    assert (
        await refusal_of(review.candidate(other.candidate_id).get_material(case.case_id, material_id))
    ).reason == "NOT_FOUND"


async def test_images_of_a_case_asked_for_again_are_seen_by_the_second_reviewer(
    sampling_review: RunningReview,
) -> None:  # RE-9
    first, second = sampling_review.reviewer(), sampling_review.reviewer()
    case = await sampling_review.submitted()
    await first.decide(await first.claim(case.case_id), "ASKED_AGAIN", "IMAGE_UNREADABLE")
    look = pb.GetMaterialRequest(case_id=case.case_id, material_id=case.materials[0].material_id)
    assert (await second.call("GetMaterial", look)).data
    assert (await refusal_of(first.call("GetMaterial", look))).reason == "CASE_NOT_CLAIMED"
    assert (await second.judge_again(case, "REJECTED", "IMAGE_UNREADABLE")).agreed is False
    assert (await refusal_of(second.call("GetMaterial", look))).reason == "CASE_NOT_CLAIMED"
