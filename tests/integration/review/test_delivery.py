"""RE-6: a decision is delivered at least once, whatever dies meanwhile, and each delivery is the same one event."""

from pathlib import Path

import pytest

from chassis.clock import ManualClock
from chassis.errors import RemoteRefusal
from tests.integration.review.conftest import Listener, serving


async def test_a_decision_outlives_the_process_that_took_it(  # RE-6, F-13
    database_url: str, tmp_path: Path, clock: ManualClock
) -> None:
    listener = Listener()
    async with serving(database_url, tmp_path, clock, listener=listener) as review:
        case, reviewer = await review.submitted(), review.reviewer()
        await reviewer.decide(await reviewer.claim(case.case_id))
    assert not listener.decisions(case.case_id)
    async with serving(database_url, tmp_path, clock, listener=listener) as review:
        await review.service.relay.deliver_once()
    assert len(listener.decisions(case.case_id)) == 1


async def test_a_delivery_whose_answer_is_lost_comes_again_as_the_same_event(  # RE-6, F-13
    database_url: str, tmp_path: Path, clock: ManualClock
) -> None:
    listener = Listener()
    listener.forgetful = True
    async with serving(database_url, tmp_path, clock, listener=listener) as review:
        case, reviewer = await review.submitted(), review.reviewer()
        await reviewer.decide(await reviewer.claim(case.case_id))
        with pytest.raises(RemoteRefusal):
            await review.service.relay.deliver_once()
        listener.forgetful = False
        await review.service.relay.deliver_once()
    assert len(listener.decisions(case.case_id)) == 2
    assert len({event.event_id for event in listener.heard if event.aggregate_id == case.case_id}) == 1


async def test_decisions_of_one_case_arrive_in_their_order(  # RE-6
    database_url: str, tmp_path: Path, clock: ManualClock
) -> None:
    async with serving(database_url, tmp_path, clock) as review:
        case, reviewer = await review.submitted(), review.reviewer()
        await reviewer.decide(await reviewer.claim(case.case_id), "REJECTED", "IMAGE_UNREADABLE")
        await review.hand_in(case)
        await review.submit(case)
        await reviewer.decide(await reviewer.claim(case.case_id), "ASKED_AGAIN", "MATERIAL_MISSING")
        await review.hand_in(case)
        await review.submit(case)
        await reviewer.decide(await reviewer.claim(case.case_id))
        await review.service.relay.deliver_once()
        heard = review.listener.decisions(case.case_id)
    assert [one.submission for one in heard] == [1, 2, 3]
    assert [one.submissions_left for one in heard] == [2, 1, 0]
