"""Sessions end (EN-8, F-15, PA-12). Every test closes a session of its own."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from zikao.payment.v1.settlement_service_pb2 import CreateRefundBatchRequest

from services.enrollment.domain.catalogue import SessionState
from services.enrollment.domain.selection import SelectionState, VoidReason
from services.enrollment.errors import GatesUnmet, SessionEnded, WindowStillOpen
from services.enrollment.usecases import catalogue as operating
from services.enrollment.usecases import closing, outcomes
from tests.integration.enrollment.sessions import WINDOW, Session, publish, published_as
from tests.integration.enrollment.stage import (
    STAFF_APPRAISAL,
    STAFF_SELECTION,
    race,
    refusals,
)
from tests.integration.enrollment.stage import (
    STAFF_LABORATORY as LAB,
)

STAFF_THEORY_1, STAFF_THEORY_2 = "14104", "06091"  # 25 October, morning and afternoon


@pytest.fixture
async def session(ports, files, clock) -> Session:
    return await publish(ports, files, clock)


WINDOW_CLOSED = SelectionState.VOID, VoidReason.WINDOW_CLOSED
CANCELLED = SelectionState.VOID, VoidReason.SESSION_CANCELLED


async def test_closing_voids_what_was_never_checked_out_and_spares_the_rest(session, ports) -> None:
    # EN-8, F-15: safe to run twice; an order made before the close may still be paid
    who = await session.candidate()
    await session.select(who, STAFF_SELECTION)
    order = await session.check_out(who)
    draft, lab = await session.select(who, STAFF_THEORY_1), await session.select(who, LAB)
    with pytest.raises(WindowStillOpen):
        await closing.close_registration(session.session_id, ports)
    session.ends()

    first, _ = await closing.close_registration(session.session_id, ports)
    second, _ = await closing.close_registration(session.session_id, ports)
    assert (first.voided, first.reserved, second.voided) == (2, 1, 0)
    assert await session.state_of(draft) == await session.state_of(lab) == WINDOW_CLOSED

    async with ports.begin() as changes:
        await outcomes.order_paid(order.order_id, order.selection_ids, changes, ports.clock.now())
    paid = await ports.selections.get(who.candidate_id, order.selection_ids[0])
    assert paid.state is SelectionState.EFFECTIVE


async def test_the_job_closes_at_the_second_and_not_before(session, ports, clock) -> None:  # EN-8, F-15
    draft = await session.select(await session.candidate(), STAFF_THEORY_1)
    clock.advance(session.end - clock.now() - timedelta(microseconds=1))
    await closing.Deadlines(ports).once()
    assert await session.state_of(draft) == (SelectionState.DRAFT, None)
    assert await ports.closing.next_end(clock.now()) == session.end
    session.ends()
    await closing.Deadlines(ports).once()
    assert await session.state_of(draft) == WINDOW_CLOSED


async def test_nothing_is_selected_or_checked_out_from_the_last_instant_on(session, ports) -> None:  # F-15
    who = await session.candidate()
    await session.select(who, STAFF_THEORY_1)
    session.ends()  # and the job has not run yet
    for attempt in (session.select(who, STAFF_THEORY_2), session.check_out(who)):
        with pytest.raises(GatesUnmet) as refusal:
            await attempt
        assert [each.reason for each in refusal.value.unmet] == ["WINDOW_CLOSED"]


class Killed(Exception):
    """The process dies."""


class DyingClosing:
    """The store as a process sees it that dies after the first batch of a session."""

    def __init__(self, closing_, session_id) -> None:
        self._closing, self._session_id, self.batches = closing_, session_id, 0

    def __getattr__(self, name: str):
        return getattr(self._closing, name)

    async def end_some(self, session_id, *args, **named) -> Sequence[str]:
        if session_id == self._session_id:
            self.batches += 1
        if self.batches > 1:
            raise Killed
        return await self._closing.end_some(session_id, *args, **named)


async def test_a_job_killed_between_two_batches_is_resumed_by_the_next(session, ports, make_ports, db) -> None:
    # EN-8: five selections in batches of two
    drafts = [await session.select(await session.candidate(), STAFF_THEORY_1) for _ in range(5)]
    session.ends()
    with pytest.raises(Killed):
        await closing.Deadlines(replace(ports, closing=DyingClosing(ports.closing, session.session_id))).once()
    states = [await session.state_of(draft) for draft in drafts]
    assert (states.count(WINDOW_CLOSED), await session.settled(db)) == (2, False)

    await closing.Deadlines(make_ports()).once()
    assert {await session.state_of(draft) for draft in drafts} == {WINDOW_CLOSED}
    assert await session.settled(db)


async def test_a_job_whose_connection_is_cut_is_resumed(session, make_ports, db, owner_url) -> None:  # EN-8, F-13
    drafts = [await session.select(await session.candidate(), STAFF_THEORY_1) for _ in range(3)]
    session.ends()
    holder = await db.driver.acquire()
    holding = holder.transaction()
    await holding.start()
    await holder.execute("SELECT FROM exam_session WHERE session_id = $1 FOR UPDATE", session.session_id)
    stuck = asyncio.create_task(closing.Deadlines(make_ports()).once())
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
    await closing.Deadlines(make_ports()).once()
    assert {await session.state_of(draft) for draft in drafts} == {WINDOW_CLOSED}


async def test_two_processes_close_one_session_at_once(session, make_ports, db) -> None:  # EN-8
    drafts = [await session.select(await session.candidate(), STAFF_THEORY_1) for _ in range(7)]
    session.ends()
    closed = await race(*(closing.close_registration(session.session_id, make_ports()) for _ in range(3)))
    assert sum(done.voided for done, _ in closed) == 7
    assert {await session.state_of(draft) for draft in drafts} == {WINDOW_CLOSED}
    await closing.Deadlines(make_ports()).once()
    assert await session.settled(db)


async def test_a_payment_and_the_close_never_both_win(session, ports, make_ports) -> None:  # EN-8, F-15, PA-6
    reserved = []
    for _ in range(6):
        who = await session.candidate()
        await session.select(who, STAFF_THEORY_1)
        reserved.append(await session.check_out(who))
    session.ends()

    async def pay(order) -> None:
        async with make_ports().begin() as changes:
            await outcomes.order_paid(order.order_id, order.selection_ids, changes, ports.clock.now())

    async def end(order) -> None:
        other = make_ports()
        async with other.begin() as changes:
            await outcomes.order_ended_unpaid(order.order_id, changes, other)

    halves = reserved[:3], reserved[3:]
    await race(*map(pay, halves[0]), closing.Deadlines(make_ports()).once(), *map(end, halves[1]))
    for orders, expected in zip(halves, ((SelectionState.EFFECTIVE, None), WINDOW_CLOSED), strict=True):
        for order in orders:
            kept = await ports.selections.get(order.candidate_id, order.selection_ids[0])
            assert (kept.state, kept.void_reason) == expected


async def test_a_session_is_settled_once_every_order_is(session, ports, clock, db) -> None:  # EN-8
    who, job = await session.candidate(), closing.Deadlines(ports)
    await session.select(who, STAFF_THEORY_1)
    order = await session.check_out(who)
    session.ends()
    await job.once()
    assert not await session.settled(db)
    async with ports.begin() as changes:
        await outcomes.order_ended_unpaid(order.order_id, changes, ports)
    await job.once()
    assert not await session.settled(db)  # it was looked at a moment ago
    clock.advance(closing.LOOKED_AT_EVERY)
    await job.once()
    assert await session.settled(db)


async def test_no_draft_survives_a_close_that_races_with_selecting(session, make_ports, db) -> None:  # F-11, F-15
    people = [await session.candidate() for _ in range(8)]
    await session.select(people[0], STAFF_THEORY_2)
    started = asyncio.gather(
        *(session.select(who, STAFF_APPRAISAL, make_ports()) for who in people), return_exceptions=True
    )
    session.ends()
    await closing.Deadlines(make_ports()).once()
    await started
    await closing.Deadlines(make_ports()).once()
    live = await db.driver.fetchval("SELECT count(*) FROM selection WHERE session_id = $1 AND live", session.session_id)
    assert (live, await session.settled(db)) == (0, True)


async def test_a_closed_session_is_not_extended_and_an_ended_window_closes_by_itself(session, ports) -> None:  # F-15
    session.ends()
    await closing.Deadlines(ports).once()
    with pytest.raises(SessionEnded):
        later = session.end + timedelta(hours=1)
        await operating.extend_session(session.session_id, later, None, "", ports)


@pytest.mark.parametrize("cancelled", [False, True])
async def test_an_ended_session_is_not_opened_by_a_file(session, ports, files, *, cancelled) -> None:  # EN-1, F-15
    session.ends()
    if cancelled:
        await closing.cancel_session(session.session_id, "台风", "", ports)
    else:
        await closing.close_registration(session.session_id, ports)
    opening = session.clock.now()
    again = published_as(session.session_id, files, opening)
    outcome, catalogue = await operating.import_catalogue(again, ports, dry_run=False)
    assert [(one.file, one.column) for one in outcome.problems] == [("session.csv", "registration_start")]
    assert catalogue.sessions[session.session_id].registration_end == opening
    same = published_as(session.session_id, files, opening - WINDOW)
    assert (await operating.import_catalogue(same, ports, dry_run=False))[0].problems == ()


async def test_a_cancelled_session_keeps_nothing_alive_and_gives_money_back(session, ports, db) -> None:  # PA-12, PA-6
    who = await session.candidate()
    await session.select(who, STAFF_THEORY_1)
    order = await session.check_out(who)
    draft = await session.select(who, STAFF_THEORY_2)
    first, catalogue = await closing.cancel_session(session.session_id, "台风", "", ports)
    again, _ = await closing.cancel_session(session.session_id, "another reason", "", ports)
    assert (first, first.cancel_reason, first.state(ports.clock.now())) == (again, "台风", SessionState.CANCELLED)
    assert catalogue.sessions[session.session_id] == first
    assert await session.state_of(draft) == CANCELLED
    asked = await db.driver.fetch(
        "SELECT payload FROM outbox WHERE destination = 'payment.CreateRefundBatch' AND aggregate_id = $1",
        session.session_id,
    )
    assert [CreateRefundBatchRequest.FromString(row["payload"]).note for row in asked] == ["台风"]

    async with ports.begin() as changes:  # somebody had paid at that very moment
        await outcomes.order_paid(order.order_id, order.selection_ids, changes, ports.clock.now())
    noted = await db.driver.fetchval(
        "SELECT count(*) FROM outbox WHERE destination = 'payment.CreateRefund' AND aggregate_id = $1", order.order_id
    )
    assert noted == 1
    await closing.Deadlines(ports).once()
    assert await session.settled(db)
    assert refusals(await race(session.select(who, STAFF_THEORY_1))) == [GatesUnmet]
