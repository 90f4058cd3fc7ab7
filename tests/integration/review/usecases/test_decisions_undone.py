"""A decision takes effect ten seconds after it was made, and can be undone until then (RE-12)."""

from datetime import timedelta

import asyncpg
import pytest
from zikao.review.v1 import resources_pb2
from zikao.review.v1 import review_service_pb2 as pb

from chassis.errors import Refusal
from tests.integration.review.caller import Caller
from tests.integration.review.conftest import StartReview
from tests.integration.review.running_review import RunningReview
from tests.support.event_listener import EventListener
from tests.support.refusals import race, refusal_of

ALMOST, TEN_SECONDS = timedelta(seconds=9), timedelta(seconds=10)
Case = resources_pb2.Case


async def decided(review: RunningReview, reviewer: Caller, verdict: str = "APPROVED", reason: str = "") -> Case:
    """A new case that was decided just now."""
    case = await review.submitted()
    claimed = await reviewer.claim(case.case_id)
    return await reviewer.decide(claimed, verdict, reason or "REASON_UNSPECIFIED")


async def seen_by_candidate(review: RunningReview, case: Case) -> Case:
    return await review.candidate(case.candidate_id).call("GetCase", pb.GetCaseRequest(case_id=case.case_id))


async def test_nobody_hears_of_a_decision_before_it_takes_effect(undoing_review: RunningReview) -> None:  # RE-12, RE-6
    review = undoing_review
    case = await decided(review, review.reviewer(), "REJECTED", "IMAGE_UNREADABLE")
    review.clock.advance(ALMOST)
    await review.service.relay.deliver_once()
    assert not review.decisions_heard(case.case_id)
    known = await seen_by_candidate(review, case)
    assert (known.state, len(known.decisions), known.HasField("effect_time")) == (Case.CLAIMED, 0, False)
    assert (await refusal_of(review.hand_in(case))).reason == "CASE_NOT_COLLECTING"
    review.clock.advance(TEN_SECONDS - ALMOST)
    await review.service.relay.deliver_once()
    assert len(review.decisions_heard(case.case_id)) == 1
    known = await seen_by_candidate(review, case)
    assert (known.state, len(known.decisions)) == (Case.REJECTED, 1)
    await review.hand_in(case)


async def test_undo_gives_the_claim_back_and_both_are_recorded(undoing_review: RunningReview) -> None:  # RE-12, RE-7
    review, reviewer = undoing_review, undoing_review.reviewer()
    case = await decided(review, reviewer, "REJECTED", "PERSON_MISMATCH")
    review.clock.advance(ALMOST)
    back = await reviewer.undo(case)
    assert (back.state, back.claimed_by, len(back.decisions)) == (Case.CLAIMED, reviewer.person_id, 0)
    assert (back.deadline, back.submission) == (case.deadline, 1)
    assert await reviewer.undo(case) == back
    approved = await reviewer.decide(back)
    review.clock.advance(TEN_SECONDS)
    await review.service.relay.deliver_once()
    (heard,) = review.decisions_heard(case.case_id)
    assert (heard.decision, approved.state) == (resources_pb2.Decision.APPROVED, Case.APPROVED)
    actions = [entry.note.action.value for entry in await review.audit_entries(case.case_id)]
    assert [one for one in actions if one.startswith(("CASE_DECIDED", "DECISION"))] == [
        "CASE_DECIDED",
        "DECISION_UNDONE",
        "CASE_DECIDED",
    ]


async def test_after_ten_seconds_there_is_no_undo_nor_ever_for_somebody_else(  # RE-12
    undoing_review: RunningReview,
) -> None:
    review, reviewer = undoing_review, undoing_review.reviewer()
    case = await decided(review, reviewer)
    assert (await refusal_of(review.reviewer().undo(case))).reason == "DECISION_IN_EFFECT"
    assert (await refusal_of(review.reviewer("10246").undo(case))).reason == "NOT_FOUND"
    review.clock.advance(TEN_SECONDS)
    assert (await refusal_of(reviewer.undo(case))).reason == "DECISION_IN_EFFECT"


async def test_what_has_left_the_outbox_is_not_undone_whatever_the_clock_says(  # RE-12, RE-6
    undoing_review: RunningReview, owner_url: str
) -> None:
    review, reviewer = undoing_review, undoing_review.reviewer()
    case = await decided(review, reviewer)
    owner = await asyncpg.connect(owner_url, server_settings={"search_path": "review"})
    await owner.execute("DELETE FROM outbox WHERE aggregate_id = $1", case.case_id)  # by a replica that is ahead
    await owner.close()
    assert (await refusal_of(reviewer.undo(case))).reason == "DECISION_IN_EFFECT"
    known = await reviewer.call("GetCase", pb.GetCaseRequest(case_id=case.case_id))
    assert (known.state, len(known.decisions)) == (Case.APPROVED, 1)


async def test_of_an_undo_and_a_delivery_at_once_one_happens(undoing_review: RunningReview) -> None:  # RE-12, RE-6
    review, reviewer = undoing_review, undoing_review.reviewer()
    for _ in range(6):
        case = await decided(review, reviewer)
        review.clock.advance(ALMOST)

        async def deliver() -> None:
            review.clock.advance(TEN_SECONDS - ALMOST)
            await review.service.relay.deliver_once()

        undone, _ = await race(reviewer.undo(case), deliver())
        await review.service.relay.deliver_once()
        heard = len(review.decisions_heard(case.case_id))
        assert heard == (1 if isinstance(undone, Refusal) else 0)


async def test_a_decision_that_waits_for_its_effect_outlives_the_process(start_review: StartReview) -> None:
    # RE-12, F-13
    listener = EventListener()
    async with start_review(listener=listener, undo_time=TEN_SECONDS) as review:
        case, reviewer = await review.submitted(), review.reviewer()
        made = await reviewer.decide(await reviewer.claim(case.case_id))
    async with start_review(listener=listener, undo_time=TEN_SECONDS) as review:
        await review.service.relay.deliver_once()
        assert not review.decisions_heard(case.case_id)
        back = await review.reviewer(reviewer_id=reviewer.person_id).undo(made)
        assert back.state == Case.CLAIMED
        review.clock.advance(TEN_SECONDS)
        await review.service.relay.deliver_once()
        assert not review.decisions_heard(case.case_id)


async def test_a_second_reviewer_judges_only_what_is_in_effect(start_review: StartReview) -> None:  # RE-12, RE-9
    async with start_review(undo_time=TEN_SECONDS, double_review_share=1.0) as review:
        case = await decided(review, review.reviewer())
        second = review.reviewer()
        assert not (await second.call("ListSecondReviews", pb.ListSecondReviewsRequest())).second_reviews
        assert (await refusal_of(second.judge_again(case))).reason == "NOT_FOUND"
        review.clock.advance(TEN_SECONDS)
        assert (await second.judge_again(case)).agreed


@pytest.mark.parametrize("undo_first", [True, False])
async def test_what_is_withdrawn_meanwhile_is_decided_no_more(  # RE-12, RE-4
    undoing_review: RunningReview, undo_first: bool
) -> None:
    review, reviewer = undoing_review, undoing_review.reviewer()
    case = await decided(review, reviewer)
    if undo_first:
        await reviewer.undo(case)
    await review.enrollment.call("WithdrawCase", pb.WithdrawCaseRequest(case_id=case.case_id))
    assert (await refusal_of(reviewer.undo(case))).reason == "CASE_WITHDRAWN"
