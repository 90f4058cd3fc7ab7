"""Asking for refunds, reading them, and where the money goes when the way it came is closed (PA-6, PA-12)."""

from collections.abc import Sequence
from dataclasses import replace

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.optimistic_retry import until_applied
from chassis.security.tokens import Access, Principal
from services.payment.dependencies import Dependencies
from services.payment.domain.orders import Order
from services.payment.domain.refunds import (
    ROUTE_CLOSED,
    BankAccount,
    NewRefund,
    Refund,
    RefundState,
    require_note,
    same_refund_or_refuse,
    to_give_back,
)
from services.payment.domain.timeline import EventKind, Source, TimelineEvent
from services.payment.usecases.orders import get_order


async def create_refund(deps: Dependencies, asked: NewRefund, who: Principal) -> Refund:
    """Records that the fee of items goes back; the platform is asked in the background.

    Raises NotFound, RefundNoteRequired, OrderNotPaid, ItemAlreadyRefunded, RefundIdReused, Contention.
    """
    source = Source.OPERATOR if who.kind is Access.OPERATOR else Source.SERVICE
    if source is Source.OPERATOR:
        require_note(asked)

    async def attempt() -> Refund | None:
        # The order is read first: if its items are going back already, it may be by this very refund.
        order = await deps.orders.get_order(asked.order_id)
        if existing := await deps.refunds.find_refund(asked.refund_id):
            return same_refund_or_refuse(existing, asked)
        items = to_give_back(order, asked)
        amount = sum(item.fee_fen for item in items)
        chosen = replace(asked, item_ids=tuple(item.item_id for item in items))
        event = TimelineEvent(EventKind.REFUND_REQUESTED, source, "REQUESTED", order.attempt_number, amount)
        now = deps.clock.now()
        due = deps.config.refunds.due_date(now)
        noted = None if source is Source.SERVICE else _refund_noted(order, chosen, amount)
        if await deps.refunds.create_refund(order, chosen, amount, due, event, noted, now=now):
            deps.order_changes.publish(order.order_id)
        return None

    return await until_applied(attempt)


async def list_order_refunds(deps: Dependencies, order_id: str, who: Principal) -> Sequence[Refund]:
    """The refunds of an order, oldest first. Raises NotFound."""
    await get_order(deps, order_id, who)
    return await deps.refunds.list_order_refunds(order_id)


async def set_refund_account(deps: Dependencies, order_id: str, account: BankAccount, who: Principal) -> None:
    """Records where money goes when the way it came is closed; refunds that waited for it are made again (PA-12).

    Raises NotFound.
    """
    order = await get_order(deps, order_id, who)
    now = deps.clock.now()
    source = Source.CANDIDATE if who.kind is Access.CANDIDATE else Source.OPERATOR
    noted = AuditNote(AuditAction.REFUND_ACCOUNT_SET, "order", order_id, order.candidate_id)
    await deps.refund_accounts.set_account(order_id, account, None if source is Source.CANDIDATE else noted, now=now)
    for refund in await deps.refunds.list_order_refunds(order_id):
        if refund.state is RefundState.FAILED and refund.failure_code == ROUTE_CLOSED:
            retried = TimelineEvent(
                EventKind.REFUND_REQUESTED, source, "BANK_ACCOUNT", refund.attempt_number, refund.amount_fen
            )
            await deps.refunds.retry_refund(refund, retried, now=now, to_bank_account=True)


def _refund_noted(order: Order, chosen: NewRefund, amount_fen: int) -> AuditNote:
    facts = {"refund_id": chosen.refund_id, "amount_fen": str(amount_fen), "reason": chosen.reason.value}
    whom = order.order_id, order.candidate_id
    return AuditNote(AuditAction.REFUND_CREATED, "order", *whom, chosen.note, facts)
