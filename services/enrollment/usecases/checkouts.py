"""Checkout (EN-9, EN-10): all theory drafts of a session into one order, once per request."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.ids import derived_id
from chassis.optimistic_retry import until_applied
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.candidate_session_state import CandidateSession
from services.enrollment.domain.catalogue import Catalogue, TextKind
from services.enrollment.domain.checkouts import (
    CheckedOut,
    Checkout,
    CheckoutState,
    OrderFate,
    SeenBasket,
    fingerprint,
    same_request,
    to_check_out,
)
from services.enrollment.domain.gates import Gate, GateContext, payment_gates, selection_gates
from services.enrollment.domain.selections import Selection
from services.enrollment.errors import OrderRefused
from services.enrollment.usecases.gates import GatesAhead, gate_context, pass_gates
from services.enrollment.usecases.order_outcomes import count_paid_orders, end_refused_order, release_unpaid_order

ANYTHING: Final = SeenBasket()
HELD_BACK: Final = timedelta(seconds=3)
"""The order is created in line; only if that has not happened by then does the outbox create it."""


async def check_out(
    deps: Dependencies, candidate_id: str, session_id: str, request_id: str, seen: SeenBasket = ANYTHING
) -> CheckedOut:
    """EN-10: reserves the drafts and creates their order; the same request again answers the same order (F-10).

    Raises NotFound, GatesUnmet, OrderUnsettled, NothingToCheckOut, DraftsChanged, FeesChanged, CheckoutRefused,
    RequestIdReused, OrderRefused, Contention, and ServiceUnavailable where only identity or payment can say.
    """
    order_id = derived_id("order", candidate_id, session_id, request_id)
    asked = fingerprint(session_id, seen)

    async def attempt() -> CheckedOut | None:
        held = await deps.candidate_sessions.get_candidate_session(candidate_id, session_id, order_id)
        context = await gate_context(deps, candidate_id, session_id, held.facts)
        if held.replayed is not None:
            return await _replay(deps, same_request(held.replayed, asked), held, context)
        context = await pass_gates(deps, context, _gates_before(held.drafts))
        if held.unsettled is not None and await _settled_meanwhile(deps, held.unsettled):
            return None
        drafts = to_check_out(held.drafts, held.unsettled, seen, context)
        checkout, names = _checkout(order_id, drafts, asked, context), _names(drafts, context.catalogue)
        revision, later = held.facts.revision, context.now + HELD_BACK
        if not await deps.selections.reserve_drafts(checkout, drafts, names, revision=revision, later=later):
            return None
        return await _create_order(deps, checkout, drafts, context.catalogue)

    return await until_applied(attempt)


def _gates_before(drafts: Sequence[Selection]) -> GatesAhead:
    concerned = {draft.registration_id for draft in drafts}

    def ahead(context: GateContext) -> tuple[Gate, ...]:
        registrations = [held for held in context.facts.registrations if held.registration_id in concerned]
        return selection_gates(context) + payment_gates(context.facts, registrations)

    return ahead


async def _settled_meanwhile(deps: Dependencies, unsettled: Checkout) -> bool:
    """F-12: before an append is refused payment is asked, since its event may still be on the way."""
    fate = await deps.payment.get_order_fate(unsettled.order_id)
    if fate not in {OrderFate.PAID, OrderFate.ENDED_UNPAID}:
        return False
    async with deps.transactions.begin() as transaction:
        if fate is OrderFate.PAID:
            await count_paid_orders(deps, transaction, {unsettled.order_id: unsettled.selection_ids})
        else:
            await release_unpaid_order(deps, transaction, unsettled.order_id)
    return True


async def _replay(deps: Dependencies, checkout: Checkout, held: CandidateSession, context: GateContext) -> CheckedOut:
    present = {one.selection_id: one for one in held.selections}
    # In the checkout's own order: payment takes the same items in another order for another request (F-10).
    items = tuple(present[selection_id] for selection_id in checkout.selection_ids if selection_id in present)
    if checkout.state is CheckoutState.UNSETTLED and len(items) == len(checkout.selection_ids):
        return await _create_order(deps, checkout, items, context.catalogue)
    return CheckedOut(checkout, items, checkout.state, context.catalogue)


async def _create_order(
    deps: Dependencies, checkout: Checkout, items: Sequence[Selection], catalogue: Catalogue
) -> CheckedOut:
    try:
        fate = await deps.payment.create_order(checkout, items, _names(items, catalogue))
    except OrderRefused:
        await end_refused_order(deps, checkout.order_id)
        deps.selections.remove_order_intent(checkout.order_id)
        raise
    if fate is OrderFate.UNKNOWN:
        return CheckedOut(checkout, tuple(items), CheckoutState.CREATING, catalogue)
    deps.selections.remove_order_intent(checkout.order_id)
    return CheckedOut(checkout, tuple(items), checkout.state, catalogue)


def _checkout(order_id: str, drafts: Sequence[Selection], asked: bytes, context: GateContext) -> Checkout:
    undertaking = context.catalogue.text(TextKind.REGISTRATION_UNDERTAKING)
    return Checkout(
        order_id=order_id,
        candidate_id=context.candidate_id,
        session_id=context.session.session_id,
        selection_ids=tuple(draft.selection_id for draft in drafts),
        total_fen=sum(draft.fee_fen for draft in drafts),
        state=CheckoutState.UNSETTLED,
        undertaking_version=str(undertaking.version if undertaking else 0),
        payment_cutoff=context.session.payment_cutoff,
        fingerprint=asked,
        create_time=context.now,
    )


def _names(items: Sequence[Selection], catalogue: Catalogue) -> dict[str, str]:
    return {item.course_code: catalogue.courses[item.course_code].name for item in items}
