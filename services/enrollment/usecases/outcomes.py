"""What follows from other services' decisions: an order's fate (EN-8, EN-9, PA-6), a review's decision (EN-4,
EN-10).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chassis.transitions import advance
from services.enrollment.domain.catalogue import SessionState
from services.enrollment.domain.checkout import CheckoutState
from services.enrollment.domain.registration import PROOF_TRANSITIONS, ProofEvent, ProofState
from services.enrollment.domain.selection import TRANSITIONS, SelectionEvent, SelectionState, VoidReason
from services.enrollment.ports import Changes, Ports
from services.enrollment.usecases.standing import issue_ticket_numbers


async def orders_paid(paid: Mapping[str, Sequence[str]], changes: Changes, now: datetime) -> None:
    """EN-8: what is paid counts; `paid` has the selections by order. What cannot count any more is refunded: money is
    never silently kept (PA-6).
    """
    await changes.settle(list(paid), CheckoutState.PAID)
    counted = await changes.make_effective(paid, now)
    for order_id, selection_ids in paid.items():
        if lost := sorted(set(selection_ids) - counted[order_id]):
            await changes.ask_refund(order_id, lost)


async def order_paid(order_id: str, selection_ids: Sequence[str], changes: Changes, now: datetime) -> None:
    """EN-8: the same for one order."""
    await orders_paid({order_id: selection_ids}, changes, now)


async def order_ended_unpaid(order_id: str, changes: Changes, ports: Ports) -> None:
    """EN-9: the courses can be checked out again, or are void when the window is over (EN-8, F-15)."""
    for checkout in await changes.settle([order_id], CheckoutState.ENDED_UNPAID):
        now = ports.clock.now()
        session = (await ports.catalogues.current()).sessions.get(checkout.session_id)
        still_open = session is not None and session.state(now) is SessionState.OPEN
        event = SelectionEvent.ORDER_ENDED_UNPAID if still_open else SelectionEvent.ORDER_ENDED_AFTER_CLOSE
        to = advance(TRANSITIONS, SelectionState.RESERVED, event)
        reason = VoidReason.WINDOW_CLOSED if to is SelectionState.VOID else None
        await changes.release(order_id, checkout.selection_ids, to, reason, now)


async def end_refused_order(order_id: str, ports: Ports) -> None:
    """EN-10: payment will never make this order; its courses can be checked out again."""
    async with ports.begin() as changes:
        await order_ended_unpaid(order_id, changes, ports)


async def late_money_arrived(order_id: str, selection_ids: Sequence[str], changes: Changes, now: datetime) -> None:
    """PA-6: money on an ended order is attached when all its courses are still held, else given back."""
    held = await changes.hold_again(order_id, selection_ids, now)
    await changes.decide_late_money(order_id, attach=held)


async def items_refunded(selection_ids: Sequence[str], changes: Changes, now: datetime) -> None:
    """Invariant 2: selections whose money was given back do not count."""
    await changes.refunded(selection_ids, now)


async def proofs_decided(registration_id: str, event: ProofEvent, changes: Changes, ports: Ports) -> None:
    """EN-4, ID-9: a special major's proofs were decided on; approval may make the ticket number due."""
    registration = await changes.registration(registration_id)
    if registration is None or registration.proof_state in {ProofState.NOT_NEEDED, ProofState.APPROVED}:
        return
    await changes.set_proof_state(registration_id, advance(PROOF_TRANSITIONS, registration.proof_state, event))
    await issue_ticket_numbers(registration.candidate_id, changes, ports.tickets)


async def practice_decided(selection_id: str, *, approved: bool, changes: Changes, now: datetime) -> None:
    """EN-10: the school has reviewed a practice course; approved, it awaits payment at the school."""
    event = SelectionEvent.APPROVED_BY_SCHOOL if approved else SelectionEvent.REFUSED_BY_SCHOOL
    to = advance(TRANSITIONS, SelectionState.UNDER_REVIEW, event)
    await changes.decide_practice(selection_id, to, None if approved else VoidReason.REFUSED_BY_SCHOOL, now)
