"""E-receipts (PA-9): asked for once the order is paid, available three working days after, looked for until they are
there.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum
from typing import Final

MOST_GROWTH: Final = 12
"""Beyond which intervals do not grow: they are weeks long by then."""


class ReceiptState(Enum):
    """Where a receipt stands."""

    PENDING = "PENDING"
    """The portal has not been asked for it, or has not answered."""
    REQUESTED = "REQUESTED"
    """The portal has been asked for it, and has not issued it."""
    ISSUED = "ISSUED"
    VOID = "VOID"
    """The order has been refunded."""


AWAITED: Final = frozenset({ReceiptState.PENDING, ReceiptState.REQUESTED})
"""Not issued, and still to come."""


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One line of a receipt; `amount_fen` in fen."""

    name: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class AwaitedReceipt:
    """A receipt that is still to come. `owed` is False when its order is no longer paid; `tries` counts looks."""

    order_id: str
    state: ReceiptState
    amount_fen: int
    paid_time: datetime
    available_date: date
    lines: tuple[ReceiptLine, ...]
    tries: int
    owed: bool

    def available_time(self, zone: tzinfo) -> datetime:
        """The instant at which the day of the receipt begins."""
        return datetime.combine(self.available_date, time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class IssuedReceipt:
    """A receipt as the portal issued it: its code (票据代码), number (票据号码), and where to see it."""

    code: str
    number: str
    url: str
    issue_time: datetime


@dataclass(frozen=True, slots=True)
class ReceiptPace:
    """When the portal is asked about a receipt again: after `first`, then ever later by `growth`, once the receipt is
    due at least every `longest`. `patience`: how long after its day it may take before an operator is told.
    """

    first: timedelta
    growth: float
    longest: timedelta
    patience: timedelta


def next_look(tries: int, available: datetime, now: datetime, pace: ReceiptPace) -> datetime:
    """When to look again after `tries` looks in vain. A portal may be early, so a few looks come before the day; its
    first moment is never missed.
    """
    interval = pace.first * pace.growth ** min(tries, MOST_GROWTH)
    if now < available:
        return min(now + interval, available)
    return now + min(interval, pace.longest)


def is_overdue(available: datetime, now: datetime, pace: ReceiptPace) -> bool:
    """Whether the portal has taken longer than anybody should wait."""
    return now >= available + pace.patience
