"""Sampled decisions are judged again by somebody else, without seeing the first verdict (RE-9)."""

from zikao.review.v1 import resources_pb2
from zikao.review.v1 import review_service_pb2 as pb

from tests.integration.review.caller import Caller
from tests.integration.review.running_review import RunningReview
from tests.support.refusals import race, refusal_of


async def sampled(reviewer: Caller) -> list[str]:
    found = await reviewer.call("ListSecondReviews", pb.ListSecondReviewsRequest())
    return [one.case_id for one in found.second_reviews]


async def test_the_sample_waits_for_everybody_but_who_decided(sampling_review: RunningReview) -> None:  # RE-9, RE-2
    first, second, stranger = (
        sampling_review.reviewer("10271"),
        sampling_review.reviewer("10271"),
        sampling_review.reviewer("10280"),
    )
    case = await sampling_review.approved(first, "10271")
    assert [await sampled(one) for one in (first, second, stranger)] == [[], [case.case_id], []]
    own = pb.GetSecondReviewRequest(case_id=case.case_id, submission=1)
    for one in (first, stranger):
        assert (await refusal_of(one.call("GetSecondReview", own))).reason == "NOT_FOUND"
        assert (await refusal_of(one.judge_again(case))).reason == "NOT_FOUND"


async def test_the_second_reviewer_sees_the_images_and_not_the_verdict(sampling_review: RunningReview) -> None:  # RE-9
    case, second = await sampling_review.approved(sampling_review.reviewer()), sampling_review.reviewer()
    request = pb.GetSecondReviewRequest(case_id=case.case_id, submission=1)
    shown = await second.call("GetSecondReview", request)
    assert (shown.display_name, len(shown.materials), shown.HasField("decision")) == ("王晓岚", 1, False)
    look = pb.GetMaterialRequest(case_id=case.case_id, material_id=shown.materials[0].material_id)
    assert (await second.call("GetMaterial", look)).data


async def test_a_second_judgement_is_given_once_and_changes_nothing_for_the_candidate(
    sampling_review: RunningReview,
) -> None:  # RE-9, RE-6
    case = await sampling_review.approved(sampling_review.reviewer())
    await sampling_review.service.relay.deliver_once()
    rivals = [sampling_review.reviewer() for _ in range(4)]
    outcomes = await race(*(one.judge_again(case, "REJECTED", "PERSON_MISMATCH") for one in rivals))
    given = [one for one in outcomes if isinstance(one, resources_pb2.SecondReview)]
    refusals = {one.reason for one in outcomes if not isinstance(one, resources_pb2.SecondReview)}
    assert (len(given), given[0].agreed, refusals) == (1, False, {"SECOND_REVIEW_GIVEN"})
    winner = next(one for one, outcome in zip(rivals, outcomes, strict=True) if outcome is given[0])
    assert await winner.judge_again(case, "REJECTED", "PERSON_MISMATCH") == given[0]
    assert (await refusal_of(winner.judge_again(case))).reason == "SECOND_REVIEW_GIVEN"
    await sampling_review.service.relay.deliver_once()
    assert len(sampling_review.decisions_heard(case.case_id)) == 1
    seen = await sampling_review.candidate(case.candidate_id).call("GetCase", pb.GetCaseRequest(case_id=case.case_id))
    assert (seen.state, len(seen.decisions), seen.double_review) == (resources_pb2.Case.APPROVED, 1, False)


async def test_a_second_judgement_needs_its_reason_too(sampling_review: RunningReview) -> None:  # RE-9, RE-4
    case = await sampling_review.approved(sampling_review.reviewer())
    assert (await refusal_of(sampling_review.reviewer().judge_again(case, "REJECTED"))).reason == "REASON_REQUIRED"
