"""When the platform is asked about an order again (PA-4): soon at first, then with patience, and always when its
time is over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.payment.domain.orders import Order
from services.payment.domain.work_limits import require_growth, require_positive

UNATTENDED_SPREAD: Final = 0.2
"""By what share an unattended page asks sooner or later than its interval: pages opened together must not ask together.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingPace:
    """`first` and `longest` bound the sweep's interval, which grows by `growth`; `held` is for money only an operator
    can settle.

    `throttle` is the least time between two questions about one order, whoever asks. An open page asks every `page` for
    as long as `attention` after its QR code was made or it came to the front, and every `unattended_page` after that;
    `watch` is how long it watches before it opens its stream again. At most `pages_at_once` of a process ask at the
    same time; who finds no place asks the next time. With `longest` a minute, a lost notification heals within two.
    Raises ValueError for what is not above zero, and for a `growth` below one.
    """

    first: timedelta = timedelta(seconds=10)
    longest: timedelta = timedelta(minutes=1)
    growth: float = 1.5
    held: timedelta = timedelta(minutes=10)
    throttle: timedelta = timedelta(seconds=3)
    page: timedelta = timedelta(seconds=4)
    attention: timedelta = timedelta(minutes=1)
    unattended_page: timedelta = timedelta(seconds=30)
    pages_at_once: int = 16
    watch: timedelta = timedelta(minutes=4)

    def __post_init__(self) -> None:
        require_positive(self, "first", "longest", "held", "throttle", "watch")
        require_positive(self, "page", "attention", "unattended_page", "pages_at_once")
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


def page_interval(
    order: Order, shown_time: datetime | None, now: datetime, pace: PollingPace, *, draw: float
) -> timedelta:
    """How long an open page waits before it asks (F-1): short while somebody is known to look, because the QR code is
    new or the page was shown at `shown_time`. `draw`, a random number from -1 to 1, spreads the long one.
    """
    looked_at = [time for time in (shown_time, order.attempt.create_time if order.attempt else None) if time]
    if looked_at and now < max(looked_at) + pace.attention:
        return pace.page
    return pace.unattended_page * (1 + UNATTENDED_SPREAD * draw)


def next_refresh(order: Order, pace: PollingPace) -> datetime | None:
    """When the platform may be asked again; None when there is nothing to ask about."""
    if not order.live or order.payable_attempt is None:
        return None
    return order.create_time if order.ask_time is None else order.ask_time + pace.throttle
