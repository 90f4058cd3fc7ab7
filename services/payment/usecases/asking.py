"""Asking the platform how a payment stands, and doing what follows (PA-3, PA-4)."""

from dataclasses import dataclass
from typing import Final

from chassis.errors import Overloaded
from chassis.security.tokens import Access, Principal
from services.payment.domain.exceptions import Detail, ExceptionKind, Finding
from services.payment.domain.order import ENDED_UNPAID, Attempt, Order, OrderEvent, may_end
from services.payment.domain.timeline import Event, EventKind, Source
from services.payment.domain.trade import Step, Trade, Verdict, judge, stuck_at_bank
from services.payment.errors import PaymentInProgress, ProviderUnavailable
from services.payment.ports import CloseAnswer
from services.payment.usecases.settling import carry_out, due_again, end, money_finding
from services.payment.usecases.till import Till, order_for

ROUNDS: Final = 5
"""How often to look again when the order moves while it is being decided about; each round means that somebody
else made progress."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The order after asking; `reachable` is False when the platform did not answer."""

    order: Order
    reachable: bool = True


async def ask(till: Till, order: Order, source: Source, *, ending: OrderEvent | None = None) -> Asked:
    """Asks the platform about a live order and carries out what follows; with `ending`, ends it if no money has come.

    The order of things is PA-3's: query, close at the platform, then end here. An unreachable platform changes
    nothing (F-18).
    """
    for _ in range(ROUNDS):
        if not order.live:
            return Asked(order)
        attempt = order.payable_attempt
        try:
            done = await (
                _ask_about(till, order, attempt, source, ending) if attempt else _alone(till, order, source, ending)
            )
        except ProviderUnavailable:
            assert attempt is not None
            now = till.clock.now()
            unheard = Event(EventKind.QUERIED, source, "UNREACHABLE", attempt.number)
            await till.orders.reschedule(
                order.order_id, [unheard], now=now, due=due_again(till, order, now), asked=True
            )
            return Asked(await till.orders.get(order.order_id), reachable=False)
        order = await till.orders.get(order.order_id)
        if done:
            return Asked(order)
    raise Overloaded()


async def _ask_about(till: Till, order: Order, attempt: Attempt, source: Source, ending: OrderEvent | None) -> bool:
    trade = await till.provider_named(attempt.provider).query(attempt.out_trade_no)
    heard = Event(EventKind.QUERIED, source, trade.state.value, attempt.number, trade.amount_fen)
    verdict = judge(order, trade, till.clock.now(), ending=ending)
    match verdict.step:
        case Step.CLOSE:
            return await _close(till, order, attempt, verdict, heard)
        case Step.NOTHING | Step.REPEATED:
            await _leave(till, order, heard)
            return True
        case Step.RAISE:
            await _raise(till, order, trade, verdict, heard)
            return True
        case _:
            return await carry_out(till, order, trade, verdict, heard)


async def _alone(till: Till, order: Order, source: Source, ending: OrderEvent | None) -> bool:
    """An order without a trade that could be paid: there is nobody to ask."""
    now = till.clock.now()
    event = ending or (OrderEvent.TIME_RAN_OUT if order.time_is_over(now) else None)
    if event is not None:
        return await end(till, order, event, [], source)
    await till.orders.reschedule(order.order_id, [], now=now, due=due_again(till, order, now), asked=False)
    return True


async def _close(till: Till, order: Order, attempt: Attempt, verdict: Verdict, heard: Event) -> bool:
    assert verdict.event is not None
    answer = await till.provider_named(attempt.provider).close(attempt.out_trade_no)
    closed = Event(EventKind.CLOSE_REQUESTED, heard.source, answer.value, attempt.number)
    if answer is CloseAnswer.CLOSED:
        return await end(till, order, verdict.event, [heard, closed], heard.source)
    await till.orders.record(order.order_id, [heard, closed], now=till.clock.now())
    return False


async def _leave(till: Till, order: Order, heard: Event) -> None:
    now = till.clock.now()
    if stuck_at_bank(order, now, till.patience):
        finding = Finding(
            ExceptionKind.STUCK_AT_BANK,
            about=order.order_id,
            order_id=order.order_id,
            expected_fen=order.total_fen,
            detail=Detail.BANK_SILENT,
        )
        await till.queue.add(finding, now=now)
    await till.orders.reschedule(order.order_id, [heard], now=now, due=due_again(till, order, now), asked=True)


async def _raise(till: Till, order: Order, trade: Trade, verdict: Verdict, heard: Event) -> None:
    assert verdict.exception is not None
    now = till.clock.now()
    await till.queue.add(money_finding(order, trade, verdict.exception), now=now)
    await till.orders.reschedule(order.order_id, [heard], now=now, due=now + till.pace.held, asked=True)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The order after a refresh: whether the platform was asked, and whether it answered."""

    order: Order
    asked: bool
    reachable: bool


async def refresh_order(till: Till, order_id: str, who: Principal) -> Refreshed:
    """PA-4, F-17: asks the platform, not the local row; throttled per order whoever asked last. Raises NotFound."""
    order = await order_for(till, order_id, who)
    asked = await ask_if_allowed(till, order, Source.CANDIDATE if who.kind is Access.CANDIDATE else Source.OPERATOR)
    after = asked or Asked(order)
    return Refreshed(after.order, asked is not None, after.reachable)


async def ask_if_allowed(till: Till, order: Order, source: Source) -> Asked | None:
    """Asks the platform unless it was asked a moment ago or there is nothing to ask about; then None."""
    now = till.clock.now()
    if order.payable_attempt is None:
        return await ask(till, order, source) if order.time_is_over(now) else None
    throttle = till.pace.page if source is Source.OPEN_PAGE else till.pace.throttle
    if not await till.orders.claim_question(order.order_id, now=now, throttle=throttle):
        return None
    return await ask(till, order, source)


async def cancel_order(till: Till, order_id: str, who: Principal) -> Order:
    """PA-3: query, close at the platform, then cancel. An order that has ended unpaid is answered as it stands.

    Raises NotFound, OrderAlreadyPaid, PaymentInProgress, ProviderUnavailable.
    """
    order = await order_for(till, order_id, who)
    if order.state in ENDED_UNPAID:
        return order
    may_end(order)
    await till.orders.wish_to_cancel(order_id, now=till.clock.now())
    asked = await ask(till, order, _SOURCES[who.kind], ending=OrderEvent.WAS_CANCELLED)
    may_end(asked.order)
    if not asked.reachable:
        raise ProviderUnavailable(retry_after=till.pace.throttle)
    if asked.order.live:
        raise PaymentInProgress()
    return asked.order


_SOURCES: Final = {
    Access.CANDIDATE: Source.CANDIDATE,
    Access.OPERATOR: Source.OPERATOR,
    Access.SERVICE: Source.SERVICE,
}
