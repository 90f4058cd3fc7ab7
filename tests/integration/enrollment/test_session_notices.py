"""Candidates are told before a window ends, and when its end has moved (EN-19)."""

import asyncio
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from zikao.enrollment.v1.events_pb2 import CandidateNotified

from services.enrollment.jobs.session_notices import session_notices
from services.enrollment.repository.notices.session_notices import SessionNoticeRepository
from services.enrollment.usecases.administration import catalogue_changes, session_end, session_windows
from tests.integration.enrollment.exam_sessions import WINDOW, Session, publish, published_as
from tests.integration.enrollment.stand_ins import STAFF_APPRAISAL, STAFF_SELECTION
from tests.integration.enrollment.test_notices_to_candidates import told

UNPAID, MOVED = CandidateNotified.SELECTIONS_UNPAID, CandidateNotified.SESSION_CHANGED
DAYS = timedelta(days=2)


@pytest.fixture
def told_in_pairs(deps, db):
    """A process that tells two candidates in a transaction."""
    return replace(deps, session_notices=SessionNoticeRepository(db, batch=2))


@pytest.fixture
async def session(deps, files, clock) -> Session:
    return await publish(deps, files, clock)


async def tell(*processes) -> None:
    """A round of each process, all at once."""
    await asyncio.gather(*(session_notices(one).work() for one in processes))


async def extend(session: Session) -> None:
    session.end += DAYS
    await session_windows.extend_session(session.deps, session.session_id, session.end, None, "")


async def about(db, who) -> list[int]:
    return [one.about for one in await told(db, who.candidate_id)]


async def test_whoever_selected_something_is_told_once_that_the_window_was_extended(
    session, told_in_pairs, db
) -> None:  # EN-19
    chosen, idle = [await session.candidate() for _ in range(5)], await session.candidate()
    for one in chosen:
        for code in (STAFF_SELECTION, STAFF_APPRAISAL):
            await session.select(one, code)
    await tell(told_in_pairs)
    assert await about(db, chosen[0]) == []
    await extend(session)
    for _ in range(2):
        await tell(*[told_in_pairs] * 3)
    assert [await about(db, one) for one in chosen] == [[MOVED]] * 5
    assert await about(db, idle) == []
    (notice,) = await told(db, chosen[0].candidate_id)
    assert (notice.session_id, notice.end_time.ToDatetime(UTC)) == (session.session_id, session.end)


async def test_an_import_that_moves_the_end_is_told_and_one_that_does_not_is_not(
    session, deps, db, files, clock
) -> None:  # EN-19, EN-1
    who = await session.candidate()
    await session.select(who, STAFF_SELECTION)
    opening = session.end - WINDOW
    for moved, expected in ((timedelta(), []), (timedelta(minutes=5), [MOVED])):
        copies = [one for one in published_as(session.session_id, files, opening + moved) if "session" in one.name]
        outcome, _ = await catalogue_changes.import_catalogue(deps, copies, dry_run=False)
        assert not outcome.problems
        await tell(deps)
        assert await about(db, who) == expected


async def test_two_replicas_at_once_remind_a_day_and_two_hours_before_the_end(
    session, told_in_pairs, db, clock
) -> None:  # EN-19
    await extend(session)
    unpaid = [await session.candidate() for _ in range(3)]
    for one in unpaid:
        await session.select(one, STAFF_SELECTION)
    await tell(told_in_pairs)
    for before in (timedelta(days=1), timedelta(hours=2)):
        before_it = [await about(db, one) for one in unpaid]
        clock.advance(session.end - before - timedelta(seconds=1) - clock.now())
        await tell(told_in_pairs)
        assert [await about(db, one) for one in unpaid] == before_it
        clock.advance(timedelta(seconds=1))
        for _ in range(2):
            await tell(*[told_in_pairs] * 3)
        assert [await about(db, one) for one in unpaid] == [[*kinds, UNPAID] for kinds in before_it]
    assert (await told(db, unpaid[0].candidate_id))[-1].end_time.ToDatetime(UTC) == session.end


async def test_who_has_an_order_is_not_reminded_and_who_checks_out_meanwhile_is_not_again(
    session, deps, db, clock
) -> None:  # EN-19
    await extend(session)
    await tell(deps)
    ordered, late = await session.candidate(), await session.candidate()
    for one in (ordered, late):
        await session.select(one, STAFF_SELECTION)
    await session.check_out(ordered)
    clock.advance(session.end - timedelta(days=1) - clock.now())
    await tell(deps)
    await session.check_out(late)
    clock.advance(session.end - timedelta(hours=2) - clock.now())
    await tell(deps)
    assert (await about(db, ordered), await about(db, late)) == ([], [UNPAID])


async def test_what_the_session_has_overtaken_is_not_told(session, deps, db) -> None:  # EN-19, PA-12
    who = await session.candidate()
    await session.select(who, STAFF_SELECTION)
    await extend(session)
    await session_end.cancel_session(deps, session.session_id, "台风", "")
    await tell(deps)
    assert await about(db, who) == [CandidateNotified.SESSION_CANCELLED]


async def test_a_window_of_two_hours_is_not_reminded_of_as_it_opens(session, deps, db, clock) -> None:  # EN-19
    who = await session.candidate()
    await session.select(who, STAFF_SELECTION)
    clock.advance(WINDOW / 2)
    await tell(deps)
    assert await about(db, who) == []
