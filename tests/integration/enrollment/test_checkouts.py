"""Checkout on a real PostgreSQL: one order per request, one unsettled order per session (EN-9, EN-10, F-10, F-12)."""

import re

import pytest

from chassis.errors import RequestIdReused, ServiceUnavailable
from chassis.ids import new_id
from services.enrollment.domain.checkouts import CheckoutState, OrderFate, SeenBasket
from services.enrollment.domain.imports.file_rows import CatalogueFile
from services.enrollment.domain.registrations import IdentityState, Standing
from services.enrollment.domain.selections import SelectionState
from services.enrollment.errors import (
    CheckoutRefused,
    DraftsChanged,
    FeesChanged,
    GatesUnmet,
    NothingToCheckOut,
    OrderRefused,
    OrderUnsettled,
    SelectionFinal,
)
from services.enrollment.mapping import candidate as mapping
from services.enrollment.usecases import candidate_overview, checkouts, order_outcomes, registrations, selections
from services.enrollment.usecases.administration import catalogue_changes
from tests.integration.enrollment.stand_ins import (
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
    refusals,
    select,
)
from tests.support.refusals import race


async def check_out(candidate, deps, request_id=None, selection_ids=(), total_fen=0):
    seen = SeenBasket(tuple(selection_ids), total_fen)
    return await checkouts.check_out(deps, candidate.candidate_id, SESSION, request_id or new_id(), seen)


async def states(candidate, deps) -> set[SelectionState]:
    return {held.state for held in await deps.candidate_sessions.list_live_selections(candidate.candidate_id)}


async def noted_orders(db, order_id: str) -> int:
    return await db.driver.fetchval(
        "SELECT count(*) FROM outbox WHERE destination = 'payment.CreateOrder' AND aggregate_id = $1", order_id
    )


@pytest.fixture
async def chosen(ready_candidate, deps):
    """A candidate with two theory drafts, and a practice course under another registration."""
    candidate = await ready_candidate((NORMAL_UNIVERSITY, CHINESE), (STAFF_UNIVERSITY, STAFF_MANAGEMENT))
    for code in (FOREIGN_LITERATURE, ANCIENT_LITERATURE_1):
        await select(candidate, code, deps)
    await select(candidate, STAFF_LABORATORY, deps, registration=1)
    return candidate


async def test_a_checkout_reserves_the_theory_drafts_and_creates_one_order(chosen, deps, orders, settled) -> None:
    # EN-10
    done = await check_out(chosen, deps)
    assert (done.checkout.total_fen, done.state) == (13000, CheckoutState.UNSETTLED)
    assert {item.course_code for item in done.items} == {ANCIENT_LITERATURE_1, FOREIGN_LITERATURE}
    assert await states(chosen, deps) == {SelectionState.RESERVED, SelectionState.AWAITING_SCHOOL}
    assert orders.created == [done.checkout.order_id]
    assert len(settled) == 1


async def test_the_same_request_is_answered_with_the_same_order(chosen, deps, orders) -> None:  # F-10
    request_id = new_id()
    first, second = await check_out(chosen, deps, request_id), await check_out(chosen, deps, request_id)
    assert first.checkout == second.checkout
    assert orders.created == [first.checkout.order_id]


async def test_the_same_request_many_times_at_once_makes_one_order(chosen, make_deps, orders) -> None:  # F-10
    request_id = new_id()
    found = await race(*(check_out(chosen, make_deps(), request_id) for _ in range(6)))
    assert refusals(found) == []
    assert len(orders.created) == 1


async def test_another_body_under_the_same_request_id_is_refused(chosen, deps) -> None:  # F-10
    request_id = new_id()
    await check_out(chosen, deps, request_id)
    with pytest.raises(RequestIdReused):
        await check_out(chosen, deps, request_id, [new_id()])


async def test_two_checkouts_at_once_make_one_order(chosen, make_deps, orders) -> None:  # PA-7, F-8
    found = await race(*(check_out(chosen, make_deps()) for _ in range(5)))
    assert refusals(found) == [OrderUnsettled] * 4
    assert len(orders.created) == 1


async def test_an_append_waits_for_the_unsettled_order_and_is_allowed_the_moment_it_settles(
    chosen, deps, orders
) -> None:  # F-12, EN-9
    first = await check_out(chosen, deps)
    await select(chosen, AESTHETICS, deps)
    with pytest.raises(OrderUnsettled) as refusal:
        await check_out(chosen, deps)
    assert refusal.value.metadata["order_id"] == first.checkout.order_id
    orders.book[first.checkout.order_id] = OrderFate.PAID  # payment knows; its event is still on the way
    second = await check_out(chosen, deps)
    assert [item.course_code for item in second.items] == [AESTHETICS]
    assert await states(chosen, deps) == {
        SelectionState.EFFECTIVE,
        SelectionState.RESERVED,
        SelectionState.AWAITING_SCHOOL,
    }


async def test_a_course_that_was_retired_meanwhile_is_refused_at_checkout_with_the_reason(
    chosen, deps, files, orders
) -> None:  # EN-15, F-25
    await republish(
        deps, files, "courses.csv", f"{ANCIENT_LITERATURE_1},(.*),false,", rf"{ANCIENT_LITERATURE_1},\1,true,"
    )
    with pytest.raises(CheckoutRefused) as refused:
        await check_out(chosen, deps)
    assert [each.reason for each in refused.value.unmet] == ["COURSE_NOT_EXAMINED"]
    shown = mapping.overview(await candidate_overview.get_overview(deps, chosen.candidate_id, SESSION))
    assert [(one.selection_id, one.reason) for one in shown.changes] == [
        (refused.value.unmet[0].subject, "COURSE_NOT_EXAMINED")
    ]
    assert orders.created == []
    await selections.take_back_selection(deps, chosen.candidate_id, refused.value.unmet[0].subject)
    assert [item.course_code for item in (await check_out(chosen, deps)).items] == [FOREIGN_LITERATURE]


async def test_a_course_that_left_the_plan_is_refused_at_checkout(chosen, deps, files) -> None:  # EN-15, F-25
    line = f".*,{CHINESE},{ANCIENT_LITERATURE_1},.*\n"
    await republish(deps, files, "plan_courses.csv", line, "")
    with pytest.raises(CheckoutRefused) as refused:
        await check_out(chosen, deps)
    assert [each.reason for each in refused.value.unmet] == ["COURSE_NOT_IN_PLAN"]


async def test_every_course_is_paid_at_the_fee_of_the_checkout_which_was_shown_before(
    chosen, deps, files
) -> None:  # EN-15, F-25
    await republish(deps, files, "fees.csv", "theory_course,6500", "theory_course,7000")
    shown = mapping.overview(await candidate_overview.get_overview(deps, chosen.candidate_id, SESSION))
    assert shown.draft_total_fen == 14_000
    assert {(one.old_fee_fen, one.fee_fen, one.reason) for one in shown.changes} == {(6500, 7000, "")}
    with pytest.raises(FeesChanged):
        await check_out(chosen, deps, total_fen=13_000)
    done = await check_out(chosen, deps, total_fen=shown.draft_total_fen)
    assert (done.checkout.total_fen, {item.fee_fen for item in done.items}) == (14_000, {7000})
    held = await deps.candidate_sessions.list_live_selections(chosen.candidate_id)
    assert {one.fee_fen for one in held if one.order_id} == {7000}


async def republish(deps, files, name: str, pattern: str, instead: str) -> None:
    """Imports the catalogue again with one of its files changed."""
    changed = [
        CatalogueFile(file.name, re.sub(pattern, instead, file.content.decode()).encode())
        if file.name == name
        else file
        for file in files
    ]
    assert changed != files
    outcome, _ = await catalogue_changes.import_catalogue(deps, changed, dry_run=False)
    assert not outcome.problems


async def test_with_payment_down_the_order_is_being_created_and_follows(chosen, deps, orders, db, settled) -> None:
    # EN-10
    orders.away = True
    request_id = new_id()
    done = await check_out(chosen, deps, request_id)
    assert (done.state, settled) == (CheckoutState.CREATING, [])
    assert await noted_orders(db, done.checkout.order_id) == 1
    orders.away = False
    again = await check_out(chosen, deps, request_id)
    assert again.state is CheckoutState.UNSETTLED
    assert await noted_orders(db, done.checkout.order_id) == 1


async def test_an_order_that_payment_refuses_gives_the_courses_back(chosen, deps, orders) -> None:  # EN-10
    orders.refuses = True
    with pytest.raises(OrderRefused):
        await check_out(chosen, deps)
    assert await states(chosen, deps) == {SelectionState.DRAFT, SelectionState.AWAITING_SCHOOL}
    orders.refuses = False
    assert (await check_out(chosen, deps)).state is CheckoutState.UNSETTLED


async def test_an_order_that_ended_unpaid_gives_the_courses_back(chosen, deps) -> None:  # EN-9
    done = await check_out(chosen, deps)
    async with deps.transactions.begin() as transaction:
        await order_outcomes.release_unpaid_order(deps, transaction, done.checkout.order_id)
    again = await check_out(chosen, deps)
    assert again.checkout.order_id != done.checkout.order_id
    assert set(again.checkout.selection_ids) == set(done.checkout.selection_ids)


async def test_a_reserved_course_is_not_taken_back(chosen, deps) -> None:  # EN-9
    done = await check_out(chosen, deps)
    with pytest.raises(OrderUnsettled):
        await selections.take_back_selection(deps, chosen.candidate_id, done.items[0].selection_id)


async def test_a_course_taken_back_and_a_checkout_never_both_win(ready_candidate, make_deps, deps) -> None:  # EN-9
    for _ in range(8):
        candidate = await ready_candidate()
        held = await select(candidate, LINGUISTICS, deps)
        found = await race(
            check_out(candidate, deps),
            selections.take_back_selection(make_deps(), candidate.candidate_id, held.selection_id),
        )
        assert refusals(found) in ([OrderUnsettled], [NothingToCheckOut], [SelectionFinal])
        after = await deps.selections.get_selection(candidate.candidate_id, held.selection_id)
        reserved = after.state is SelectionState.RESERVED
        assert reserved is (refusals(found) == [OrderUnsettled])


async def test_a_checkout_takes_what_the_candidate_saw(chosen, deps) -> None:  # EN-10
    with pytest.raises(DraftsChanged):
        await check_out(chosen, deps, selection_ids=[new_id()])


async def test_a_candidate_under_review_may_select_and_not_pay(deps, hear) -> None:  # EN-2
    candidate_id = new_id()
    await hear(Standing(candidate_id, 1, True, True, IdentityState.UNDER_REVIEW))
    await registrations.register_for_major(deps, candidate_id, NORMAL_UNIVERSITY, CHINESE, "1")
    await prepare(candidate_id, deps)
    candidate = Candidate(candidate_id, await deps.registrations.list_registrations(candidate_id))
    await select(candidate, AESTHETICS, deps)
    with pytest.raises(GatesUnmet) as refusal:
        await check_out(candidate, deps)
    assert [each.reason for each in refusal.value.unmet] == ["IDENTITY_UNDER_REVIEW", "TICKET_NUMBER_MISSING"]


async def test_the_overview_shows_selections_gates_and_the_unsettled_checkout(chosen, deps) -> None:  # EN-11
    removed = await select(chosen, AESTHETICS, deps)
    await selections.take_back_selection(deps, chosen.candidate_id, removed.selection_id)
    done = await check_out(chosen, deps)
    await select(chosen, LINGUISTICS, deps)
    shown = await candidate_overview.get_overview(deps, chosen.candidate_id, SESSION)
    assert {held.course_code for held in shown.held.selections} == {
        ANCIENT_LITERATURE_1,
        FOREIGN_LITERATURE,
        STAFF_LABORATORY,
        LINGUISTICS,
    }
    assert shown.held.unsettled.order_id == done.checkout.order_id
    assert sum(draft.fee_fen for draft in shown.held.drafts) == 6500
    assert all(gate.met for gate in shown.gates)


async def test_an_append_is_not_refused_while_payment_cannot_say_how_the_order_stands(chosen, deps, orders) -> None:
    # GW-7, EN-9, F-12
    await check_out(chosen, deps)
    await select(chosen, AESTHETICS, deps)
    orders.away = True
    with pytest.raises(ServiceUnavailable):
        await check_out(chosen, deps)
    orders.away = False
    with pytest.raises(OrderUnsettled):
        await check_out(chosen, deps)
