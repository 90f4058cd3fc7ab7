"""What ends before its school has reviewed it is withdrawn from the school's queue (EN-10, RE-4)."""

import pytest
from zikao.review.v1 import review_service_pb2

from services.enrollment.domain.selections import SelectionState
from services.enrollment.usecases import selections
from services.enrollment.usecases.administration import session_end
from tests.integration.enrollment.exam_sessions import publish

REVIEWED = ("10247", "080901")
THEORY, PRACTICE = "13013", "13014"
STAFF_THEORY = "14104"


async def withdrawn(db, case_id: str) -> list[str]:
    """The cases that review is asked to withdraw, under this one's aggregate."""
    noted = "SELECT payload FROM outbox WHERE destination = 'review.WithdrawCase' AND aggregate_id = $1"
    rows = await db.driver.fetch(noted, case_id)
    return [review_service_pb2.WithdrawCaseRequest.FromString(row["payload"]).case_id for row in rows]


@pytest.fixture
async def session(deps, files, clock):
    return await publish(deps, files, clock)


async def test_taking_a_course_back_withdraws_its_case_once(session, deps, db) -> None:  # EN-10
    who = await session.candidate(REVIEWED, passed=[THEORY])
    held = await session.select(who, PRACTICE)
    for _ in range(2):
        taken = await selections.take_back_selection(deps, who.candidate_id, held.selection_id)
        assert taken.selection.state is SelectionState.VOID
    assert await withdrawn(db, held.review_case_id) == [held.review_case_id]


async def test_swapping_a_course_withdraws_the_old_ones_case(session, deps, db) -> None:  # EN-10, EN-12
    who = await session.candidate(REVIEWED, passed=[THEORY, "13003"])
    held = await session.select(who, PRACTICE)
    registration_id = who.registrations[0].registration_id
    new = await selections.swap_selection(deps, who.candidate_id, held.selection_id, registration_id, "13004")
    assert new.selection.state is SelectionState.UNDER_REVIEW
    assert await withdrawn(db, held.review_case_id) == [held.review_case_id]
    assert await withdrawn(db, new.selection.review_case_id) == []


@pytest.mark.parametrize("how", ["closed", "cancelled"])
async def test_the_end_of_a_session_withdraws_what_is_still_under_review(session, deps, db, how: str) -> None:
    # EN-8, PA-12
    who = await session.candidate(REVIEWED, passed=[THEORY])
    other = await session.candidate()
    held, draft = await session.select(who, PRACTICE), await session.select(other, STAFF_THEORY)
    for _ in range(2):
        if how == "closed":
            session.ends()
            await session_end.close_registration(deps, session.session_id)
        else:
            await session_end.cancel_session(deps, session.session_id, "台风", "")
    assert (await session.state_of(held))[0] is (await session.state_of(draft))[0] is SelectionState.VOID
    assert await withdrawn(db, held.review_case_id) == [held.review_case_id]
