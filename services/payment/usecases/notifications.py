"""Taking notifications (PA-5): verified, judged, and settled once, however often and in whatever order they come."""

from collections.abc import Mapping
from typing import Final

from chassis.optimistic_retry import until_applied
from services.payment.dependencies import Dependencies
from services.payment.domain.operator_queue import Detail, ExceptionKind, Finding
from services.payment.domain.orders import Order
from services.payment.domain.platform_messages import Acknowledgement, Notification
from services.payment.domain.timeline import Source
from services.payment.domain.verdicts import NewsChannel, PaymentNews, Step, Verdict, accept_notification
from services.payment.errors import NotificationForged, UnknownOrder, WrongAmount, WrongMerchant
from services.payment.ports import PaymentProvider
from services.payment.usecases.payment_results import take_news

_DETAILS: Final = {WrongMerchant.reason: Detail.ANOTHER_MERCHANT, UnknownOrder.reason: Detail.TRADE_UNKNOWN}


async def receive_notification(
    deps: Dependencies, provider_name: str, body: bytes, headers: Mapping[str, str]
) -> Acknowledgement:
    """PA-5: what the platform expects to hear once the notification need not come again.

    Raises NotFound, NotificationForged, NotificationMalformed, WrongMerchant, UnknownOrder, WrongAmount, Contention;
    what is rejected changes nothing but the operator's queue (F-4).
    """
    provider = deps.provider(provider_name)
    notification = await _verified(deps, provider, body, headers)
    news = PaymentNews(notification.trade, NewsChannel.NOTIFICATION, Source.PROVIDER)

    async def attempt() -> Verdict | None:
        return await take_news(deps, await _accepted(deps, provider, notification), news)

    verdict = await until_applied(attempt)
    if verdict.step is Step.RAISE and verdict.exception is ExceptionKind.WRONG_AMOUNT:
        raise WrongAmount()
    return provider.acknowledgement


async def _verified(
    deps: Dependencies, provider: PaymentProvider, body: bytes, headers: Mapping[str, str]
) -> Notification:
    try:
        return await provider.read_notification(body, headers)
    except NotificationForged:
        claimed = await deps.orders.find_order_by_trade(provider.name, provider.claimed_trade(body))
        order_id = claimed.order_id if claimed else ""
        finding = Finding(
            ExceptionKind.FORGED_NOTIFICATION,
            about=f"{provider.name}:{order_id or 'unknown'}",
            order_id=order_id,
            provider=provider.name,
            detail=Detail.SIGNATURE_INVALID,
        )
        await deps.operator_queue.add_finding(finding, now=deps.clock.now())
        raise


async def _accepted(deps: Dependencies, provider: PaymentProvider, notification: Notification) -> Order:
    """The order that the notification is about, as it stands now."""
    trade = notification.trade
    order = await deps.orders.find_order_by_trade(provider.name, trade.out_trade_no)
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
        await deps.operator_queue.add_finding(finding, now=deps.clock.now())
        raise
