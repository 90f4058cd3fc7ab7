"""The one way of all news of a payment: a notification, the answer to a refresh, the sweep or an open page, and a line
of a bill are judged and carried out here (PA-3, PA-5, PA-6, PA-8).
"""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Final

from chassis.transitions import advance
from services.payment.dependencies import Dependencies
from services.payment.domain.operator_queue import Detail, ExceptionKind, Finding
from services.payment.domain.orders import ORDER_TRANSITIONS, DuplicateSelection, Order, OrderEvent
from services.payment.domain.platform_messages import CloseAnswer, Trade
from services.payment.domain.polling_pace import next_due
from services.payment.domain.timeline import EventKind, Source, TimelineEvent
from services.payment.domain.verdicts import NewsChannel, PaymentNews, Step, Verdict, heard, judge_news, stuck_at_bank
from services.payment.usecases.late_money import refund_requested, surplus_refund
from services.payment.usecases.working_days import receipt_dates_or_raise

_MONEY_DETAILS: Final = {
    ExceptionKind.WRONG_AMOUNT: Detail.AMOUNT_DIFFERS,
    ExceptionKind.LATE_MONEY: Detail.MONEY_AFTER_END,
    ExceptionKind.DOUBLE_MONEY: Detail.PAID_TWICE,
    ExceptionKind.BILL_DIFFERENCE: Detail.REFUNDED_UNPAID,
}


async def take_news(deps: Dependencies, order: Order, news: PaymentNews) -> Verdict | None:
    """Judges news of the order's attempt and carries out what follows; what was decided.

    None when the order has moved meanwhile, or its trade at the platform has: look again and decide again. Raises
    ProviderUnavailable when its trade must be closed and the platform does not answer.
    """
    now = deps.clock.now()
    verdict = judge_news(order, news, now)
    event = heard(order, news, verdict)
    return verdict if await _carry_out(deps, order, news, verdict, event, now) else None


async def _carry_out(
    deps: Dependencies, order: Order, news: PaymentNews, verdict: Verdict, event: TimelineEvent, now: datetime
) -> bool:
    match verdict:
        case Verdict(Step.SETTLE):
            return await _settle(deps, order, news.trade, event, now)
        case Verdict(Step.SUBMITTED):
            return await _submit(deps, order, event, now)
        case Verdict(Step.CLOSE, OrderEvent() as why):
            return await _close(deps, order, why, event)
        case Verdict(Step.END, OrderEvent() as why):
            return await end_order(deps, order, why, [event], news.source)
        case Verdict(Step.HOLD):
            return await _hold(deps, order, news.trade, event, now)
        case Verdict(Step.GIVE_BACK, _, ExceptionKind() as kind):
            return await _give_back(deps, order, news.trade, kind, event, now)
        case Verdict(Step.RAISE, _, ExceptionKind() as kind):
            return await _raise(deps, order, news, kind, event, now)
        case _:
            assert verdict.step in {Step.NOTHING, Step.REPEATED}, verdict
            return await _leave(deps, order, news, event, now)


async def _settle(deps: Dependencies, order: Order, trade: Trade, event: TimelineEvent, now: datetime) -> bool:
    """The order is paid; where its courses are paid for under another one, the money goes back (PA-6, PA-7)."""
    receipt = await receipt_dates_or_raise(deps, trade.paid_time or now)
    events = [event, _state_changed(order, OrderEvent.MONEY_ARRIVED, event.source)]
    try:
        return await _told(deps, order, now, deps.order_moves.settle_order(order, trade, receipt, events, now=now))
    except DuplicateSelection:
        return await _give_back(deps, order, trade, ExceptionKind.DOUBLE_MONEY, event, now)


async def _submit(deps: Dependencies, order: Order, event: TimelineEvent, now: datetime) -> bool:
    events = [event, _state_changed(order, OrderEvent.BANK_TOOK_IT, event.source)]
    due = now + deps.config.pace.first
    return await _told(deps, order, now, deps.order_moves.submit_to_bank(order, events, now=now, due=due))


async def _close(deps: Dependencies, order: Order, why: OrderEvent, event: TimelineEvent) -> bool:
    """Closes the trade at the platform, and then ends the order (PA-3)."""
    attempt = order.attempt
    assert attempt is not None
    answer = await deps.provider(attempt.provider).close(attempt.out_trade_no)
    closed = TimelineEvent(EventKind.CLOSE_REQUESTED, event.source, answer.value, attempt.number)
    if answer is CloseAnswer.CLOSED:
        return await end_order(deps, order, why, [event, closed], event.source)
    await deps.orders.record_events(order.order_id, [event, closed], now=deps.clock.now())
    return False


async def end_order(
    deps: Dependencies, order: Order, why: OrderEvent, events: Sequence[TimelineEvent], source: Source
) -> bool:
    """Ends a live order unpaid. False when it has moved meanwhile."""
    state, now = advance(ORDER_TRANSITIONS, order.state, why), deps.clock.now()
    told = [*events, _state_changed(order, why, source)]
    return await _told(deps, order, now, deps.order_moves.end_order(order, state, told, now=now))


async def _hold(deps: Dependencies, order: Order, trade: Trade, event: TimelineEvent, now: datetime) -> bool:
    """Records money on an order that has ended, and has enrollment asked whether its courses are still free (PA-6)."""
    events = [event, _money_held(order, trade, event, ExceptionKind.LATE_MONEY)]
    return await _told(deps, order, now, deps.order_moves.hold_money(order, trade, events, now=now))


async def _give_back(
    deps: Dependencies, order: Order, trade: Trade, why: ExceptionKind, event: TimelineEvent, now: datetime
) -> bool:
    """Records money that can never pay anything, and its refund (PA-6). A live order ends with it: its courses have
    been paid for under another one (PA-7).
    """
    ended = [_state_changed(order, OrderEvent.TRADE_FAILED, event.source)] if order.live else []
    refund = refund_requested(order.attempt_number, trade.amount_fen, event.source)
    events = [event, _money_held(order, trade, event, why), *ended, refund]
    surplus = surplus_refund(deps, order, order.attempt_number, now)
    give_back = deps.refunds.refuse_payment if order.live else deps.refunds.give_back_money
    return await _told(deps, order, now, give_back(order, trade, surplus, events, now=now))


async def _raise(
    deps: Dependencies, order: Order, news: PaymentNews, kind: ExceptionKind, event: TimelineEvent, now: datetime
) -> bool:
    await deps.operator_queue.add_finding(_money_finding(order, news.trade, kind), now=now)
    await _note(deps, order, news, event, now, due=now + deps.config.pace.held)
    return True


async def _leave(deps: Dependencies, order: Order, news: PaymentNews, event: TimelineEvent, now: datetime) -> bool:
    if news.channel is NewsChannel.QUERY and stuck_at_bank(order, now, deps.config.terms.at_bank):
        finding = Finding(
            ExceptionKind.STUCK_AT_BANK,
            about=order.order_id,
            order_id=order.order_id,
            expected_fen=order.total_fen,
            detail=Detail.BANK_SILENT,
        )
        await deps.operator_queue.add_finding(finding, now=now)
    await _note(deps, order, news, event, now, due=next_due(order, now, deps.config.pace))
    return True


async def _note(
    deps: Dependencies, order: Order, news: PaymentNews, event: TimelineEvent, now: datetime, *, due: datetime
) -> None:
    """What news leaves behind that changes nothing. A question sets when the next one is due; a bill leaves nothing, so
    that reconciling a day again changes nothing either (PA-10).
    """
    match news.channel:
        case NewsChannel.QUERY:
            await deps.orders.reschedule(order.order_id, [event], now=now, due=due, asked=True)
        case NewsChannel.NOTIFICATION:
            await deps.orders.record_events(order.order_id, [event], now=now)


async def _told(deps: Dependencies, before: Order, now: datetime, move: Awaitable[bool]) -> bool:
    """Whether the order has moved. Who follows it hears of that: open pages, and the operator's queue, in which nobody
    needs to ask the bank any more that has answered after all (PA-4).
    """
    if not await move:
        return False
    if stuck_at_bank(before, now, deps.config.terms.at_bank):
        await deps.operator_queue.heal_finding(ExceptionKind.STUCK_AT_BANK, before.order_id, now=now)
    deps.order_changes.publish(before.order_id)
    return True


def _money_finding(order: Order, trade: Trade, kind: ExceptionKind) -> Finding:
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


def _money_held(order: Order, trade: Trade, event: TimelineEvent, why: ExceptionKind) -> TimelineEvent:
    return TimelineEvent(EventKind.MONEY_HELD, event.source, why.value, order.attempt_number, trade.amount_fen)


def _state_changed(order: Order, why: OrderEvent, source: Source) -> TimelineEvent:
    state = advance(ORDER_TRANSITIONS, order.state, why)
    return TimelineEvent(EventKind.STATE_CHANGED, source, state.value, order.attempt_number, order.total_fen)
