"""When the platform is asked about an order again (PA-4): soon at first, then with patience, and always when its
time is over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.payment.domain.orders import Order
from services.payment.domain.work_limits import require_growth, require_positive


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingPace:
    """`first` and `longest` bound the sweep's interval, which grows by `growth`; `held` is for money only an operator
    can settle.

    `throttle` is the least time between two questions about one order, whoever asks; `page` is an open page's interval,
    `watch` how long it watches before it opens its stream again. With `longest` a minute, a lost notification heals
    within two. Raises ValueError for what is not above zero, and for a `growth` below one.
    """

    first: timedelta = timedelta(seconds=10)
    longest: timedelta = timedelta(minutes=1)
    growth: float = 1.5
    held: timedelta = timedelta(minutes=10)
    throttle: timedelta = timedelta(seconds=3)
    page: timedelta = timedelta(seconds=4)
    watch: timedelta = timedelta(minutes=4)

    def __post_init__(self) -> None:
        require_positive(self, "first", "longest", "held", "throttle", "page", "watch")
        require_growth(self.growth)


@dataclass(frozen=True, slots=True)
class QueriedOrder:
    """The order after the platform was to be asked about it: whether it was, and whether it answered."""

    order: Order
    asked: bool = True
    reachable: bool = True


def next_due(order: Order, now: datetime, pace: PollingPace) -> datetime:
    """When the sweep should look at a live order again, after its platform was asked `order.asks` times.

    An order without an attempt has nothing to ask about before its time is over.
    """
    if order.payable_attempt is None and order.open_until > now:
        return order.open_until
    interval = min(pace.first * pace.growth ** min(order.asks, 50), pace.longest)
    soon = now + interval
    return order.expire_time if now < order.expire_time < soon else soon


def next_refresh(order: Order, pace: PollingPace) -> datetime | None:
    """When the platform may be asked again; None when there is nothing to ask about."""
    if not order.live or order.payable_attempt is None:
        return None
    return order.create_time if order.ask_time is None else order.ask_time + pace.throttle
