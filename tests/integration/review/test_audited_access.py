"""Looks at the person behind a case: admitted as looks at its images are, and noted (RE-2, RE-3, RE-7)."""

from pathlib import Path

import pytest
from zikao.review.v1 import review_service_pb2 as pb

from chassis.clock import ManualClock
from chassis.ids import new_id
from tests.integration.review.conftest import SCHOOL, Person, Review, serving
from tests.integration.review.refusals import refused
from tests.integration.review.test_claims_and_decisions import entries_of


async def admit(
    review: Review, case_id: str, reviewer: Person, seen: str = "PORTRAIT", organisation: str = SCHOOL
) -> str:
    """Identity asks on behalf of a reviewer."""
    request = pb.AdmitLookRequest(case_id=case_id, reviewer_id=reviewer.person_id, organisation=organisation, seen=seen)
    return (await review.identity.call("AdmitLook", request)).candidate_id


@pytest.mark.parametrize("seen", ["PORTRAIT", "PARTICULARS"])
async def test_who_has_the_case_is_admitted_and_each_look_is_noted(review: Review, seen: str) -> None:  # RE-7
    case, reviewer = await review.submitted(), review.reviewer()
    await reviewer.claim(case.case_id)
    assert await admit(review, case.case_id, reviewer, seen) == case.candidate_id
    assert await admit(review, case.case_id, reviewer, seen) == case.candidate_id
    notes = [entry.note for entry in await entries_of(review, case.case_id)][-2:]
    assert [(note.action.value, note.actor_id) for note in notes] == [(f"{seen}_VIEWED", reviewer.person_id)] * 2


async def test_nobody_else_is_admitted_and_nothing_is_noted(review: Review) -> None:  # RE-2, RE-3
    case, reviewer, other = await review.submitted(), review.reviewer(), review.reviewer()
    await refused(admit(review, case.case_id, reviewer), "CASE_NOT_CLAIMED")
    await reviewer.claim(case.case_id)
    await refused(admit(review, case.case_id, other), "CASE_NOT_CLAIMED")
    await refused(admit(review, case.case_id, review.reviewer("10271"), organisation="10271"), "NOT_FOUND")
    await refused(admit(review, case.case_id, review.reviewer("AUTHORITY"), organisation="AUTHORITY"), "NOT_FOUND")
    viewed = [one for one in await entries_of(review, case.case_id) if one.note.action.value.endswith("_VIEWED")]
    assert viewed == []


async def test_a_decided_case_shows_its_person_to_its_organisation(review: Review) -> None:  # RE-3
    case, reviewer = await review.submitted(), review.reviewer()
    await reviewer.decide(await reviewer.claim(case.case_id))
    assert await admit(review, case.case_id, review.reviewer()) == case.candidate_id


async def test_the_second_reviewer_sees_the_person_and_the_first_does_not_again(
    database_url: str, tmp_path: Path, clock: ManualClock
) -> None:  # RE-9
    async with serving(database_url, tmp_path, clock, double_review_share=1.0) as review:
        case, first, second = await review.submitted(), review.reviewer(), review.reviewer()
        await first.decide(await first.claim(case.case_id), "ASKED_AGAIN", "IMAGE_UNREADABLE")
        assert await admit(review, case.case_id, second) == case.candidate_id
        await refused(admit(review, case.case_id, first), "CASE_NOT_CLAIMED")


async def test_people_do_not_ask_for_themselves(review: Review) -> None:  # RE-7
    case, reviewer = await review.submitted(), review.reviewer()
    await reviewer.claim(case.case_id)
    request = pb.AdmitLookRequest(
        case_id=case.case_id, reviewer_id=reviewer.person_id, organisation=SCHOOL, seen="PORTRAIT"
    )
    await refused(reviewer.call("AdmitLook", request), "ACCESS_DENIED")


async def test_a_look_outside_a_case_is_noted_with_whom_it_was_at(review: Review) -> None:  # RE-7, EN-4
    reviewer, candidate_id = review.reviewer(), new_id()
    await review.identity.call("NoteLook", pb.NoteLookRequest(candidate_id=candidate_id, viewer_id=reviewer.person_id))
    note = (await entries_of(review, ""))[-1].note
    assert (note.action.value, note.actor_id, note.case_id) == ("PORTRAIT_VIEWED", reviewer.person_id, "")
    assert note.facts == {"candidate_id": candidate_id}
