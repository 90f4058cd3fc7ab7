"""Closing a session's registration (EN-8, F-15). A module of its own: its session is closed for good."""

from chassis.ids import new_id
from services.enrollment.domain.selection import SelectionState, VoidReason
from services.enrollment.usecases import checking_out, closing, outcomes
from tests.integration.enrollment.stage import AESTHETICS, ANCIENT_LITERATURE_1, SESSION, select


async def test_closing_voids_what_was_never_checked_out_and_spares_the_rest(candidate, ports, clock) -> None:
    # EN-8, F-15: safe to run twice; an order made before the close may still be paid
    await select(candidate, ANCIENT_LITERATURE_1, ports)
    order = (await checking_out.check_out(candidate.candidate_id, SESSION, new_id(), (), ports)).checkout
    draft = await select(candidate, AESTHETICS, ports)
    session = (await ports.catalogues.latest()).sessions[SESSION]
    clock.advance(session.registration_end - clock.now())

    first, _ = await closing.close_registration(SESSION, ports)
    second, _ = await closing.close_registration(SESSION, ports)
    assert (first.voided, first.reserved, second.voided) == (1, 1, 0)
    after = await ports.selections.get(candidate.candidate_id, draft.selection_id)
    assert (after.state, after.void_reason) == (SelectionState.VOID, VoidReason.WINDOW_CLOSED)

    async with ports.begin() as changes:
        await outcomes.order_paid(order.order_id, order.selection_ids, changes, clock.now())
    paid = await ports.selections.get(candidate.candidate_id, order.selection_ids[0])
    assert paid.state is SelectionState.EFFECTIVE
