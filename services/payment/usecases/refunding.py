"""Asking for refunds, reading them, and where the money goes when the way it came is closed (PA-6, PA-12)."""

from dataclasses import replace

from chassis.clock import SHANGHAI
from chassis.errors import Overloaded
from chassis.security.tokens import Access, Principal
from services.payment.domain.refund import (
    ROUTE_CLOSED,
    BankAccount,
    NewRefund,
    Refund,
    RefundState,
    same_refund_or_refuse,
    to_give_back,
)
from services.payment.domain.timeline import Event, EventKind, Source
from services.payment.usecases.till import Till, order_for

ROUNDS = 5


async def create_refund(till: Till, asked: NewRefund, who: Principal) -> Refund:
    """Records that the fee of items goes back; the platform is asked in the background.

    Raises NotFound, OrderNotPaid, ItemAlreadyRefunded, RefundIdReused.
    """
    source = Source.OPERATOR if who.kind is Access.OPERATOR else Source.SERVICE
    for _ in range(ROUNDS):
        # The order is read first: if its items are going back already, it may be by this very refund.
        order = await till.orders.get(asked.order_id)
        if existing := await till.refunds.find(asked.refund_id):
            return same_refund_or_refuse(existing, asked)
        items = to_give_back(order, asked)
        amount = sum(item.fee_fen for item in items)
        chosen = replace(asked, item_ids=tuple(item.item_id for item in items))
        event = Event(EventKind.REFUND_REQUESTED, source, "REQUESTED", order.attempt_number, amount)
        now = till.clock.now()
        if await till.refunds.create(
            order, chosen, amount, till.refund_terms.due_date(now, SHANGHAI), [event], now=now
        ):
            till.changes.publish(order.order_id)
    raise Overloaded()


async def list_refunds(till: Till, order_id: str, who: Principal) -> list[Refund]:
    """The refunds of an order, oldest first. Raises NotFound."""
    await order_for(till, order_id, who)
    return await till.refunds.of_order(order_id)


async def set_refund_account(till: Till, order_id: str, account: BankAccount, who: Principal) -> None:
    """Records where money goes when the way it came is closed; refunds that waited for it are made again (PA-12).

    Raises NotFound.
    """
    await order_for(till, order_id, who)
    now = till.clock.now()
    await till.accounts.set(order_id, account, now=now)
    source = Source.CANDIDATE if who.kind is Access.CANDIDATE else Source.OPERATOR
    for refund in await till.refunds.of_order(order_id):
        if refund.state is RefundState.FAILED and refund.failure_code == ROUTE_CLOSED:
            retried = Event(
                EventKind.REFUND_REQUESTED, source, "BANK_ACCOUNT", refund.attempt_number, refund.amount_fen
            )
            await till.refunds.retry(refund, [retried], now=now, to_bank_account=True)
