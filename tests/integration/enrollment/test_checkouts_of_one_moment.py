"""Checkouts that share a statement on a real PostgreSQL keep what each of them is promised alone (EN-10, F-10, F-11,
F-13).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
import pytest

from chassis.ids import new_id
from services.enrollment.domain.checkouts import Checkout, CheckoutState
from services.enrollment.domain.selections import SelectionState
from services.enrollment.errors import NothingToCheckOut, OrderUnsettled, TimeConflict
from services.enrollment.usecases import checkouts
from tests.integration.enrollment.stand_ins import (
    ANCIENT_LITERATURE_1,
    DOCUMENT_WRITING,
    FOREIGN_LITERATURE,
    LINGUISTICS,
    SESSION,
    refusals,
    select,
)
from tests.support.postgres_locks import wait_until_somebody_waits
from tests.support.refusals import race

MANY = 6
KILL_WHOEVER_WAITS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


@pytest.fixture
async def people(ready_candidate, deps):
    """Candidates with one theory draft each."""
    made = [await ready_candidate() for _ in range(MANY)]
    for candidate in made:
        await select(candidate, FOREIGN_LITERATURE, deps)
    return made


@asynccontextmanager
async def held_up(database_url: str, candidate) -> AsyncIterator[None]:
    """A block during which nobody else can change the candidate's selections."""
    holder = await asyncpg.connect(database_url)
    try:
        async with holder.transaction():
            await holder.execute(
                "SELECT FROM enrollment.selections WHERE candidate_id = $1 FOR UPDATE", candidate.candidate_id
            )
            yield
    finally:
        await holder.close()


def check_out(candidate, deps, request_id=None):
    return checkouts.check_out(deps, candidate.candidate_id, SESSION, request_id or new_id())


async def reservation(candidate, deps, *, total_fen=6500) -> Callable[[], Awaitable[bool]]:
    """Reserves the candidate's draft when it is called."""
    held = await deps.candidate_sessions.get_candidate_session(candidate.candidate_id, SESSION, new_id())
    now = deps.clock.now()
    checkout = Checkout(
        order_id=new_id(),
        candidate_id=candidate.candidate_id,
        session_id=SESSION,
        selection_ids=tuple(draft.selection_id for draft in held.drafts),
        total_fen=total_fen,
        state=CheckoutState.UNSETTLED,
        undertaking_version="1",
        payment_cutoff=now,
        fingerprint=b"",
        create_time=now,
    )
    names = {draft.course_code: "课程" for draft in held.drafts}
    revision = held.facts.revision
    return partial(deps.selections.reserve_drafts, checkout, held.drafts, names, revision=revision, later=now)


async def commits(db, people) -> int:
    """How many transactions made the checkouts of these people."""
    ids = [one.candidate_id for one in people]
    return await db.driver.fetchval(
        "SELECT count(DISTINCT xmin::text) FROM checkouts WHERE candidate_id = ANY($1)", ids
    )


async def noted_orders(db, people) -> list[int]:
    """How many orders are noted in the outbox for each of these people."""
    noted = """
    SELECT count(*) FROM outbox JOIN checkouts ON aggregate_id = order_id::text
    WHERE destination = 'payment.CreateOrder' AND candidate_id = $1"""
    return [await db.driver.fetchval(noted, one.candidate_id) for one in people]


async def states(deps, people) -> list[set[SelectionState]]:
    held = [await deps.candidate_sessions.list_live_selections(one.candidate_id) for one in people]
    return [{selection.state for selection in one} for one in held]


async def test_each_of_one_moment_gets_its_own_order_and_its_own_note(people, deps, orders, db) -> None:  # EN-10
    done = await asyncio.gather(*(check_out(one, deps) for one in people))
    assert [one.checkout.candidate_id for one in done] == [one.candidate_id for one in people]
    assert sorted(orders.created) == sorted(one.checkout.order_id for one in done)
    assert await noted_orders(db, people) == [1] * MANY
    assert await commits(db, people) < MANY


async def test_the_same_request_twice_in_one_moment_makes_one_order(people, deps, orders) -> None:  # F-10
    request_id = new_id()
    found = await race(*(check_out(people[0], deps, request_id) for _ in range(4)), check_out(people[1], deps))
    assert refusals(found) == []
    assert len({one.checkout.order_id for one in found}) == len(orders.created) == 2


async def test_of_rivals_in_one_moment_one_gets_the_order(people, deps, orders) -> None:  # F-8, PA-7
    found = await race(*(check_out(people[0], deps) for _ in range(4)), check_out(people[1], deps))
    assert refusals(found) == [OrderUnsettled] * 3
    assert len(orders.created) == 2


async def test_who_has_nothing_to_check_out_is_refused_among_those_who_have(people, ready_candidate, deps) -> None:
    # EN-10
    found = await race(*(check_out(one, deps) for one in [people[0], await ready_candidate(), *people[1:]]))
    assert [type(one) for one in found if isinstance(one, Exception)] == [NothingToCheckOut]
    assert await states(deps, people) == [{SelectionState.RESERVED}] * MANY


async def test_one_that_the_database_refuses_harms_no_other(people, deps, db) -> None:  # F-13
    reservations = [await reservation(one, deps, total_fen=0 if one is people[2] else 6500) for one in people]
    found = await asyncio.gather(*(reserve() for reserve in reservations), return_exceptions=True)
    assert [one if isinstance(one, bool) else type(one) for one in found] == [
        asyncpg.CheckViolationError if one is people[2] else True for one in people
    ]
    assert await noted_orders(db, people) == [int(one is not people[2]) for one in people]


async def test_killed_in_the_middle_of_a_shared_statement_nothing_is_lost_or_made_twice(
    people, deps, orders, db, database_url
) -> None:  # F-13
    async with held_up(database_url, people[3]):
        playing = asyncio.gather(*(check_out(one, deps) for one in people))
        await wait_until_somebody_waits(db)
        assert await noted_orders(db, people) == [0] * MANY  # nothing of it is committed before all of it is
        assert await db.driver.fetchval(KILL_WHOEVER_WAITS)
        await wait_until_somebody_waits(db)  # each alone now, and only one has to wait
    done = await playing
    assert await noted_orders(db, people) == [1] * MANY
    assert sorted(orders.created) == sorted(one.checkout.order_id for one in done)
    assert await states(deps, people) == [{SelectionState.RESERVED}] * MANY


async def test_whoever_has_left_before_the_statement_begins_is_not_checked_out(people, deps, db, database_url) -> None:
    # EN-10; a call whose deadline passes is cancelled
    first, left, stays = people[:3]
    reservations = [await reservation(one, deps) for one in (first, left, stays)]
    async with held_up(database_url, first):
        under_way = asyncio.ensure_future(reservations[0]())
        await wait_until_somebody_waits(db)
        leaving, staying = asyncio.ensure_future(reservations[1]()), asyncio.ensure_future(reservations[2]())
        await asyncio.sleep(0)
        leaving.cancel()
    assert await asyncio.gather(under_way, staying) == [True, True]
    assert await noted_orders(db, [first, left, stays]) == [1, 0, 1]


async def test_of_two_selections_for_one_half_day_in_one_moment_one_is_taken(people, deps) -> None:  # F-11, EN-5
    wanted = [(one, code) for one in people for code in (ANCIENT_LITERATURE_1, DOCUMENT_WRITING, LINGUISTICS)]
    found = await race(*(select(one, code, deps) for one, code in wanted))
    assert refusals(found) == [TimeConflict] * MANY
    for one in people:
        held = {each.course_code for each in await deps.candidate_sessions.list_live_selections(one.candidate_id)}
        assert len(held) == 3
        assert held > {FOREIGN_LITERATURE, LINGUISTICS}
