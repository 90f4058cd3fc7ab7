"""A selection whose transaction is still open when something changes under it: nothing is overlooked (EN-6, F-15)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import datetime

from chassis.clock import SHANGHAI
from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.security.tokens import Access, Principal
from services.enrollment.domain.practice_sittings import sitting_at
from services.enrollment.domain.selections import SelectionState, VoidReason
from services.enrollment.jobs.session_deadlines import SessionDeadlines
from services.enrollment.usecases import practice_administration
from tests.integration.enrollment.exam_sessions import Session, publish
from tests.integration.enrollment.stand_ins import STAFF_LABORATORY, STAFF_UNIVERSITY, Candidate
from tests.support.postgres_locks import somebody_waits

OPERATOR = Principal(Access.OPERATOR, "an operator")

INSERT = """
INSERT INTO selections (selection_id, candidate_id, registration_id, session_id, course_code, course_kind, fee_fen,
  state, create_time, update_time)
VALUES ($1, $2, $3, $4, $5, 'SCHOOL_PRACTICE', 10000, 'AWAITING_SCHOOL', now(), now())
"""


@asynccontextmanager
async def in_flight(db: Database, session: Session, who: Candidate) -> AsyncIterator[str]:
    """A selection that is inserted and not committed before the block ends."""
    selection_id = new_id()
    async with db.driver.acquire() as connection, connection.transaction():
        place = who.candidate_id, who.registration_id, session.session_id, STAFF_LABORATORY
        await connection.execute(INSERT, selection_id, *place)
        yield selection_id


async def started(db: Database, work: Awaitable[object]) -> "asyncio.Task[object]":
    """The work under way: it waits for a lock, or has not needed to."""
    task = asyncio.ensure_future(work)
    while not task.done() and not await somebody_waits(db):
        await asyncio.sleep(0)
    return task


async def test_a_time_reaches_the_selection_in_flight(deps, make_deps, files, clock, db) -> None:  # EN-6
    session = await publish(deps, files, clock)
    who = await session.candidate()
    start, end = datetime(2026, 10, 30, 9, tzinfo=SHANGHAI), datetime(2026, 10, 30, 10, tzinfo=SHANGHAI)
    wanted = sitting_at(session.session_id, STAFF_UNIVERSITY, STAFF_LABORATORY, start, end)
    async with in_flight(db, session, who) as selection_id:
        setting = await started(db, practice_administration.set_practice_time(make_deps(), wanted, OPERATOR))
    await setting
    kept = await deps.selections.get_selection(who.candidate_id, selection_id)
    assert (kept.occupies.start, kept.occupies.end) == (start, end)


async def test_the_close_reaches_the_selection_in_flight(deps, make_deps, files, clock, db) -> None:  # EN-8, F-15
    session = await publish(deps, files, clock)
    who = await session.candidate()
    session.ends()
    async with in_flight(db, session, who) as selection_id:
        ending = await started(db, SessionDeadlines(make_deps()).end_due_sessions())
    await ending
    kept = await deps.selections.get_selection(who.candidate_id, selection_id)
    assert (kept.state, kept.void_reason) == (SelectionState.VOID, VoidReason.WINDOW_CLOSED)
    assert await session.settled(db)
