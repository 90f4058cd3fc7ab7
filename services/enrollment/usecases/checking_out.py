"""Checkout (EN-9, EN-10): all theory drafts of a session into one order, once per request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis.ids import derived_id
from services.enrollment.domain.catalogue import Catalogue, TextKind
from services.enrollment.domain.checkout import (
    Checkout,
    CheckoutState,
    Desk,
    fingerprint,
    same_request,
    to_check_out,
)
from services.enrollment.domain.gates import Gate, payment_gates, selection_gates
from services.enrollment.domain.selection import Selection
from services.enrollment.errors import Crowded, OrderRefused
from services.enrollment.ports import OrderFate, Ports
from services.enrollment.usecases import TRIES
from services.enrollment.usecases.gating import GatesAhead, Scene, pass_gates, set_scene
from services.enrollment.usecases.outcomes import end_refused_order, order_ended_unpaid, order_paid

HELD_BACK: Final = timedelta(seconds=3)
"""The order is created in line; only if that has not happened by then does the outbox create it."""


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """A checkout with its items, and where its order stands."""

    checkout: Checkout
    items: tuple[Selection, ...]
    state: CheckoutState
    catalogue: Catalogue


async def check_out(
    candidate_id: str, session_id: str, request_id: str, asked_for: Sequence[str], ports: Ports
) -> CheckedOut:
    """EN-10: reserves the drafts and creates their order; the same request again answers the same order (F-10).

    Raises NotFound, GatesUnmet, OrderUnsettled, NothingToCheckOut, DraftsChanged, RequestIdReused, OrderRefused.
    """
    order_id = derived_id("order", candidate_id, session_id, request_id)
    asked = fingerprint(session_id, asked_for)
    for _ in range(TRIES):
        desk = await ports.desks.desk(candidate_id, session_id, order_id)
        scene = await set_scene(candidate_id, session_id, desk.facts, ports)
        if desk.replayed is not None:
            return await _replay(same_request(desk.replayed, asked), desk, scene, ports)
        scene = await pass_gates(scene, _ahead_of(desk.drafts), ports)
        if desk.unsettled is not None and await _settled_meanwhile(desk.unsettled, ports):
            continue
        drafts = to_check_out(desk.drafts, desk.unsettled, asked_for)
        checkout = _checkout(order_id, drafts, asked, scene)
        names = _names(drafts, scene.catalogue)
        later = scene.now + HELD_BACK
        if await ports.selections.reserve(checkout, drafts, names, revision=desk.facts.revision, later=later):
            return await _create_order(checkout, drafts, scene.catalogue, ports)
    raise Crowded()


def _ahead_of(drafts: Sequence[Selection]) -> GatesAhead:
    concerned = {draft.registration_id for draft in drafts}

    def ahead(scene: Scene) -> tuple[Gate, ...]:
        registrations = [held for held in scene.facts.registrations if held.registration_id in concerned]
        before_selection = selection_gates(scene.facts, scene.catalogue, scene.session, scene.now)
        return before_selection + payment_gates(scene.facts, registrations)

    return ahead


async def _settled_meanwhile(unsettled: Checkout, ports: Ports) -> bool:
    """F-12: before an append is refused payment is asked, since its event may still be on the way."""
    fate = await ports.orders.fate(unsettled.order_id)
    if fate not in {OrderFate.PAID, OrderFate.ENDED_UNPAID}:
        return False
    async with ports.begin() as changes:
        if fate is OrderFate.PAID:
            await order_paid(unsettled.order_id, unsettled.selection_ids, changes, ports.clock.now())
        else:
            await order_ended_unpaid(unsettled.order_id, changes, ports)
    return True


async def _replay(checkout: Checkout, desk: Desk, scene: Scene, ports: Ports) -> CheckedOut:
    held = {one.selection_id: one for one in desk.selections}
    # In the checkout's own order: payment takes the same items in another order for another request (F-10).
    items = tuple(held[selection_id] for selection_id in checkout.selection_ids if selection_id in held)
    if checkout.state is CheckoutState.UNSETTLED and len(items) == len(checkout.selection_ids):
        return await _create_order(checkout, items, scene.catalogue, ports)
    return CheckedOut(checkout, items, checkout.state, scene.catalogue)


async def _create_order(
    checkout: Checkout, items: Sequence[Selection], catalogue: Catalogue, ports: Ports
) -> CheckedOut:
    try:
        fate = await ports.orders.create(checkout, items, _names(items, catalogue))
    except OrderRefused:
        await end_refused_order(checkout.order_id, ports)
        ports.selections.order_exists(checkout.order_id)
        raise
    if fate is OrderFate.UNKNOWN:
        return CheckedOut(checkout, tuple(items), CheckoutState.CREATING, catalogue)
    ports.selections.order_exists(checkout.order_id)
    return CheckedOut(checkout, tuple(items), checkout.state, catalogue)


def _checkout(order_id: str, drafts: Sequence[Selection], asked: bytes, scene: Scene) -> Checkout:
    undertaking = scene.catalogue.text(TextKind.REGISTRATION_UNDERTAKING)
    return Checkout(
        order_id=order_id,
        candidate_id=scene.candidate_id,
        session_id=scene.session.session_id,
        selection_ids=tuple(draft.selection_id for draft in drafts),
        total_fen=sum(draft.fee_fen for draft in drafts),
        state=CheckoutState.UNSETTLED,
        undertaking_version=str(undertaking.version if undertaking else 0),
        payment_cutoff=scene.session.payment_cutoff,
        fingerprint=asked,
        create_time=scene.now,
    )


def _names(items: Sequence[Selection], catalogue: Catalogue) -> dict[str, str]:
    return {item.course_code: catalogue.courses[item.course_code].name for item in items}
