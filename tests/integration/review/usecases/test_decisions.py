"""Cases are claimed, released and decided, and of those who race one wins (RE-4, F-14)."""

from datetime import timedelta

from zikao.review.v1 import resources_pb2
from zikao.review.v1 import review_service_pb2 as pb

from chassis.errors import Refusal
from tests.integration.review.running_review import RunningReview
from tests.support.refusals import race, refusal_of


async def test_of_two_reviewers_who_claim_one_case_one_has_it(review: RunningReview) -> None:  # RE-4, F-14
    case = await review.submitted()
    outcomes = await race(*(review.reviewer().claim(case.case_id) for _ in range(8)))
    won = [one for one in outcomes if isinstance(one, resources_pb2.Case)]
    lost = {one.reason for one in outcomes if isinstance(one, Refusal)}
    assert (len(won), lost) == (1, {"CASE_CLAIMED"})


async def test_a_lapsed_claim_goes_to_the_next_reviewer(review: RunningReview) -> None:  # RE-4
    case, slow, quick = await review.submitted(), review.reviewer(), review.reviewer()
    held = await slow.claim(case.case_id)
    review.clock.advance(timedelta(minutes=30))
    taken = await quick.claim(case.case_id)
    assert (await refusal_of(slow.decide(held))).reason == "CASE_CLAIMED"
    assert (await quick.decide(taken)).state == resources_pb2.Case.APPROVED


async def test_of_two_decisions_at_once_one_stands(review: RunningReview) -> None:  # RE-4, F-14, invariant 5
    case, reviewer = await review.submitted(), review.reviewer()
    held = await reviewer.claim(case.case_id)
    outcomes = await race(
        reviewer.decide(held),
        reviewer.decide(held, "REJECTED", "IMAGE_UNREADABLE"),
        reviewer.decide(held, "ASKED_AGAIN", "MATERIAL_MISSING"),
    )
    assert sum(isinstance(one, resources_pb2.Case) for one in outcomes) == 1
    known = await reviewer.call("GetCase", pb.GetCaseRequest(case_id=case.case_id))
    assert len(known.decisions) == 1


async def test_a_decision_whose_answer_was_lost_can_be_sent_again(review: RunningReview) -> None:  # RE-4, F-13
    case, reviewer = await review.submitted(), review.reviewer()
    held = await reviewer.claim(case.case_id)
    first = await reviewer.decide(held, "REJECTED", "IMAGE_UNREADABLE")
    assert await reviewer.decide(held, "REJECTED", "IMAGE_UNREADABLE") == first
    assert (await refusal_of(reviewer.decide(held))).reason == "CASE_NOT_CLAIMED"
    assert (
        await refusal_of(review.reviewer().decide(held, "REJECTED", "IMAGE_UNREADABLE"))
    ).reason == "CASE_NOT_CLAIMED"
    await review.service.relay.deliver_once()
    assert len(review.decisions_heard(case.case_id)) == 1


async def test_a_released_case_is_the_next_reviewers(review: RunningReview) -> None:  # RE-4
    case, first, second = (
        await review.submitted(organisation="10248"),
        review.reviewer("10248"),
        review.reviewer("10248"),
    )
    await first.claim(case.case_id)
    mine = await first.call("ListCases", pb.ListCasesRequest(mine=True))
    assert [one.case_id for one in mine.cases] == [case.case_id]
    assert not (await second.call("ListCases", pb.ListCasesRequest(state="WAITING"))).cases
    release = pb.ReleaseCaseRequest(case_id=case.case_id)
    assert (await second.call("ReleaseCase", release)).state == resources_pb2.Case.CLAIMED
    assert (await first.call("ReleaseCase", release)).state == resources_pb2.Case.WAITING
    assert (await second.claim(case.case_id)).claimed_by == second.person_id
