"""Making and reading orders, with their timeline and their receipt."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.call_context import ME
from chassis.errors import NotFound, PermissionDenied, Refusal
from chassis.security.tokens import Access, Principal
from services.payment.dependencies import Dependencies
from services.payment.domain.orders import (
    NewOrder,
    Order,
    OrderFilter,
    opened,
    require_receipt,
    require_valid,
    same_or_refuse,
)
from services.payment.domain.receipts import Receipt
from services.payment.domain.timeline import EventKind, Source, Timeline, TimelineEvent, fold
from services.payment.usecases.working_days import unpublished_year


async def create_order(deps: Dependencies, asked: NewOrder) -> Order:
    """EN-10, PA-7: makes the order, or answers with the one that the same request made before (F-10).

    Raises AmountsDiffer, PaymentCutoffPassed, OrderIdReused, LiveOrderExists.
    """
    now = deps.clock.now()
    if asked.payment_cutoff_time <= now and (existing := await deps.orders.find_order(asked.order_id)):
        return same_or_refuse(existing, asked)
    require_valid(asked, now)
    order = opened(asked, deps.config.terms, now)
    event = TimelineEvent(EventKind.ORDER_CREATED, Source.SERVICE, order.state.value, amount_fen=order.total_fen)
    return same_or_refuse(await deps.orders.create_order(order, event), asked)


async def create_orders(deps: Dependencies, asked: Sequence[NewOrder]) -> Sequence[Order | Refusal]:
    """The same for several, which share a commit: each order, or why it is refused. Raises what concerns them all."""
    made = await asyncio.gather(*(create_order(deps, order) for order in asked), return_exceptions=True)
    return [_order_or_refusal(one) for one in made]


def _order_or_refusal(made: Order | BaseException) -> Order | Refusal:
    if isinstance(made, Order | Refusal):
        return made
    raise made


async def get_order(deps: Dependencies, order_id: str, who: Principal) -> Order:
    """The order, for its candidate and for staff and services; for another candidate there is none. Raises NotFound."""
    order = await deps.orders.get_order(order_id)
    if who.kind is Access.CANDIDATE and order.candidate_id != who.subject_id:
        raise NotFound()
    return order


async def list_orders(
    deps: Dependencies, which: OrderFilter, who: Principal, after: tuple[datetime, str] | None, size: int
) -> Sequence[Order]:
    """A candidate's own orders, or for operators all that match, newest first; a look at one candidate's is noted
    (RE-11). Raises PermissionDenied.
    """
    if who.kind is Access.CANDIDATE:
        if (which.candidate_id or ME) not in (ME, who.subject_id):
            raise PermissionDenied()
        which = replace(which, candidate_id=who.subject_id)
    elif which.candidate_id == ME:
        raise PermissionDenied()
    elif which.candidate_id:
        looked = AuditNote(AuditAction.ORDERS_VIEWED, "candidate", which.candidate_id, which.candidate_id)
        await deps.audit_log.add_entry(looked)
    return await deps.orders.list_orders(which, after, size)


async def get_timeline(deps: Dependencies, order_id: str, who: Principal) -> Timeline:
    """PA-11. Raises NotFound."""
    order = await get_order(deps, order_id, who)
    return Timeline(order, fold(await deps.orders.list_timeline_entries(order_id)))


async def get_receipt(deps: Dependencies, order_id: str, who: Principal) -> Receipt:
    """PA-9. Raises NotFound, OrderNotPaid."""
    order = await get_order(deps, order_id, who)
    require_receipt(order)
    receipt = await deps.receipts.get_receipt(order_id)
    if receipt.available_date is not None:
        return receipt
    return replace(receipt, unpublished_year=await unpublished_year(deps, receipt.paid_date))
