"""The person beside the proofs: what the reviewer of a case sees of its candidate (RE-3, RE-7)."""

import pytest
from zikao.review.v1.review_service_pb2 import AdmitLookRequest

from chassis.ids import new_id
from tests.integration.identity import people
from tests.integration.identity.callers import Caller
from tests.integration.identity.neighbours import Neighbours
from tests.integration.identity.world import World
from tests.support.refusals import refusal_of


async def candidate_with_case(world: World, reviewer: Caller) -> tuple[Caller, str]:
    """A candidate with details, phone and portrait, and a case that the reviewer has."""
    candidate, case_id = await world.visitor.register(), new_id()
    details = people.DETAILS.__class__(home_phone="+862155551234")
    details.MergeFrom(people.DETAILS)
    await candidate("UpdateDetails", candidate_id="me", details=details)
    await candidate.upload()
    world.neighbours.open_to[(case_id, reviewer.subject_id)] = candidate.candidate_id
    return candidate, case_id


async def test_the_reviewer_of_a_case_sees_the_portrait_and_review_hears_of_it(
    world: World, neighbours: Neighbours
) -> None:  # RE-7
    reviewer = world.reviewer()
    candidate, case_id = await candidate_with_case(world, reviewer)
    seen = await reviewer("GetCasePortrait", case_id=case_id)
    assert seen == await candidate("GetPortrait", candidate_id="me")
    assert neighbours.looks == [
        AdmitLookRequest(
            case_id=case_id, reviewer_id=reviewer.subject_id, organisation=people.SCHOOL, seen=AdmitLookRequest.PORTRAIT
        )
    ]


async def test_the_reviewer_of_a_case_reads_what_the_document_must_show_and_no_phone(
    world: World, neighbours: Neighbours
) -> None:  # RE-7
    reviewer = world.reviewer()
    candidate, case_id = await candidate_with_case(world, reviewer)
    own, seen = await candidate.account(), await reviewer("GetCaseCandidate", case_id=case_id)
    assert (seen.document_type, seen.document_number, seen.display_name) == (
        own.document_type,
        own.document_number,
        own.display_name,
    )
    assert (seen.details.ethnicity, seen.details.birth_date) == (own.details.ethnicity, own.details.birth_date)
    hidden = (own.details.email, own.details.home_phone)
    assert not [one for one in hidden if not one or one in str(seen)]
    assert [look.seen for look in neighbours.looks] == [AdmitLookRequest.PARTICULARS]


@pytest.mark.parametrize("rpc", ["GetCasePortrait", "GetCaseCandidate"])
async def test_what_review_does_not_admit_is_not_shown(world: World, neighbours: Neighbours, rpc: str) -> None:  # RE-2
    reviewer, stranger = world.reviewer(), world.reviewer("10246")
    _, case_id = await candidate_with_case(world, reviewer)
    assert (await refusal_of(stranger(rpc, case_id=case_id))).code.name == "FAILED_PRECONDITION"
    neighbours.away = True
    assert (await refusal_of(reviewer(rpc, case_id=case_id))).code.name == "UNAVAILABLE"


@pytest.mark.parametrize("rpc", ["GetCasePortrait", "GetCaseCandidate"])
async def test_candidates_and_operators_have_no_such_view(world: World, rpc: str) -> None:  # RE-2
    for caller in (await world.visitor.register(), await world.operator()):
        assert (await refusal_of(caller(rpc, case_id=new_id()))).reason == "ACCESS_DENIED"


async def test_a_case_whose_candidate_has_no_portrait_shows_none(world: World, neighbours: Neighbours) -> None:
    reviewer, candidate, case_id = world.reviewer(), await world.visitor.register(), new_id()
    neighbours.open_to[(case_id, reviewer.subject_id)] = candidate.candidate_id
    assert (await refusal_of(reviewer("GetCasePortrait", case_id=case_id))).reason == "NOT_FOUND"
