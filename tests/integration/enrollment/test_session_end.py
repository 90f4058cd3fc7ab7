"""Sessions end (EN-8, F-15, PA-12). Every test closes a session of its own."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from zikao.payment.v1.settlement_service_pb2 import CreateRefundBatchRequest

from chassis.audit_log.notes import AuditAction
from services.enrollment.domain.catalogue import SessionState
from services.enrollment.domain.selections import SelectionState, VoidReason
from services.enrollment.errors import GatesUnmet, SessionEnded, WindowStillOpen
from services.enrollment.jobs.session_deadlines import LOOKED_AT_EVERY, SessionDeadlines
from services.enrollment.usecases import order_outcomes
from services.enrollment.usecases.administration import catalogue_changes, session_end, session_windows
from tests.integration.enrollment.exam_sessions import WINDOW, Session, publish, published_as
from tests.integration.enrollment.stand_ins import (
    STAFF_APPRAISAL,
    STAFF_SELECTION,
    refusals,
)
from tests.integration.enrollment.stand_ins import (
    STAFF_LABORATORY as LAB,
)
from tests.support.audit_notes import audit_notes
from tests.support.refusals import race

STAFF_THEORY_1, STAFF_THEORY_2 = "14104", "06091"  # 25 October, morning and afternoon


@pytest.fixture
async def session(deps, files, clock) -> Session:
    return await publish(deps, files, clock)


WINDOW_CLOSED = SelectionState.VOID, VoidReason.WINDOW_CLOSED
CANCELLED = SelectionState.VOID, VoidReason.SESSION_CANCELLED


async def test_closing_voids_what_was_never_checked_out_and_spares_the_rest(session, deps) -> None:
    # EN-8, F-15: safe to run twice; an order made before the close may still be paid
    who = await session.candidate()
    await session.select(who, STAFF_SELECTION)
    order = await session.check_out(who)
    draft, lab = await session.select(who, STAFF_THEORY_1), await session.select(who, LAB)
    with pytest.raises(WindowStillOpen):
        await session_end.close_registration(deps, session.session_id)
    session.ends()

    first = await session_end.close_registration(deps, session.session_id)
    second = await session_end.close_registration(deps, session.session_id)
    assert (first.voided, first.reserved, second.voided) == (2, 1, 0)
    assert await session.state_of(draft) == await session.state_of(lab) == WINDOW_CLOSED

    async with deps.transactions.begin() as transaction:
        await order_outcomes.count_paid_orders(deps, transaction, {order.order_id: order.selection_ids})
    paid = await deps.selections.get_selection(who.candidate_id, order.selection_ids[0])
    assert paid.state is SelectionState.EFFECTIVE


async def test_the_job_closes_at_the_second_and_not_before(session, deps, clock) -> None:  # EN-8, F-15
    draft = await session.select(await session.candidate(), STAFF_THEORY_1)
    clock.advance(session.end - clock.now() - timedelta(microseconds=1))
    await SessionDeadlines(deps).end_due_sessions()
    assert await session.state_of(draft) == (SelectionState.DRAFT, None)
    assert await deps.session_end.get_next_end(clock.now()) == session.end
    session.ends()
    await SessionDeadlines(deps).end_due_sessions()
    assert await session.state_of(draft) == WINDOW_CLOSED


async def test_nothing_is_selected_or_checked_out_from_the_last_instant_on(session, deps) -> None:  # F-15
    who = await session.candidate()
    await session.select(who, STAFF_THEORY_1)
    session.ends()  # and the job has not run yet
    for attempt in (session.select(who, STAFF_THEORY_2), session.check_out(who)):
        with pytest.raises(GatesUnmet) as refusal:
            await attempt
        assert [each.reason for each in refusal.value.unmet] == ["WINDOW_CLOSED"]


class Killed(Exception):
    """The process dies."""


class DyingSessionEnd:
    """The store as a process sees it that dies after the first batch of a session."""

    def __init__(self, session_end_, session_id) -> None:
        self._session_end, self._session_id, self.batches = session_end_, session_id, 0

    def __getattr__(self, name: str):
        return getattr(self._session_end, name)

    async def end_batch(self, session_id, *args, **named) -> Sequence[str]:
        if session_id == self._session_id:
            self.batches += 1
        if self.batches > 1:
            raise Killed
        return await self._session_end.end_batch(session_id, *args, **named)


async def test_a_job_killed_between_two_batches_is_resumed_by_the_next(session, deps, make_deps, db) -> None:
    # EN-8: five selections in batches of two
    drafts = [await session.select(await session.candidate(), STAFF_THEORY_1) for _ in range(5)]
    session.ends()
    with pytest.raises(Killed):
        dying = replace(deps, session_end=DyingSessionEnd(deps.session_end, session.session_id))
        await SessionDeadlines(dying).end_due_sessions()
    states = [await session.state_of(draft) for draft in drafts]
    assert (states.count(WINDOW_CLOSED), await session.settled(db)) == (2, False)

    await SessionDeadlines(make_deps()).end_due_sessions()
    assert {await session.state_of(draft) for draft in drafts} == {WINDOW_CLOSED}
    assert await session.settled(db)


async def test_a_job_whose_connection_is_cut_is_resumed(session, make_deps, db, owner_url) -> None:  # EN-8, F-13
    drafts = [await session.select(await session.candidate(), STAFF_THEORY_1) for _ in range(3)]
    session.ends()
    holder = await db.driver.acquire()
    holding = holder.transaction()
    await holding.start()
    await holder.execute("SELECT FROM exam_sessions WHERE session_id = $1 FOR UPDATE", session.session_id)
    stuck = asyncio.create_task(SessionDeadlines(make_deps()).end_due_sessions())
    cut = 0
    while not cut and not stuck.done():  # until the job waits for the row that we hold
        cut = await db.driver.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE wait_event_type = 'Lock' AND datname = current_database() AND usename = current_user"
        )
    with pytest.raises(Exception, match=r"terminat|closed|reset"):
        await stuck
    await holding.rollback()
    await db.driver.release(holder)
    assert {await session.state_of(draft) for draft in drafts} == {(SelectionState.DRAFT, None)}
    await SessionDeadlines(make_deps()).end_due_sessions()
    assert {await session.state_of(draft) for draft in drafts} == {WINDOW_CLOSED}


async def test_two_processes_close_one_session_at_once(session, make_deps, db) -> None:  # EN-8
    drafts = [await session.select(await session.candidate(), STAFF_THEORY_1) for _ in range(7)]
    session.ends()
    closed = await race(*(session_end.close_registration(make_deps(), session.session_id) for _ in range(3)))
    assert sum(done.voided for done in closed) == 7
    assert {await session.state_of(draft) for draft in drafts} == {WINDOW_CLOSED}
    await SessionDeadlines(make_deps()).end_due_sessions()
    assert await session.settled(db)


async def test_a_payment_and_the_close_never_both_win(session, deps, make_deps) -> None:  # EN-8, F-15, PA-6
    reserved = []
    for _ in range(6):
        who = await session.candidate()
        await session.select(who, STAFF_THEORY_1)
        reserved.append(await session.check_out(who))
    session.ends()

    async def pay(order) -> None:
        async with make_deps().transactions.begin() as transaction:
            await order_outcomes.count_paid_orders(deps, transaction, {order.order_id: order.selection_ids})

    async def end(order) -> None:
        other = make_deps()
        async with other.transactions.begin() as transaction:
            await order_outcomes.release_unpaid_order(other, transaction, order.order_id)

    halves = reserved[:3], reserved[3:]
    await race(*map(pay, halves[0]), SessionDeadlines(make_deps()).end_due_sessions(), *map(end, halves[1]))
    for orders, expected in zip(halves, ((SelectionState.EFFECTIVE, None), WINDOW_CLOSED), strict=True):
        for order in orders:
            kept = await deps.selections.get_selection(order.candidate_id, order.selection_ids[0])
            assert (kept.state, kept.void_reason) == expected


async def test_a_session_is_settled_once_every_order_is(session, deps, clock, db) -> None:  # EN-8
    who, job = await session.candidate(), SessionDeadlines(deps)
    await session.select(who, STAFF_THEORY_1)
    order = await session.check_out(who)
    session.ends()
    await job.end_due_sessions()
    assert not await session.settled(db)
    async with deps.transactions.begin() as transaction:
        await order_outcomes.release_unpaid_order(deps, transaction, order.order_id)
    await job.end_due_sessions()
    assert not await session.settled(db)  # it was looked at a moment ago
    clock.advance(LOOKED_AT_EVERY)
    await job.end_due_sessions()
    assert await session.settled(db)


async def test_no_draft_survives_a_close_that_races_with_selecting(session, make_deps, db) -> None:  # F-11, F-15
    people = [await session.candidate() for _ in range(8)]
    await session.select(people[0], STAFF_THEORY_2)
    started = asyncio.gather(
        *(session.select(who, STAFF_APPRAISAL, make_deps()) for who in people), return_exceptions=True
    )
    session.ends()
    await SessionDeadlines(make_deps()).end_due_sessions()
    await started
    await SessionDeadlines(make_deps()).end_due_sessions()
    live = await db.driver.fetchval(
        "SELECT count(*) FROM selections WHERE session_id = $1 AND live", session.session_id
    )
    assert (live, await session.settled(db)) == (0, True)


async def test_a_closed_session_is_not_extended_and_an_ended_window_closes_by_itself(session, deps) -> None:  # F-15
    session.ends()
    await SessionDeadlines(deps).end_due_sessions()
    with pytest.raises(SessionEnded):
        later = session.end + timedelta(hours=1)
        await session_windows.extend_session(deps, session.session_id, later, None, "")


@pytest.mark.parametrize("cancelled", [False, True])
async def test_an_ended_session_is_not_opened_by_a_file(session, deps, files, *, cancelled) -> None:  # EN-1, F-15
    session.ends()
    if cancelled:
        await session_end.cancel_session(deps, session.session_id, "台风", "")
    else:
        await session_end.close_registration(deps, session.session_id)
    opening = session.clock.now()
    again = published_as(session.session_id, files, opening)
    outcome, catalogue = await catalogue_changes.import_catalogue(deps, again, dry_run=False)
    assert [(one.file, one.column) for one in outcome.problems] == [("session.csv", "registration_start")]
    assert catalogue.sessions[session.session_id].registration_end == opening
    same = published_as(session.session_id, files, opening - WINDOW)
    assert (await catalogue_changes.import_catalogue(deps, same, dry_run=False))[0].problems == ()


async def test_a_cancelled_session_keeps_nothing_alive_and_gives_money_back(session, deps, db) -> None:  # PA-12, PA-6
    who = await session.candidate()
    await session.select(who, STAFF_THEORY_1)
    order = await session.check_out(who)
    draft = await session.select(who, STAFF_THEORY_2)
    first = await session_end.cancel_session(deps, session.session_id, "台风", "")
    again = await session_end.cancel_session(deps, session.session_id, "another reason", "")
    ended = first.session
    assert (ended, ended.cancel_reason, ended.state(deps.clock.now())) == (
        again.session,
        "台风",
        SessionState.CANCELLED,
    )
    assert first.catalogue.sessions[session.session_id] == ended
    assert await session.state_of(draft) == CANCELLED
    asked = await db.driver.fetch(
        "SELECT payload FROM outbox WHERE destination = 'payment.CreateRefundBatch' AND aggregate_id = $1",
        session.session_id,
    )
    assert [CreateRefundBatchRequest.FromString(row["payload"]).note for row in asked] == ["台风"]

    async with deps.transactions.begin() as transaction:  # somebody had paid at that very moment
        await order_outcomes.count_paid_orders(deps, transaction, {order.order_id: order.selection_ids})
    noted = await db.driver.fetchval(
        "SELECT count(*) FROM outbox WHERE destination = 'payment.CreateRefund' AND aggregate_id = $1", order.order_id
    )
    assert noted == 1
    await SessionDeadlines(deps).end_due_sessions()
    assert await session.settled(db)
    assert refusals(await race(session.select(who, STAFF_THEORY_1))) == [GatesUnmet]


async def test_cancelling_a_session_is_noted_once_with_its_reason(session, deps, db) -> None:  # RE-11, PA-12
    await session_end.cancel_session(deps, session.session_id, "停电", "")
    await session_end.cancel_session(deps, session.session_id, "停电", "")
    (noted,) = await audit_notes(db, object_id=session.session_id)
    assert (noted.action, noted.reason) == (AuditAction.SESSION_CANCELLED, "停电")
