"""What no statement can do to a refund, whoever runs it: the database states the invariants of money going back."""

import asyncio
import itertools
from datetime import date

import asyncpg
import pytest

from chassis.ids import new_id
from services.payment.domain.orders import AttemptState, OrderState
from services.payment.domain.refunds import ON_ITS_WAY, REFUND_TRANSITIONS, RefundState
from tests.integration.payment.test_tables_of_orders import NOW, attempt_in, move_to

PATHS = {
    RefundState.REQUESTED: [],
    RefundState.PROCESSING: [RefundState.PROCESSING],
    RefundState.SUCCEEDED: [RefundState.SUCCEEDED],
    RefundState.FAILED: [RefundState.FAILED],
}


async def paid_order(db):
    order_id = await attempt_in(db, AttemptState.PAID)
    await move_to(db, order_id, OrderState.PAID)
    return order_id


async def refund_in(db, state=RefundState.REQUESTED, *, order_id=None, amount_fen=7000, items=()):
    refund_id = new_id()
    await db.driver.execute(
        "INSERT INTO refunds (refund_id, order_id, attempt_number, item_ids, amount_fen, state, reason, create_time, "
        "due_date) VALUES ($1, $2, 1, $3, $4, 'REQUESTED', 'SURPLUS_MONEY', $5, $6)",
        refund_id,
        order_id or await paid_order(db),
        list(items),
        amount_fen,
        NOW,
        date(2026, 10, 20),
    )
    for step in PATHS[state]:
        await move_refund(db, refund_id, step)
    return refund_id


async def move_refund(db, refund_id, state):
    """What somebody with a SQL prompt would write, every other column being right for the new state."""
    await db.driver.execute(
        "UPDATE refunds SET state = $2, success_time = CASE WHEN $2 = 'SUCCEEDED' THEN $3::timestamptz END, "
        "failure_code = CASE WHEN $2 = 'FAILED' THEN 'CLOSED' ELSE '' END, "
        "due_time = CASE WHEN $4 THEN $3::timestamptz END, "
        "to_bank_account = to_bank_account OR $2 = 'REQUESTED' AND state = 'PROCESSING' WHERE refund_id = $1",
        refund_id,
        state.value,
        NOW,
        state in ON_ITS_WAY,
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [pair for pair in itertools.product(RefundState, RefundState) if pair[0] is not pair[1]],
    ids=lambda state: state.value,
)
async def test_a_refund_moves_as_the_domain_says_even_under_a_direct_update(db, before, after):  # PA-2
    refund_id = await refund_in(db, before)
    if (before, after) in {(state, target) for (state, _), target in REFUND_TRANSITIONS.items()}:
        await move_refund(db, refund_id, after)
    else:
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await move_refund(db, refund_id, after)
        assert refused.value.constraint_name in {"refund_move_is_legal", "refund_is_fixed"}


async def test_a_refund_that_a_platform_has_taken_is_made_again_only_to_a_bank_account_and_once(db):  # PA-12
    refund_id = await refund_in(db, RefundState.PROCESSING)
    back = "UPDATE refunds SET state = 'REQUESTED', to_bank_account = $2 WHERE refund_id = $1"
    with pytest.raises(asyncpg.CheckViolationError, match="only to a bank account"):
        await db.driver.execute(back, refund_id, False)
    await db.driver.execute(back, refund_id, True)
    await move_refund(db, refund_id, RefundState.PROCESSING)
    with pytest.raises(asyncpg.CheckViolationError, match="only to a bank account"):
        await db.driver.execute(back, refund_id, True)


async def test_a_refund_begins_as_requested_and_is_kept(db):  # PA-2
    refund_id = await refund_in(db)
    with pytest.raises(asyncpg.CheckViolationError, match="kept"):
        await db.driver.execute("DELETE FROM refunds WHERE refund_id = $1", refund_id)
    with pytest.raises(asyncpg.CheckViolationError, match="begins as REQUESTED"):
        await db.driver.execute(
            "INSERT INTO refunds (refund_id, order_id, attempt_number, item_ids, amount_fen, state, reason, "
            "create_time, due_date, success_time) VALUES (gen_random_uuid(), $1, 1, '{}', 1, 'SUCCEEDED', "
            "'SURPLUS_MONEY', now(), current_date, now())",
            await paid_order(db),
        )


@pytest.mark.parametrize("change", ["amount_fen = 1", "order_id = gen_random_uuid()", "reason = 'SELECTION_VOID'"])
async def test_what_a_refund_says_does_not_change(db, change):  # PA-8
    refund_id = await refund_in(db)
    with pytest.raises(asyncpg.CheckViolationError, match="does not change"):
        await db.driver.execute(f"UPDATE refunds SET {change} WHERE refund_id = $1", refund_id)


async def test_no_more_goes_back_than_has_come(db):  # PA-6, PA-12
    order_id = await paid_order(db)
    await refund_in(db, order_id=order_id, amount_fen=5000, items=[new_id()])
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await refund_in(db, order_id=order_id, amount_fen=2001, items=[new_id()])
    assert refused.value.constraint_name == "refunds_within_payment"
    await refund_in(db, order_id=order_id, amount_fen=2000, items=[new_id()])


async def test_money_that_has_not_come_does_not_go_back(db):  # PA-6
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await refund_in(db, order_id=await attempt_in(db, AttemptState.OPEN), amount_fen=1)
    assert refused.value.constraint_name == "refunds_within_payment"


async def test_surplus_money_goes_back_once(db):  # PA-6
    order_id = await paid_order(db)
    await refund_in(db, order_id=order_id, amount_fen=1)
    with pytest.raises(asyncpg.UniqueViolationError) as refused:
        await refund_in(db, order_id=order_id, amount_fen=1)
    assert refused.value.constraint_name == "one_surplus_refund"


async def test_two_at_once_do_not_give_back_more_than_has_come(database_url, db):  # PA-6, PA-12
    """Two real connections; the second waits for the first and then sees what it has done."""
    order_id = await paid_order(db)
    insert = (
        "INSERT INTO payment.refunds (refund_id, order_id, attempt_number, item_ids, amount_fen, state, reason, "
        "create_time, due_date) VALUES (gen_random_uuid(), $1, 1, ARRAY[gen_random_uuid()], 5000, 'REQUESTED', "
        "'OPERATOR_DECISION', now(), current_date)"
    )
    one, other = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    try:
        async with one.transaction():
            await one.execute(insert, order_id)
            second = asyncio.ensure_future(other.execute(insert, order_id))
        with pytest.raises(asyncpg.CheckViolationError):
            await second
    finally:
        await one.close()
        await other.close()


async def test_the_purpose_of_money_is_decided_once(db):  # PA-6
    order_id = await paid_order(db)
    await db.driver.execute("UPDATE attempts SET purpose = 'FEE' WHERE order_id = $1", order_id)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await db.driver.execute("UPDATE attempts SET purpose = 'SURPLUS' WHERE order_id = $1", order_id)
    assert refused.value.constraint_name == "purpose_is_fixed"


async def test_the_fee_of_an_item_goes_back_once(db):  # PA-12
    order_id = await paid_order(db)
    first = await refund_in(db, order_id=order_id, amount_fen=1, items=[new_id()])
    other = await refund_in(db, order_id=order_id, amount_fen=1, items=[new_id()])
    await db.driver.execute(
        "INSERT INTO order_items (order_id, item_id, position, candidate_id, session_id, registration_id, "
        "course_code, course_name, fee_fen, paid, refund_id) VALUES ($1, $2, 1, $2, '2026-10', $2, '00538', 'x', 1, "
        "true, $3)",
        order_id,
        new_id(),
        first,
    )
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await db.driver.execute("UPDATE order_items SET refund_id = $2 WHERE order_id = $1", order_id, other)
    assert refused.value.constraint_name == "item_is_refunded_once"
