"""What no statement can do, whoever runs it: the database states the invariants."""

import itertools
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.ids import new_id
from services.payment.domain.orders import (
    ATTEMPT_TRANSITIONS,
    ENDED_UNPAID,
    HAS_BEEN_PAID,
    LIVE,
    ORDER_TRANSITIONS,
    AttemptState,
    OrderState,
)
from services.payment.tables import metadata

NOW = datetime(2026, 10, 12, 2, tzinfo=UTC)
PATHS = {
    OrderState.CREATED: [],
    OrderState.AWAITING_PAYMENT: [OrderState.AWAITING_PAYMENT],
    OrderState.SUBMITTED_TO_BANK: [OrderState.SUBMITTED_TO_BANK],
    OrderState.PAID: [OrderState.PAID],
    OrderState.EXPIRED: [OrderState.EXPIRED],
    OrderState.CANCELLED: [OrderState.CANCELLED],
    OrderState.FAILED: [OrderState.FAILED],
    OrderState.REFUNDING: [OrderState.PAID, OrderState.REFUNDING],
    OrderState.REFUNDED: [OrderState.PAID, OrderState.REFUNDING, OrderState.REFUNDED],
}
ATTEMPT_PATHS = {
    AttemptState.PREPARED: [],
    AttemptState.OPEN: [AttemptState.OPEN],
    AttemptState.PAID: [AttemptState.PAID],
    AttemptState.CLOSED: [AttemptState.CLOSED],
    AttemptState.FAILED: [AttemptState.FAILED],
}


async def order_in(db, state=OrderState.CREATED, *, candidate_id=None):
    order_id = new_id()
    await db.driver.execute(
        "INSERT INTO orders (order_id, candidate_id, session_id, total_fen, state, undertaking_version, fingerprint, "
        "create_time, open_until, payment_cutoff_time, due_time) "
        "VALUES ($1, $2, '2026-10', 7000, 'CREATED', '3', '\\x00', $3, $3, $3, $3)",
        order_id,
        candidate_id or new_id(),
        NOW,
    )
    for step in PATHS[state]:
        await move_to(db, order_id, step)
    return order_id


async def move_to(db, order_id, state):
    """What somebody with a SQL prompt would write, every other column being right for the new state."""
    paid, ended, live = state in HAS_BEEN_PAID, state in ENDED_UNPAID, state in LIVE
    going_back, back = state in {OrderState.REFUNDING, OrderState.REFUNDED}, state is OrderState.REFUNDED
    await db.driver.execute(
        "UPDATE orders SET state = $2, paid_time = CASE WHEN $3 THEN coalesce(paid_time, $6) END, "
        "end_time = CASE WHEN $4 THEN $6::timestamptz END, due_time = CASE WHEN $5 THEN $6::timestamptz END, "
        "refunding_fen = CASE WHEN $7 THEN total_fen ELSE 0 END, refunded_fen = CASE WHEN $8 THEN total_fen ELSE 0 END "
        "WHERE order_id = $1",
        order_id,
        state.value,
        paid,
        ended,
        live,
        NOW,
        going_back,
        back,
    )


async def attempt_in(db, state=AttemptState.PREPARED):
    order_id = await order_in(db)
    await add_attempt(db, order_id)
    for step in ATTEMPT_PATHS[state]:
        await move_attempt(db, order_id, step)
    return order_id


async def add_attempt(db, order_id):
    await db.driver.execute(
        "INSERT INTO attempts (order_id, number, provider, out_trade_no, state, create_time, expire_time) "
        "VALUES ($1, 1, 'sandbox', $1::uuid::text, 'PREPARED', $2, $2)",
        order_id,
        NOW,
    )


async def late_money(db, order_id):
    """Money on an order that has ended (PA-6)."""
    await add_attempt(db, order_id)
    await move_attempt(db, order_id, AttemptState.PAID)


async def move_attempt(db, order_id, state):
    await db.driver.execute(
        "UPDATE attempts SET state = $2, paid_time = CASE WHEN $2 = 'PAID' THEN $3::timestamptz ELSE paid_time END, "
        "paid_fen = CASE WHEN $2 = 'PAID' THEN 7000 ELSE paid_fen END, platform_trade_no = order_id::text "
        "WHERE order_id = $1",
        order_id,
        state.value,
        NOW,
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [pair for pair in itertools.product(OrderState, OrderState) if pair[0] is not pair[1]],
    ids=lambda state: state.value,
)
async def test_an_order_moves_as_the_domain_says_even_under_a_direct_update(db, before, after):  # PA-2
    order_id = await order_in(db, before)
    if before in ENDED_UNPAID:
        await late_money(db, order_id)
    legal = {(state, target) for (state, _), target in ORDER_TRANSITIONS.items()}
    if (before, after) in legal:
        await move_to(db, order_id, after)
    else:
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await move_to(db, order_id, after)
        assert refused.value.constraint_name in {"order_move_is_legal", "order_is_fixed"}
    state = await db.driver.fetchval("SELECT state FROM orders WHERE order_id = $1", order_id)
    assert state == (after if (before, after) in legal else before).value


@pytest.mark.parametrize(
    ("before", "after"),
    [pair for pair in itertools.product(AttemptState, AttemptState) if pair[0] is not pair[1]],
    ids=lambda state: state.value,
)
async def test_an_attempt_moves_as_the_domain_says_even_under_a_direct_update(db, before, after):  # PA-2
    order_id = await attempt_in(db, before)
    legal = {(state, target) for (state, _), target in ATTEMPT_TRANSITIONS.items()}
    if (before, after) in legal:
        await move_attempt(db, order_id, after)
    else:
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await move_attempt(db, order_id, after)
        assert refused.value.constraint_name in {"attempt_move_is_legal", "attempts_paid_check"}


async def test_an_order_is_made_as_created_and_kept(db):  # PA-2
    order_id = await order_in(db)
    with pytest.raises(asyncpg.CheckViolationError, match="kept"):
        await db.driver.execute("DELETE FROM orders WHERE order_id = $1", order_id)
    with pytest.raises(asyncpg.CheckViolationError, match="begins as CREATED"):
        await db.driver.execute(
            "INSERT INTO orders SELECT gen_random_uuid(), gen_random_uuid(), session_id, total_fen, 'PAID', "
            "undertaking_version, fingerprint, 0, 0, create_time, open_until, payment_cutoff_time, NULL, NULL, "
            "create_time, NULL, NULL, NULL FROM orders WHERE order_id = $1",
            order_id,
        )


@pytest.mark.parametrize(
    "change",
    [
        "total_fen = 1",
        "candidate_id = gen_random_uuid()",
        "session_id = '2027-04'",
        "paid_time = paid_time - interval '1 s'",
    ],
)
async def test_what_an_order_says_does_not_change(db, change):  # PA-8
    order_id = await order_in(db, OrderState.PAID)
    with pytest.raises(asyncpg.CheckViolationError, match="does not change"):
        await db.driver.execute(f"UPDATE orders SET {change} WHERE order_id = $1", order_id)


async def test_amounts_are_positive(db):  # PA-8
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await db.driver.execute(
            "INSERT INTO orders (order_id, candidate_id, session_id, total_fen, state, undertaking_version, "
            "fingerprint, create_time, open_until, payment_cutoff_time, due_time) "
            "SELECT gen_random_uuid(), gen_random_uuid(), session_id, 0, state, undertaking_version, "
            "fingerprint, create_time, open_until, payment_cutoff_time, due_time FROM orders WHERE order_id = $1",
            await order_in(db),
        )
    # Nothing to give back would be everything given back: whichever of the two is looked at first.
    assert refused.value.constraint_name in {"orders_total_check", "orders_refunded_check"}


async def test_a_candidate_has_one_live_order_per_session(db):  # PA-7
    candidate_id = new_id()
    first = await order_in(db, candidate_id=candidate_id)
    with pytest.raises(asyncpg.UniqueViolationError) as refused:
        await order_in(db, candidate_id=candidate_id)
    assert refused.value.constraint_name == "one_live_order"
    await move_to(db, first, OrderState.EXPIRED)
    await order_in(db, candidate_id=candidate_id)


async def test_an_order_with_money_kept_does_not_end_unpaid(db):  # PA-3
    order_id = await attempt_in(db, AttemptState.PAID)
    for state in ENDED_UNPAID:
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await move_to(db, order_id, state)
        assert refused.value.constraint_name == "no_money_on_an_ended_order"


async def test_an_order_that_ended_is_paid_by_late_money_only(db):  # PA-6
    order_id = await order_in(db, OrderState.EXPIRED)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await move_to(db, order_id, OrderState.PAID)
    assert refused.value.constraint_name == "late_money_is_there"


async def test_there_is_one_transition_into_a_state(db):  # PA-5
    order_id = await order_in(db)
    tell = (
        "INSERT INTO timeline_entries (order_id, time, kind, source, outcome) "
        "VALUES ($1, $2, 'STATE_CHANGED', 'PROVIDER', 'PAID')"
    )
    await db.driver.execute(tell, order_id, NOW)
    with pytest.raises(asyncpg.UniqueViolationError) as refused:
        await db.driver.execute(tell, order_id, NOW)
    assert refused.value.constraint_name == "one_move_into_a_state"


@pytest.mark.parametrize("statement", ["UPDATE timeline_entries SET outcome = ''", "DELETE FROM timeline_entries"])
async def test_the_timeline_is_append_only(db, statement):  # PA-11
    order_id = await order_in(db)
    await db.driver.execute(
        "INSERT INTO timeline_entries (order_id, time, kind, source, outcome) "
        "VALUES ($1, $2, 'QUERIED', 'SWEEP', 'PAID')",
        order_id,
        NOW + timedelta(seconds=1),
    )
    with pytest.raises(asyncpg.CheckViolationError, match="append-only"):
        await db.driver.execute(statement)


async def test_the_migrations_make_the_tables_as_stated(owner_url):
    def differences(connection):
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return [entry for entry in compare_metadata(context, metadata) if "alembic_version" not in str(entry)]

    url = make_url(owner_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, connect_args={"server_settings": {"search_path": "payment"}})
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert found == []
