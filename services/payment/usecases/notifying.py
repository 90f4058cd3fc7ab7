"""Taking notifications (PA-5): verified, judged, and settled once, however often and in whatever order they come."""

from collections.abc import Mapping
from typing import Final

from chassis.errors import Overloaded
from services.payment.domain.exceptions import Detail, ExceptionKind, Finding
from services.payment.domain.order import Order
from services.payment.domain.timeline import Event, EventKind, Source
from services.payment.domain.trade import Notification, Step, Trade, TradeState, accept_notification, judge
from services.payment.errors import NotificationForged, UnknownOrder, WrongAmount, WrongMerchant
from services.payment.ports import Acknowledgement, PaymentProvider
from services.payment.usecases.settling import carry_out, money_finding
from services.payment.usecases.till import Till

ROUNDS: Final = 5
_DETAILS: Final = {WrongMerchant.reason: Detail.ANOTHER_MERCHANT, UnknownOrder.reason: Detail.TRADE_UNKNOWN}


async def receive_notification(
    till: Till, provider_name: str, body: bytes, headers: Mapping[str, str]
) -> Acknowledgement:
    """PA-5: what the platform expects to hear once the notification need not come again.

    Raises NotFound, NotificationForged, NotificationMalformed, WrongMerchant, UnknownOrder, WrongAmount; what is
    rejected changes nothing
    but the operator's queue (F-4).
    """
    provider = till.provider_named(provider_name)
    notification = await _verified(till, provider, body, headers)
    order = await _ours(till, provider, notification)
    await _settle(till, provider, order, notification.trade)
    return provider.acknowledge()


async def _verified(till: Till, provider: PaymentProvider, body: bytes, headers: Mapping[str, str]) -> Notification:
    try:
        return await provider.read_notification(body, headers)
    except NotificationForged:
        claimed = await till.orders.by_trade(provider.name, provider.claimed_trade(body))
        order_id = claimed.order_id if claimed else ""
        finding = Finding(
            ExceptionKind.FORGED_NOTIFICATION,
            about=f"{provider.name}:{order_id or 'unknown'}",
            order_id=order_id,
            provider=provider.name,
            detail=Detail.SIGNATURE_INVALID,
        )
        await till.queue.add(finding, now=till.clock.now())
        raise


async def _ours(till: Till, provider: PaymentProvider, notification: Notification) -> Order:
    trade = notification.trade
    order = await till.orders.by_trade(provider.name, trade.out_trade_no)
    try:
        return accept_notification(notification, merchant=provider.merchant, order=order)
    except (WrongMerchant, UnknownOrder) as refusal:
        finding = Finding(
            ExceptionKind[refusal.reason],
            about=f"{provider.name}:{trade.out_trade_no}",
            order_id=order.order_id if order else "",
            provider=provider.name,
            out_trade_no=trade.out_trade_no,
            found_fen=trade.amount_fen,
            detail=_DETAILS[refusal.reason],
            facts={"merchant": notification.merchant},
        )
        await till.queue.add(finding, now=till.clock.now())
        raise


async def _settle(till: Till, provider: PaymentProvider, order: Order, trade: Trade) -> None:
    for _ in range(ROUNDS):
        if await _settled(till, order, trade):
            return
        moved = await till.orders.by_trade(provider.name, trade.out_trade_no)
        assert moved is not None
        order = moved
    raise Overloaded()


async def _settled(till: Till, order: Order, trade: Trade) -> bool:
    """Whether the news has found its place; False when the order moved meanwhile."""
    now = till.clock.now()
    if trade.state is not TradeState.PAID:
        await till.orders.record(order.order_id, [_heard(order, trade, "IGNORED")], now=now)
        return True
    verdict = judge(order, trade, now)
    match verdict.step:
        case Step.REPEATED:
            await till.orders.record(order.order_id, [_heard(order, trade, "REPEATED")], now=now)
            return True
        case Step.RAISE:
            assert verdict.exception is not None
            await _raise(till, order, trade, verdict.exception)
            if verdict.exception is ExceptionKind.WRONG_AMOUNT:
                raise WrongAmount()
            return True
        case _:
            return await carry_out(till, order, trade, verdict, _heard(order, trade, "ACCEPTED"))


async def _raise(till: Till, order: Order, trade: Trade, kind: ExceptionKind) -> None:
    now = till.clock.now()
    await till.queue.add(money_finding(order, trade, kind), now=now)
    await till.orders.record(order.order_id, [_heard(order, trade, kind.value)], now=now)


def _heard(order: Order, trade: Trade, outcome: str) -> Event:
    return Event(EventKind.NOTIFIED, Source.PROVIDER, outcome, order.attempt_number, trade.amount_fen)
