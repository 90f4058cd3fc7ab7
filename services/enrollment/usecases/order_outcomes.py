"""What follows from an order's fate, as payment tells it (EN-8, EN-9, PA-6)."""

from collections.abc import Mapping, Sequence

from chassis.transitions import advance
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.catalogue import SessionState
from services.enrollment.domain.checkouts import CheckoutState
from services.enrollment.domain.selections import TRANSITIONS, SelectionEvent, SelectionState, VoidReason
from services.enrollment.repository.transactional_writes import Transaction


async def count_paid_orders(deps: Dependencies, transaction: Transaction, paid: Mapping[str, Sequence[str]]) -> None:
    """EN-8: what is paid counts; `paid` has the selections by order. What cannot count any more is refunded: money is
    never silently kept (PA-6).
    """
    await transaction.settle_checkouts(list(paid), CheckoutState.PAID)
    counted = await transaction.make_effective(paid, deps.clock.now())
    for order_id, selection_ids in paid.items():
        if lost := sorted(set(selection_ids) - counted[order_id]):
            await transaction.note_refund(order_id, lost)


async def release_unpaid_order(deps: Dependencies, transaction: Transaction, order_id: str) -> None:
    """EN-9: the courses can be checked out again, or are void when the window is over (EN-8, F-15)."""
    for checkout in await transaction.settle_checkouts([order_id], CheckoutState.ENDED_UNPAID):
        now = deps.clock.now()
        session = (await deps.catalogue_cache.current()).sessions.get(checkout.session_id)
        still_open = session is not None and session.state(now) is SessionState.OPEN
        event = SelectionEvent.ORDER_ENDED_UNPAID if still_open else SelectionEvent.ORDER_ENDED_AFTER_CLOSE
        to = advance(TRANSITIONS, SelectionState.RESERVED, event)
        reason = VoidReason.WINDOW_CLOSED if to is SelectionState.VOID else None
        await transaction.release_reserved(order_id, checkout.selection_ids, to, reason, now)


async def end_refused_order(deps: Dependencies, order_id: str) -> None:
    """EN-10: payment will never make this order; its courses can be checked out again."""
    async with deps.transactions.begin() as transaction:
        await release_unpaid_order(deps, transaction, order_id)


async def decide_late_money(
    deps: Dependencies, transaction: Transaction, order_id: str, selection_ids: Sequence[str]
) -> None:
    """PA-6: money on an ended order is attached when all its courses are still held, else given back."""
    held = await transaction.reserve_again(order_id, selection_ids, deps.clock.now())
    await transaction.note_late_money_decision(order_id, attach=held)


async def void_refunded_items(deps: Dependencies, transaction: Transaction, selection_ids: Sequence[str]) -> None:
    """Invariant 2: selections whose money was given back do not count."""
    await transaction.void_refunded(selection_ids, deps.clock.now())
