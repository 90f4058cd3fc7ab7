"""Money that an order holds because it cannot take it as it came (PA-6): attached, or given back once, and shown either
way.
"""

from datetime import datetime

from chassis.audit_log.notes import AuditAction
from chassis.ids import derived_id
from chassis.optimistic_retry import until_applied
from chassis.security.tokens import Access, Principal
from chassis.transitions import advance
from services.payment.dependencies import Dependencies
from services.payment.domain.operator_queue import Detail, ExceptionKind, Finding, Resolution
from services.payment.domain.orders import (
    ENDED_UNPAID,
    ORDER_TRANSITIONS,
    DuplicateSelection,
    HeldMoney,
    Order,
    OrderEvent,
)
from services.payment.domain.refunds import Surplus, attachable
from services.payment.domain.timeline import EventKind, Source, TimelineEvent
from services.payment.errors import NoLateMoney
from services.payment.usecases.audit_notes import note_begun
from services.payment.usecases.working_days import receipt_dates_or_raise


async def settle_late_money(deps: Dependencies, order_id: str, *, attach: bool, who: Principal) -> Order:
    """PA-6: what becomes of the money that an order holds. The first decision stands.

    Raises NotFound, NoLateMoney, Contention.
    """
    source = Source.OPERATOR if who.kind is Access.OPERATOR else Source.SERVICE
    if source is Source.OPERATOR:
        facts = {"attach": str(attach).lower()}
        await note_begun(deps, AuditAction.LATE_MONEY_SETTLED, await deps.orders.get_order(order_id), facts)

    async def attempt() -> Order | None:
        order = await deps.orders.get_order(order_id)
        if not order.held:
            return await _decided(deps, order, attach=attach)
        if await _decide(deps, order, attach=attach, source=source):
            deps.order_changes.publish(order_id)
        return None

    return await until_applied(attempt)


async def raise_undecided_money(deps: Dependencies) -> None:
    """Tells operators of late money that has waited too long for a decision (PA-6)."""
    now = deps.clock.now()
    before, size = now - deps.config.terms.at_bank, deps.config.refunds.batch
    for order_id in await deps.refunds.list_undecided_orders(before, size):
        order = await deps.orders.get_order(order_id)
        for held in order.held:
            finding = Finding(
                ExceptionKind.LATE_MONEY,
                about=f"{order_id}:{held.platform_trade_no}",
                order_id=order_id,
                found_fen=held.amount_fen,
                detail=Detail.UNDECIDED_FOR_LONG,
            )
            await deps.operator_queue.add_finding(finding, now=now)


async def _decided(deps: Dependencies, order: Order, *, attach: bool) -> Order:
    """Nothing is held any more. Whoever hoped to attach money that goes back must hear that the order stays ended."""
    entries = await deps.orders.list_timeline_entries(order.order_id)
    if not any(entry.event.kind is EventKind.MONEY_HELD for entry in entries):
        raise NoLateMoney()
    now, how = deps.clock.now(), Resolution.LATE_MONEY_DECIDED
    await deps.operator_queue.resolve_by_rule(order.order_id, ExceptionKind.LATE_MONEY, how, now=now)
    if attach and order.state in ENDED_UNPAID:
        await deps.order_moves.announce_end_again(order, now=now)
    return await deps.orders.get_order(order.order_id)


async def _decide(deps: Dependencies, order: Order, *, attach: bool, source: Source) -> bool:
    if attach and (money := attachable(order)) is not None:
        return await _attach(deps, order, money, source)
    return any([await _return(deps, order, held, source) for held in order.held])


async def _attach(deps: Dependencies, order: Order, held: HeldMoney, source: Source) -> bool:
    now = deps.clock.now()
    receipt = await receipt_dates_or_raise(deps, held.paid_time)
    state = advance(ORDER_TRANSITIONS, order.state, OrderEvent.LATE_MONEY_ATTACHED)
    changed = TimelineEvent(EventKind.STATE_CHANGED, source, state.value, held.number, order.total_fen)
    try:
        return await deps.order_moves.attach_money(order, held, receipt, [changed], now=now)
    except DuplicateSelection:
        return await _return(deps, order, held, source)


async def _return(deps: Dependencies, order: Order, held: HeldMoney, source: Source) -> bool:
    now = deps.clock.now()
    surplus = surplus_refund(deps, order, held.number, now)
    asked = refund_requested(held.number, held.amount_fen, source)
    return await deps.refunds.return_held_money(order, surplus, [asked], now=now)


def surplus_refund(deps: Dependencies, order: Order, number: int, now: datetime) -> Surplus:
    """The one refund of an attempt's money: its number follows from the attempt, so that it is made once."""
    refund_id = derived_id("surplus-refund", order.order_id, str(number))
    return Surplus(refund_id, number, deps.config.refunds.due_date(now))


def refund_requested(number: int, amount_fen: int, source: Source) -> TimelineEvent:
    """The refund of an attempt's money, as an event of the timeline."""
    return TimelineEvent(EventKind.REFUND_REQUESTED, source, "REQUESTED", number, amount_fen)
