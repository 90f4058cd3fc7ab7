"""Asking for a QR code (PA-1), so that there is never a second one that could be paid (F-8, F-9)."""

from contextlib import suppress
from dataclasses import asdict, replace

from chassis.security.tokens import Principal
from services.payment.dependencies import Dependencies
from services.payment.domain.orders import (
    ENDED_UNPAID,
    ORDER_TRANSITIONS,
    AttemptState,
    Order,
    OrderEvent,
    OrderState,
    next_attempt,
    require_open_attempt,
    require_payable,
)
from services.payment.domain.platform_messages import NewTrade, QrCode
from services.payment.domain.timeline import EventKind, Source, TimelineEvent
from services.payment.domain.timeline_words import UNDERTAKING
from services.payment.errors import OrderEnded, PaymentRefused, ProviderUnavailable
from services.payment.usecases.orders import get_order
from services.payment.usecases.platform_queries import query_platform


async def pay_order(deps: Dependencies, order_id: str, undertaking_version: str, who: Principal) -> Order:
    """PA-1: the undertaking is accepted, and the order carries its QR code; the same one while it is valid, however
    often it is asked for.

    Raises NotFound, UndertakingOutdated, OrderEnded, PaymentCutoffPassed, PaymentRefused, ProviderUnavailable.
    """
    order = await get_order(deps, order_id, who)
    if order.time_is_over(deps.clock.now()):
        order = await _settled_first(deps, order)
    require_payable(order, undertaking_version, deps.clock.now())
    if order.state is not OrderState.CREATED:
        return order
    if order.payable_attempt is None:
        order = await _prepared(deps, order, undertaking_version)
    return await _shown(deps, order) if order.state is OrderState.CREATED else order


async def _settled_first(deps: Dependencies, order: Order) -> Order:
    """Only the platform knows whether an order was paid at the last moment (F-5, F-18). Raises ProviderUnavailable."""
    latest = (await query_platform(deps, order, Source.CANDIDATE)).order
    if latest.time_is_over(deps.clock.now()) and latest.state is not OrderState.SUBMITTED_TO_BANK:
        raise ProviderUnavailable(retry_after=deps.config.pace.throttle)
    return latest


async def _prepared(deps: Dependencies, order: Order, undertaking_version: str) -> Order:
    """The order with an attempt on record before the platform hears of it: a notification finds its trade (F-3)."""
    now = deps.clock.now()
    attempt = next_attempt(order, deps.config.provider, deps.config.terms, now)
    started = TimelineEvent(
        EventKind.PAYMENT_STARTED, Source.CANDIDATE, f"{UNDERTAKING}{undertaking_version}", attempt.number
    )
    if await deps.order_moves.prepare_attempt(order, attempt, [started], now=now, due=now + deps.config.pace.first):
        return replace(order, attempt=attempt, undertaking_accept_time=order.undertaking_accept_time or now)
    order = await deps.orders.get_order(order.order_id)
    require_payable(order, undertaking_version, now)
    return order


async def _shown(deps: Dependencies, order: Order) -> Order:
    """The order with its QR code, from the platform. Two presses at once ask for one trade and get one code (F-9)."""
    attempt = order.payable_attempt
    if attempt is None:
        raise ProviderUnavailable(retry_after=deps.config.pace.throttle)
    try:
        subject = f"自学考试报名费 {order.session_id}"
        trade = NewTrade(attempt.out_trade_no, order.total_fen, subject, attempt.expire_time)
        code = await deps.provider(attempt.provider).create(trade)
    except ProviderUnavailable:
        await deps.orders.record_events(order.order_id, [_requested(order, "UNREACHABLE")], now=deps.clock.now())
        raise
    except PaymentRefused as refusal:
        failure = refusal.metadata.get("provider_code", "")
        refused = [_requested(order, failure or "REFUSED")]
        await deps.order_moves.refuse_attempt(order, failure, refused, now=deps.clock.now())
        raise
    return await _open(deps, order, code)


async def _open(deps: Dependencies, order: Order, code: QrCode) -> Order:
    attempt = order.attempt
    assert attempt is not None
    now = deps.clock.now()
    state = ORDER_TRANSITIONS[order.state, OrderEvent.QR_SHOWN]
    changed = TimelineEvent(EventKind.STATE_CHANGED, Source.CANDIDATE, state.value, attempt.number, order.total_fen)
    if await deps.order_moves.show_qr(order, code, [_requested(order, "OK"), changed], now=now):
        deps.order_changes.publish(order.order_id)
        return replace(order, state=state, attempt=replace(attempt, state=AttemptState.OPEN, **asdict(code)))
    order = await deps.orders.get_order(order.order_id)
    if order.state in ENDED_UNPAID:
        with suppress(ProviderUnavailable):  # nobody has seen the code, and it ends by itself
            await deps.provider(attempt.provider).close(attempt.out_trade_no)
        raise OrderEnded(state=order.state.value)
    return order


def _requested(order: Order, outcome: str) -> TimelineEvent:
    return TimelineEvent(EventKind.QR_REQUESTED, Source.CANDIDATE, outcome, order.attempt_number, order.total_fen)


async def draw_qr_code(deps: Dependencies, order_id: str, who: Principal) -> bytes:
    """The QR code of the open attempt, as SVG. Raises NotFound, NoOpenAttempt."""
    attempt = require_open_attempt(await get_order(deps, order_id, who), deps.clock.now())
    return deps.draw_qr_code(attempt.qr_content)
