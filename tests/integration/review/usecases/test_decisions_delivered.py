"""A decision reaches whoever carries it out at least once, whatever dies, each delivery the same one event (RE-6)."""

import pytest
from zikao.review.v1 import events_pb2, resources_pb2

from chassis.errors import Refusal
from services.review.domain.case_kinds import CaseKind
from tests.integration.review.conftest import StartReview
from tests.integration.review.running_review import RunningReview, owner_of
from tests.support.event_listener import EventListener

TO_IDENTITY = {"IDENTITY_PROOF", "DOCUMENT_TYPE", "DETAILS", "PHONE_CHANGE"}


@pytest.mark.parametrize("kind", CaseKind)
async def test_a_decision_reaches_whoever_carries_it_out_and_nobody_else(  # RE-1, RE-6
    start_review: StartReview, kind: CaseKind
) -> None:
    identity, enrollment = EventListener(), EventListener()
    async with start_review(listener=identity, enrollment=enrollment) as review:
        case, reviewer = await review.submitted_of_kind(kind), review.reviewer(owner_of(kind))
        await reviewer.decide(await reviewer.claim(case.case_id), "REJECTED", "CONDITION_NOT_MET")
        await review.service.relay.deliver_once()
    receiver, other = (identity, enrollment) if kind.value in TO_IDENTITY else (enrollment, identity)
    (heard,) = receiver.told_of(case.case_id, events_pb2.CaseDecided)
    assert (heard.subject_id, heard.candidate_id) == (case.subject_id, case.candidate_id)
    assert (heard.reason, heard.submissions_left) == (resources_pb2.CONDITION_NOT_MET, 2)
    assert not other.told_of(case.case_id, events_pb2.CaseDecided)


async def test_a_decision_is_delivered_after_the_receiver_was_away_and_once(
    review: RunningReview,
) -> None:  # RE-6, F-13
    case, reviewer = await review.submitted(), review.reviewer()
    review.listener.deaf = True
    await reviewer.decide(await reviewer.claim(case.case_id))
    with pytest.raises(Refusal):
        await review.service.relay.deliver_once()
    assert not review.decisions_heard(case.case_id)
    review.listener.deaf = False
    await review.service.relay.deliver_once()
    await review.service.relay.deliver_once()
    (heard,) = review.decisions_heard(case.case_id)
    assert (heard.submission, heard.decision) == (1, resources_pb2.Decision.APPROVED)


async def test_a_decision_outlives_the_process_that_took_it(start_review: StartReview) -> None:  # RE-6, F-13
    listener = EventListener()
    async with start_review(listener=listener) as review:
        case, reviewer = await review.submitted(), review.reviewer()
        await reviewer.decide(await reviewer.claim(case.case_id))
    assert not listener.told_of(case.case_id, events_pb2.CaseDecided)
    async with start_review(listener=listener) as review:
        await review.service.relay.deliver_once()
    assert len(listener.told_of(case.case_id, events_pb2.CaseDecided)) == 1


async def test_a_delivery_whose_answer_is_lost_comes_again_as_the_same_event(  # RE-6, F-13
    start_review: StartReview,
) -> None:
    listener = EventListener()
    listener.forgetful = True
    async with start_review(listener=listener) as review:
        case, reviewer = await review.submitted(), review.reviewer()
        await reviewer.decide(await reviewer.claim(case.case_id))
        with pytest.raises(Refusal):
            await review.service.relay.deliver_once()
        listener.forgetful = False
        await review.service.relay.deliver_once()
    assert len(listener.told_of(case.case_id, events_pb2.CaseDecided)) == 2
    assert len({event.event_id for event in listener.heard if event.aggregate_id == case.case_id}) == 1


async def test_decisions_of_one_case_arrive_in_their_order(start_review: StartReview) -> None:  # RE-6
    async with start_review() as review:
        case, reviewer = await review.submitted(), review.reviewer()
        await reviewer.decide(await reviewer.claim(case.case_id), "REJECTED", "IMAGE_UNREADABLE")
        await review.hand_in(case)
        await review.submit(case)
        await reviewer.decide(await reviewer.claim(case.case_id), "ASKED_AGAIN", "MATERIAL_MISSING")
        await review.hand_in(case)
        await review.submit(case)
        await reviewer.decide(await reviewer.claim(case.case_id))
        await review.service.relay.deliver_once()
        heard = review.decisions_heard(case.case_id)
    assert [one.submission for one in heard] == [1, 2, 3]
    assert [one.submissions_left for one in heard] == [2, 1, 0]
