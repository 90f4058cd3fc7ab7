"""Checkout on a real PostgreSQL: one order per request, one unsettled order per session (EN-9, EN-10, F-10, F-12)."""

import pytest

from chassis.errors import RequestIdReused
from chassis.ids import new_id
from services.enrollment.domain.checkout import CheckoutState
from services.enrollment.domain.registration import IdentityState, Standing
from services.enrollment.domain.selection import SelectionState
from services.enrollment.errors import (
    DraftsChanged,
    GatesUnmet,
    NothingToCheckOut,
    OrderRefused,
    OrderUnsettled,
    SelectionFinal,
)
from services.enrollment.ports import OrderFate
from services.enrollment.usecases import checking_out, outcomes, overview, registering, selecting
from tests.integration.enrollment.stage import (
    AESTHETICS,
    ANCIENT_LITERATURE_1,
    CHINESE,
    FOREIGN_LITERATURE,
    LINGUISTICS,
    NORMAL_UNIVERSITY,
    SESSION,
    STAFF_LABORATORY,
    STAFF_MANAGEMENT,
    STAFF_UNIVERSITY,
    Candidate,
    prepare,
    race,
    refusals,
    select,
)


async def check_out(candidate, ports, request_id=None, selection_ids=()):
    return await checking_out.check_out(candidate.candidate_id, SESSION, request_id or new_id(), selection_ids, ports)


async def states(candidate, ports) -> set[SelectionState]:
    return {held.state for held in await ports.desks.live(candidate.candidate_id)}


async def noted_orders(db, order_id: str) -> int:
    return await db.driver.fetchval(
        "SELECT count(*) FROM outbox WHERE destination = 'payment.CreateOrder' AND aggregate_id = $1", order_id
    )


@pytest.fixture
async def chosen(ready_candidate, ports):
    """A candidate with two theory drafts, and a practice course under another registration."""
    candidate = await ready_candidate((NORMAL_UNIVERSITY, CHINESE), (STAFF_UNIVERSITY, STAFF_MANAGEMENT))
    for code in (FOREIGN_LITERATURE, ANCIENT_LITERATURE_1):
        await select(candidate, code, ports)
    await select(candidate, STAFF_LABORATORY, ports, registration=1)
    return candidate


async def test_a_checkout_reserves_the_theory_drafts_and_creates_one_order(chosen, ports, orders, settled) -> None:
    # EN-10
    done = await check_out(chosen, ports)
    assert (done.checkout.total_fen, done.state) == (13000, CheckoutState.UNSETTLED)
    assert {item.course_code for item in done.items} == {ANCIENT_LITERATURE_1, FOREIGN_LITERATURE}
    assert await states(chosen, ports) == {SelectionState.RESERVED, SelectionState.AWAITING_SCHOOL}
    assert orders.created == [done.checkout.order_id]
    assert len(settled) == 1


async def test_the_same_request_is_answered_with_the_same_order(chosen, ports, orders) -> None:  # F-10
    request_id = new_id()
    first, second = await check_out(chosen, ports, request_id), await check_out(chosen, ports, request_id)
    assert first.checkout == second.checkout
    assert orders.created == [first.checkout.order_id]


async def test_the_same_request_many_times_at_once_makes_one_order(chosen, make_ports, orders) -> None:  # F-10
    request_id = new_id()
    found = await race(*(check_out(chosen, make_ports(), request_id) for _ in range(6)))
    assert refusals(found) == []
    assert len(orders.created) == 1


async def test_another_body_under_the_same_request_id_is_refused(chosen, ports) -> None:  # F-10
    request_id = new_id()
    await check_out(chosen, ports, request_id)
    with pytest.raises(RequestIdReused):
        await check_out(chosen, ports, request_id, [new_id()])


async def test_two_checkouts_at_once_make_one_order(chosen, make_ports, orders) -> None:  # PA-7, F-8
    found = await race(*(check_out(chosen, make_ports()) for _ in range(5)))
    assert refusals(found) == [OrderUnsettled] * 4
    assert len(orders.created) == 1


async def test_an_append_waits_for_the_unsettled_order_and_is_allowed_the_moment_it_settles(
    chosen, ports, orders
) -> None:  # F-12, EN-9
    first = await check_out(chosen, ports)
    await select(chosen, AESTHETICS, ports)
    with pytest.raises(OrderUnsettled) as refusal:
        await check_out(chosen, ports)
    assert refusal.value.metadata["order_id"] == first.checkout.order_id
    orders.book[first.checkout.order_id] = OrderFate.PAID  # payment knows; its event is still on the way
    second = await check_out(chosen, ports)
    assert [item.course_code for item in second.items] == [AESTHETICS]
    assert await states(chosen, ports) == {
        SelectionState.EFFECTIVE,
        SelectionState.RESERVED,
        SelectionState.AWAITING_SCHOOL,
    }


async def test_with_payment_down_the_order_is_being_created_and_follows(chosen, ports, orders, db, settled) -> None:
    # EN-10
    orders.away = True
    request_id = new_id()
    done = await check_out(chosen, ports, request_id)
    assert (done.state, settled) == (CheckoutState.CREATING, [])
    assert await noted_orders(db, done.checkout.order_id) == 1
    orders.away = False
    again = await check_out(chosen, ports, request_id)
    assert again.state is CheckoutState.UNSETTLED
    assert await noted_orders(db, done.checkout.order_id) == 1


async def test_an_order_that_payment_refuses_gives_the_courses_back(chosen, ports, orders) -> None:  # EN-10
    orders.refuses = True
    with pytest.raises(OrderRefused):
        await check_out(chosen, ports)
    assert await states(chosen, ports) == {SelectionState.DRAFT, SelectionState.AWAITING_SCHOOL}
    orders.refuses = False
    assert (await check_out(chosen, ports)).state is CheckoutState.UNSETTLED


async def test_an_order_that_ended_unpaid_gives_the_courses_back(chosen, ports) -> None:  # EN-9
    done = await check_out(chosen, ports)
    async with ports.begin() as changes:
        await outcomes.order_ended_unpaid(done.checkout.order_id, changes, ports)
    again = await check_out(chosen, ports)
    assert again.checkout.order_id != done.checkout.order_id
    assert set(again.checkout.selection_ids) == set(done.checkout.selection_ids)


async def test_a_reserved_course_is_not_taken_back(chosen, ports) -> None:  # EN-9
    done = await check_out(chosen, ports)
    with pytest.raises(OrderUnsettled):
        await selecting.take_back(chosen.candidate_id, done.items[0].selection_id, ports)


async def test_a_course_taken_back_and_a_checkout_never_both_win(ready_candidate, make_ports, ports) -> None:  # EN-9
    for _ in range(8):
        candidate = await ready_candidate()
        held = await select(candidate, LINGUISTICS, ports)
        found = await race(
            check_out(candidate, ports), selecting.take_back(candidate.candidate_id, held.selection_id, make_ports())
        )
        assert refusals(found) in ([OrderUnsettled], [NothingToCheckOut], [SelectionFinal])
        after = await ports.selections.get(candidate.candidate_id, held.selection_id)
        reserved = after.state is SelectionState.RESERVED
        assert reserved is (refusals(found) == [OrderUnsettled])


async def test_a_checkout_takes_what_the_candidate_saw(chosen, ports) -> None:  # EN-10
    with pytest.raises(DraftsChanged):
        await check_out(chosen, ports, selection_ids=[new_id()])


async def test_a_candidate_under_review_may_select_and_not_pay(ports, hear) -> None:  # EN-2
    candidate_id = new_id()
    await hear(Standing(candidate_id, 1, True, True, IdentityState.UNDER_REVIEW))
    await registering.register(candidate_id, NORMAL_UNIVERSITY, CHINESE, "1", ports)
    await prepare(candidate_id, ports)
    candidate = Candidate(candidate_id, await ports.registrations.of(candidate_id))
    await select(candidate, AESTHETICS, ports)
    with pytest.raises(GatesUnmet) as refusal:
        await check_out(candidate, ports)
    assert [each.reason for each in refusal.value.unmet] == ["IDENTITY_UNDER_REVIEW", "TICKET_NUMBER_MISSING"]


async def test_the_overview_shows_selections_gates_and_the_unsettled_checkout(chosen, ports) -> None:  # EN-11
    removed = await select(chosen, AESTHETICS, ports)
    await selecting.take_back(chosen.candidate_id, removed.selection_id, ports)
    done = await check_out(chosen, ports)
    await select(chosen, LINGUISTICS, ports)
    shown = await overview.session_overview(chosen.candidate_id, SESSION, ports)
    assert {held.course_code for held in shown.desk.selections} == {
        ANCIENT_LITERATURE_1,
        FOREIGN_LITERATURE,
        STAFF_LABORATORY,
        LINGUISTICS,
    }
    assert shown.desk.unsettled.order_id == done.checkout.order_id
    assert sum(draft.fee_fen for draft in shown.desk.drafts) == 6500
    assert all(gate.met for gate in shown.gates)
