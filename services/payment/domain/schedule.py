"""When the platform is asked about an order again (PA-4): soon at first, then with patience, and always when its
time is over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.payment.domain.order import Order


@dataclass(frozen=True, slots=True)
class Pace:
    """`first` and `longest` bound the sweep's interval, which grows by `growth`; `held` is for money only an operator
    can settle.

    `throttle` is the least time between two questions about one order, whoever asks; `page` is an open page's interval.
    With `longest` a minute, a lost notification heals within two.
    """

    first: timedelta
    longest: timedelta
    growth: float
    held: timedelta
    throttle: timedelta
    page: timedelta


def next_due(order: Order, now: datetime, pace: Pace) -> datetime:
    """When the sweep should look at a live order again, after its platform was asked `order.asks` times.

    An order without an attempt has nothing to ask about before its time is over.
    """
    if order.payable_attempt is None and order.open_until > now:
        return order.open_until
    interval = min(pace.first * pace.growth ** min(order.asks, 50), pace.longest)
    soon = now + interval
    return order.expire_time if now < order.expire_time < soon else soon


def next_refresh(order: Order, pace: Pace) -> datetime | None:
    """When the platform may be asked again; None when there is nothing to ask about."""
    if not order.live or order.payable_attempt is None:
        return None
    return order.create_time if order.ask_time is None else order.ask_time + pace.throttle
