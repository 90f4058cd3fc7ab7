"""Carrying out what follows from the platform's word. Whoever brings it, an answer, a notification or a bill, it
is carried out here.
"""

from datetime import datetime
from typing import Final

from chassis.transitions import advance
from services.payment.domain.exceptions import Detail, ExceptionKind, Finding
from services.payment.domain.order import ORDER_TRANSITIONS, Order, OrderEvent
from services.payment.domain.schedule import next_due
from services.payment.domain.timeline import Event, EventKind, Source
from services.payment.domain.trade import Step, Trade, Verdict, stuck_at_bank
from services.payment.ports import DuplicateSelection
from services.payment.usecases import late_money
from services.payment.usecases.receipts import dates_or_raise_it
from services.payment.usecases.till import Till

_MONEY_DETAILS: Final = {
    ExceptionKind.WRONG_AMOUNT: Detail.AMOUNT_DIFFERS,
    ExceptionKind.LATE_MONEY: Detail.MONEY_AFTER_END,
    ExceptionKind.DOUBLE_MONEY: Detail.PAID_TWICE,
    ExceptionKind.BILL_DIFFERENCE: Detail.REFUNDED_UNPAID,
}


async def carry_out(till: Till, order: Order, trade: Trade, verdict: Verdict, heard: Event) -> bool:
    """Applies a verdict that changes something; `heard` is how the news came. False when the order has moved
    meanwhile: decide again.

    Open pages are told. Money for a course that is paid for already goes back (PA-6, PA-7).
    """
    now = till.clock.now()
    match verdict.step:
        case Step.SETTLE:
            moved = await _settle(till, order, trade, heard, now)
        case Step.SUBMITTED:
            events = [heard, _moved(order, OrderEvent.BANK_TOOK_IT, heard.source)]
            moved = await till.moves.submit(order, events, now=now, due=now + till.pace.first)
        case Step.END:
            assert verdict.event is not None
            return await end(till, order, verdict.event, [heard], heard.source)
        case Step.HOLD:
            moved = await late_money.hold(till, order, trade, heard, now)
        case Step.GIVE_BACK:
            assert verdict.exception is not None
            moved = await late_money.give_back(till, order, trade, verdict.exception, heard, now)
        case _:
            raise AssertionError(verdict.step)
    if moved:
        await _tell(till, order, now)
    return moved


async def end(till: Till, order: Order, event: OrderEvent, heard: list[Event], source: Source) -> bool:
    """Ends a live order unpaid. False when it has moved meanwhile."""
    state, now = advance(ORDER_TRANSITIONS, order.state, event), till.clock.now()
    moved = await till.moves.end(order, state, [*heard, _moved(order, event, source)], now=now)
    if moved:
        await _tell(till, order, now)
    return moved


async def _tell(till: Till, before: Order, now: datetime) -> None:
    """Who follows an order that has moved hears of it: open pages, and the operator's queue, in which nobody needs to
    ask the bank any more that has answered after all (PA-4).
    """
    if stuck_at_bank(before, now, till.patience):
        await till.queue.heal(ExceptionKind.STUCK_AT_BANK, before.order_id, now=now)
    till.changes.publish(before.order_id)


async def _settle(till: Till, order: Order, trade: Trade, heard: Event, now: datetime) -> bool:
    receipt = await dates_or_raise_it(till, trade.paid_time or now)
    events = [heard, _moved(order, OrderEvent.MONEY_ARRIVED, heard.source)]
    try:
        return await till.moves.settle(order, trade, receipt, events, now=now)
    except DuplicateSelection:
        return await late_money.refuse(till, order, trade, heard, now)


def money_finding(order: Order, trade: Trade, kind: ExceptionKind) -> Finding:
    """Money that needs somebody to look at it, as an entry of the operator's queue: one per order and payment."""
    return Finding(
        kind=kind,
        about=f"{order.order_id}:{trade.platform_trade_no}",
        order_id=order.order_id,
        provider=order.attempt.provider if order.attempt else "",
        out_trade_no=trade.out_trade_no,
        expected_fen=order.total_fen if order.live else 0,
        found_fen=trade.amount_fen,
        detail=_MONEY_DETAILS[kind],
        facts={"platform_trade_no": trade.platform_trade_no},
    )


def due_again(till: Till, order: Order, now: datetime) -> datetime:
    """When the sweep looks at a live order next."""
    return next_due(order, now, till.pace)


def _moved(order: Order, event: OrderEvent, source: Source) -> Event:
    state = advance(ORDER_TRANSITIONS, order.state, event)
    return Event(EventKind.STATE_CHANGED, source, state.value, order.attempt_number, order.total_fen)
