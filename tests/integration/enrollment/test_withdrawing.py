"""What ends before its school has reviewed it is withdrawn from the school's desk (EN-10, RE-4)."""

import pytest
from zikao.review.v1 import review_service_pb2

from services.enrollment.domain.selection import SelectionState
from services.enrollment.usecases import closing, selecting
from tests.integration.enrollment.sessions import publish

REVIEWED = ("10247", "080901")
THEORY, PRACTICE = "13013", "13014"
STAFF_THEORY = "14104"


async def withdrawn(db, case_id: str) -> list[str]:
    """The cases that review is asked to withdraw, under this one's aggregate."""
    noted = "SELECT payload FROM outbox WHERE destination = 'review.WithdrawCase' AND aggregate_id = $1"
    rows = await db.driver.fetch(noted, case_id)
    return [review_service_pb2.WithdrawCaseRequest.FromString(row["payload"]).case_id for row in rows]


@pytest.fixture
async def session(ports, files, clock):
    return await publish(ports, files, clock)


async def test_taking_a_course_back_withdraws_its_case_once(session, ports, db) -> None:  # EN-10
    who = await session.candidate(REVIEWED, passed=[THEORY])
    held = await session.select(who, PRACTICE)
    for _ in range(2):
        taken = await selecting.take_back(who.candidate_id, held.selection_id, ports)
        assert taken.selection.state is SelectionState.VOID
    assert await withdrawn(db, held.review_case_id) == [held.review_case_id]


async def test_swapping_a_course_withdraws_the_old_ones_case(session, ports, db) -> None:  # EN-10, EN-12
    who = await session.candidate(REVIEWED, passed=[THEORY, "13003"])
    held = await session.select(who, PRACTICE)
    registration_id = who.registrations[0].registration_id
    new = await selecting.swap(who.candidate_id, held.selection_id, registration_id, "13004", ports)
    assert new.selection.state is SelectionState.UNDER_REVIEW
    assert await withdrawn(db, held.review_case_id) == [held.review_case_id]
    assert await withdrawn(db, new.selection.review_case_id) == []


@pytest.mark.parametrize("how", ["closed", "cancelled"])
async def test_the_end_of_a_session_withdraws_what_is_still_under_review(session, ports, db, how: str) -> None:
    # EN-8, PA-12
    who = await session.candidate(REVIEWED, passed=[THEORY])
    other = await session.candidate()
    held, draft = await session.select(who, PRACTICE), await session.select(other, STAFF_THEORY)
    for _ in range(2):
        if how == "closed":
            session.ends()
            await closing.close_registration(session.session_id, ports)
        else:
            await closing.cancel_session(session.session_id, "台风", "", ports)
    assert (await session.state_of(held))[0] is (await session.state_of(draft))[0] is SelectionState.VOID
    assert await withdrawn(db, held.review_case_id) == [held.review_case_id]
