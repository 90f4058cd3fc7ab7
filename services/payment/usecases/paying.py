"""Asking for a QR code (PA-1), so that there is never a second one that could be paid (F-8, F-9)."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from chassis.security.tokens import Principal
from services.payment.domain.order import (
    ENDED_UNPAID,
    ORDER_TRANSITIONS,
    AttemptState,
    Order,
    OrderEvent,
    OrderState,
    may_pay,
    next_attempt,
    open_attempt,
)
from services.payment.domain.outcomes import UNDERTAKING
from services.payment.domain.timeline import Event, EventKind, Source
from services.payment.errors import OrderEnded, PaymentRefused, ProviderUnavailable
from services.payment.ports import NewTrade, QrCode
from services.payment.usecases.asking import ask
from services.payment.usecases.till import Till, order_for


async def pay_order(till: Till, order_id: str, undertaking_version: str, who: Principal) -> Order:
    """PA-1: the undertaking is accepted, and the order carries its QR code; the same one while it is valid, however
    often it is asked for.

    Raises NotFound, UndertakingOutdated, OrderEnded, PaymentCutoffPassed, PaymentRefused, ProviderUnavailable.
    """
    order = await order_for(till, order_id, who)
    if order.time_is_over(till.clock.now()):
        order = await _settled_first(till, order)
    may_pay(order, undertaking_version, till.clock.now())
    if order.state is not OrderState.CREATED:
        return order
    if order.payable_attempt is None:
        order = await _prepared(till, order, undertaking_version)
    return await _shown(till, order) if order.state is OrderState.CREATED else order


async def _settled_first(till: Till, order: Order) -> Order:
    """Only the platform can tell whether an order whose time is over was paid at the last moment (F-5, F-18).
    Raises ProviderUnavailable.
    """
    asked = await ask(till, order, Source.CANDIDATE)
    if asked.order.time_is_over(till.clock.now()) and asked.order.state is not OrderState.SUBMITTED_TO_BANK:
        raise ProviderUnavailable(retry_after=till.pace.throttle)
    return asked.order


async def _prepared(till: Till, order: Order, undertaking_version: str) -> Order:
    """The order with an attempt that is on record before the platform hears of it: a notification always finds its
    trade (F-3).
    """
    now = till.clock.now()
    attempt = next_attempt(order, till.provider, till.terms, now)
    started = Event(EventKind.PAYMENT_STARTED, Source.CANDIDATE, f"{UNDERTAKING}{undertaking_version}", attempt.number)
    if await till.moves.prepare(order, attempt, [started], now=now, due=now + till.pace.first):
        return replace(order, attempt=attempt, undertaking_accept_time=order.undertaking_accept_time or now)
    order = await till.orders.get(order.order_id)
    may_pay(order, undertaking_version, now)
    return order


async def _shown(till: Till, order: Order) -> Order:
    """The order with its QR code, from the platform. Two presses at once ask for the same trade and get the same
    code (F-9).
    """
    attempt = order.payable_attempt
    if attempt is None:
        raise ProviderUnavailable(retry_after=till.pace.throttle)
    try:
        code = await till.provider_named(attempt.provider).create(
            _trade(order, attempt.out_trade_no, attempt.expire_time)
        )
    except ProviderUnavailable:
        await till.orders.record(order.order_id, [_requested(order, "UNREACHABLE")], now=till.clock.now())
        raise
    except PaymentRefused as refusal:
        failure = refusal.metadata.get("provider_code", "")
        refused = [_requested(order, failure or "REFUSED")]
        await till.moves.refuse_attempt(order, failure, refused, now=till.clock.now())
        raise
    return await _open(till, order, code)


async def _open(till: Till, order: Order, code: QrCode) -> Order:
    attempt = order.attempt
    assert attempt is not None
    now = till.clock.now()
    state = ORDER_TRANSITIONS[order.state, OrderEvent.QR_SHOWN]
    changed = Event(EventKind.STATE_CHANGED, Source.CANDIDATE, state.value, attempt.number, order.total_fen)
    if await till.moves.show_qr(order, code, [_requested(order, "OK"), changed], now=now):
        till.changes.publish(order.order_id)
        shown = replace(
            attempt,
            state=AttemptState.OPEN,
            qr_content=code.content,
            pay_url=code.pay_url,
            platform_trade_no=code.platform_trade_no,
        )
        return replace(order, state=state, attempt=shown)
    order = await till.orders.get(order.order_id)
    if order.state in ENDED_UNPAID:
        with suppress(ProviderUnavailable):  # nobody has seen the code, and it ends by itself
            await till.provider_named(attempt.provider).close(attempt.out_trade_no)
        raise OrderEnded(state=order.state.value)
    return order


def _trade(order: Order, out_trade_no: str, expire_time: datetime) -> NewTrade:
    return NewTrade(out_trade_no, order.total_fen, f"自学考试报名费 {order.session_id}", expire_time)


def _requested(order: Order, outcome: str) -> Event:
    return Event(EventKind.QR_REQUESTED, Source.CANDIDATE, outcome, order.attempt_number, order.total_fen)


async def qr_content(till: Till, order_id: str, who: Principal) -> str:
    """What the QR code of the open attempt holds. Raises NotFound, NoOpenAttempt."""
    return open_attempt(await order_for(till, order_id, who), till.clock.now()).qr_content
