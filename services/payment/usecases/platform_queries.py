"""Asking the platform how a payment stands, by a refresh, the sweep, an open page, a cancellation or a bill; the answer
goes the way of all news (PA-3, PA-4).
"""

from contextlib import suppress
from typing import Final

from chassis.audit_log.notes import AuditAction
from chassis.errors import Contention
from chassis.optimistic_retry import until_applied
from chassis.security.tokens import Access, Principal
from services.payment.dependencies import Dependencies
from services.payment.domain.orders import ENDED_UNPAID, Order, OrderEvent, require_unpaid
from services.payment.domain.polling_pace import QueriedOrder, next_due
from services.payment.domain.timeline import EventKind, Source, TimelineEvent
from services.payment.domain.verdicts import NewsChannel, PaymentNews, Step, Verdict
from services.payment.errors import PaymentInProgress, ProviderUnavailable
from services.payment.ports import PaymentProvider
from services.payment.usecases.audit_notes import note_begun
from services.payment.usecases.orders import get_order
from services.payment.usecases.payment_results import end_order, take_news

_SOURCES: Final = {
    Access.CANDIDATE: Source.CANDIDATE,
    Access.OPERATOR: Source.OPERATOR,
    Access.SERVICE: Source.SERVICE,
}


async def query_platform(
    deps: Dependencies, order: Order, source: Source, *, ending: OrderEvent | None = None
) -> QueriedOrder:
    """Asks the platform about a live order and carries out what follows; with `ending`, ends it if no money has come.

    The order of things is PA-3's: query, close at the platform, then end here. An unreachable platform changes
    nothing (F-18). Raises Contention.
    """
    latest = order

    async def attempt() -> QueriedOrder | None:
        nonlocal latest
        known = latest
        if not known.live:
            return QueriedOrder(known)
        try:
            done = await _query(deps, known, source, ending)
        except ProviderUnavailable:
            return await _unreachable(deps, known, source)
        latest = await deps.orders.get_order(order.order_id)
        return QueriedOrder(latest) if done else None

    return await until_applied(attempt)


async def _query(deps: Dependencies, order: Order, source: Source, ending: OrderEvent | None) -> bool:
    """False when the order has moved meanwhile. Raises ProviderUnavailable."""
    attempt = order.payable_attempt
    if attempt is None:
        return await _without_trade(deps, order, source, ending)
    trade = await deps.provider(attempt.provider).query(attempt.out_trade_no)
    return await take_news(deps, order, PaymentNews(trade, NewsChannel.QUERY, source, ending)) is not None


async def _without_trade(deps: Dependencies, order: Order, source: Source, ending: OrderEvent | None) -> bool:
    """An order without a trade that could be paid: there is nobody to ask."""
    now = deps.clock.now()
    event = ending or (OrderEvent.TIME_RAN_OUT if order.time_is_over(now) else None)
    if event is not None:
        return await end_order(deps, order, event, [], source)
    due = next_due(order, now, deps.config.pace)
    await deps.orders.reschedule(order.order_id, [], now=now, due=due, asked=False)
    return True


async def _unreachable(deps: Dependencies, order: Order, source: Source) -> QueriedOrder:
    now = deps.clock.now()
    unheard = TimelineEvent(EventKind.QUERIED, source, "UNREACHABLE", order.attempt_number)
    due = next_due(order, now, deps.config.pace)
    await deps.orders.reschedule(order.order_id, [unheard], now=now, due=due, asked=True)
    return QueriedOrder(await deps.orders.get_order(order.order_id), reachable=False)


async def refresh_order(deps: Dependencies, order_id: str, who: Principal) -> QueriedOrder:
    """PA-4, F-17: asks the platform, not the local row; throttled per order whoever asked last. Raises NotFound."""
    order = await get_order(deps, order_id, who)
    if who.kind is Access.OPERATOR:
        await note_begun(deps, AuditAction.ORDER_REFRESHED, order)
    return await query_if_allowed(deps, order, _SOURCES[who.kind]) or QueriedOrder(order, asked=False)


async def query_if_allowed(deps: Dependencies, order: Order, source: Source) -> QueriedOrder | None:
    """Asks the platform unless it was asked a moment ago or there is nothing to ask about; then None."""
    now, pace = deps.clock.now(), deps.config.pace
    if order.payable_attempt is None:
        return await query_platform(deps, order, source) if order.time_is_over(now) else None
    throttle = pace.page if source is Source.OPEN_PAGE else pace.throttle
    if not await deps.orders.claim_question(order.order_id, now=now, throttle=throttle):
        return None
    return await query_platform(deps, order, source)


async def cancel_order(deps: Dependencies, order_id: str, who: Principal) -> Order:
    """PA-3: query, close at the platform, then cancel. An order that has ended unpaid is answered as it stands.

    Raises NotFound, OrderAlreadyPaid, PaymentInProgress, ProviderUnavailable, Contention.
    """
    order = await get_order(deps, order_id, who)
    if order.state in ENDED_UNPAID:
        return order
    require_unpaid(order)
    if who.kind is Access.OPERATOR:
        await note_begun(deps, AuditAction.ORDER_CANCELLED, order)
    await deps.orders.wish_to_cancel(order_id, now=deps.clock.now())
    queried = await query_platform(deps, order, _SOURCES[who.kind], ending=OrderEvent.WAS_CANCELLED)
    require_unpaid(queried.order)
    if not queried.reachable:
        raise ProviderUnavailable(retry_after=deps.config.pace.throttle)
    if queried.order.live:
        raise PaymentInProgress()
    return queried.order


async def query_billed_trade(deps: Dependencies, provider: PaymentProvider, out_trade_no: str) -> None:
    """Carries out what the platform says of a trade that its bill shows as paid: as any news of the payment would be.
    A platform that does not answer leaves everything as it is, and so does an order that keeps moving.
    """
    try:
        trade = await provider.query(out_trade_no)
    except ProviderUnavailable:
        return
    news = PaymentNews(trade, NewsChannel.BILL, Source.RECONCILIATION)

    async def attempt() -> Verdict | None:
        order = await deps.orders.find_order_by_trade(provider.name, out_trade_no)
        return await take_news(deps, order, news) if order else Verdict(Step.NOTHING)

    with suppress(Contention):
        await until_applied(attempt)
