"""What follows for an order from what its platform says of a trade (PA-3, PA-5, PA-6, PA-8).

The news comes by a notification, in answer to our question, or on a bill. Whoever brings it, however late, early or
often, it ends in `judge`, so that an order is settled by one rule.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from services.payment.domain.operator_queue import ExceptionKind
from services.payment.domain.orders import ENDED_UNPAID, AttemptState, Order, OrderEvent, OrderState
from services.payment.domain.platform_messages import Notification, Trade, TradeState
from services.payment.domain.timeline import EventKind, Source, TimelineEvent
from services.payment.errors import UnknownOrder, WrongMerchant


class NewsChannel(Enum):
    """How news of a payment comes."""

    QUERY = "QUERY"
    """We asked about the order."""
    NOTIFICATION = "NOTIFICATION"
    """The platform told us."""
    BILL = "BILL"
    """We asked because the platform's bill shows the trade as paid."""


@dataclass(frozen=True, slots=True)
class PaymentNews:
    """What the platform says of a trade, and who caused it. `ending`: the order is to end whatever its time."""

    trade: Trade
    channel: NewsChannel
    source: Source
    ending: OrderEvent | None = None


class Step(Enum):
    """What to do with an order after the platform has spoken."""

    NOTHING = "NOTHING"
    """The order stays as it is."""
    REPEATED = "REPEATED"
    """What is said is known already."""
    SETTLE = "SETTLE"
    """The whole amount has arrived."""
    SUBMITTED = "SUBMITTED"
    """The bank has taken it."""
    CLOSE = "CLOSE"
    """Its time is over and no money has come: close it at the platform, then end it."""
    END = "END"
    """The platform will take no money for it any more: end it."""
    HOLD = "HOLD"
    """Money has arrived on an order that has ended: record it and have it decided about (PA-6)."""
    GIVE_BACK = "GIVE_BACK"
    """Money has arrived that the order can never take: record it and give it back (PA-6)."""
    RAISE = "RAISE"
    """Something is wrong that no rule settles; nothing changes but the operator's queue (PA-8)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A step, with the event that moves the order or the kind of exception that is raised."""

    step: Step
    event: OrderEvent | None = None
    exception: ExceptionKind | None = None


def judge(order: Order, trade: Trade, now: datetime, *, ending: OrderEvent | None = None) -> Verdict:
    """What follows for `order` from what the platform says of its attempt `order.attempt`.

    `ending` is set when somebody wants the order ended whatever its time (a cancellation).
    """
    match trade.state:
        case TradeState.PAID:
            return _money(order, trade)
        case TradeState.REFUNDED if order.live:
            return Verdict(Step.RAISE, exception=ExceptionKind.BILL_DIFFERENCE)
        case TradeState.PAYING if order.state in {OrderState.CREATED, OrderState.AWAITING_PAYMENT}:
            return Verdict(Step.SUBMITTED, OrderEvent.BANK_TOOK_IT)
        case TradeState.NOT_PAID | TradeState.UNKNOWN | TradeState.CLOSED if order.live:
            return _no_money(order, trade, now, ending)
        case _:
            return Verdict(Step.NOTHING)


def judge_news(order: Order, news: PaymentNews, now: datetime) -> Verdict:
    """What follows for `order` from the news. What comes unasked counts only where it is of money received (PA-5)."""
    if news.channel is not NewsChannel.QUERY and news.trade.state is not TradeState.PAID:
        return Verdict(Step.NOTHING)
    return judge(order, news.trade, now, ending=news.ending)


_NOTIFIED: Final = {Step.NOTHING: "IGNORED", Step.REPEATED: "REPEATED"}


def heard(order: Order, news: PaymentNews, verdict: Verdict) -> TimelineEvent:
    """The news as an event of the timeline (PA-11): a notification with what became of it, an answer as it was."""
    trade = news.trade
    if news.channel is not NewsChannel.NOTIFICATION:
        return TimelineEvent(EventKind.QUERIED, news.source, trade.state.value, order.attempt_number, trade.amount_fen)
    raised = verdict.exception if verdict.step is Step.RAISE else None
    outcome = raised.value if raised else _NOTIFIED.get(verdict.step, "ACCEPTED")
    return TimelineEvent(EventKind.NOTIFIED, news.source, outcome, order.attempt_number, trade.amount_fen)


def _money(order: Order, trade: Trade) -> Verdict:
    attempt = order.attempt
    if trade.amount_fen != order.total_fen:
        return Verdict(Step.RAISE, exception=ExceptionKind.WRONG_AMOUNT)
    if attempt and attempt.state is AttemptState.PAID and attempt.platform_trade_no == trade.platform_trade_no:
        return Verdict(Step.REPEATED)
    if order.live:
        return Verdict(Step.SETTLE, OrderEvent.MONEY_ARRIVED)
    if attempt and attempt.state is AttemptState.PAID:
        # Two payments of one trade: platforms do not let that happen, so what it means is for people to find out.
        return Verdict(Step.RAISE, exception=ExceptionKind.DOUBLE_MONEY)
    if order.state not in ENDED_UNPAID:
        return Verdict(Step.GIVE_BACK, exception=ExceptionKind.DOUBLE_MONEY)
    if trade.paid_time is not None and trade.paid_time > order.payment_cutoff_time:
        return Verdict(Step.GIVE_BACK, exception=ExceptionKind.LATE_MONEY)
    return Verdict(Step.HOLD, exception=ExceptionKind.LATE_MONEY)


def _no_money(order: Order, trade: Trade, now: datetime, ending: OrderEvent | None) -> Verdict:
    event = ending or (OrderEvent.TIME_RAN_OUT if order.time_is_over(now) else None)
    if trade.state is TradeState.CLOSED:
        # Somebody wished to cancel, and the platform's answer or we ourselves did not live to say that it was done.
        wished = OrderEvent.WAS_CANCELLED if order.cancel_time else None
        return Verdict(Step.END, wished or event or OrderEvent.TRADE_FAILED)
    if event is None:
        return Verdict(Step.NOTHING)
    if trade.state is TradeState.UNKNOWN:
        return Verdict(Step.END, event)
    return Verdict(Step.CLOSE, event)


def accept_notification(notification: Notification, *, merchant: str, order: Order | None) -> Order:
    """F-4: a notification is for us and for an order of ours. Raises WrongMerchant, UnknownOrder.

    Its signature has been verified before, its amount is judged with the trade.
    """
    if notification.merchant != merchant:
        raise WrongMerchant()
    if order is None:
        raise UnknownOrder()
    return order


def stuck_at_bank(order: Order, now: datetime, patience: timedelta) -> bool:
    """PA-4: has the bank had the order for longer than `patience` without an answer?"""
    return (
        order.state is OrderState.SUBMITTED_TO_BANK
        and order.submit_time is not None
        and now >= order.submit_time + patience
    )
