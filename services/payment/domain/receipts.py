"""E-receipts (PA-9): asked for once the order is paid, available three working days after, looked for until they are
there.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Final

from chassis.clock import SHANGHAI
from services.payment.domain.work_limits import WorkLimits, require_growth, require_positive

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
    candidate_id: str
    session_id: str
    state: ReceiptState
    amount_fen: int
    paid_time: datetime
    available_date: date
    lines: tuple[ReceiptLine, ...]
    tries: int
    owed: bool

    @property
    def available_time(self) -> datetime:
        """The instant at which the day of the receipt begins."""
        return datetime.combine(self.available_date, time(), SHANGHAI).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class IssuedReceipt:
    """A receipt as the portal issued it: its code (票据代码), number (票据号码), and where to see it."""

    code: str
    number: str
    url: str
    issue_time: datetime


@dataclass(frozen=True, slots=True)
class ReceiptDates:
    """The local day of payment, and that of the receipt; None until its year's holidays are published (PA-9)."""

    paid_date: date
    available_date: date | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt; `amount_fen` in fen. `unpublished_year`: whose holidays its date waits for, 0 for none."""

    order_id: str
    state: str
    amount_fen: int
    paid_date: date
    available_date: date | None
    code: str
    number: str
    url: str
    issue_time: datetime | None
    unpublished_year: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptTerms(WorkLimits):
    """How receipts are fetched from the portal, and how hard a replica works at it. The portal is asked again after
    `first`, then ever later by `growth`, once the receipt is due at least every `longest`. `timeout`: how long the
    portal may take to answer. `overdue`: how long after its day a receipt may take before an operator is told.
    """

    timeout: timedelta = timedelta(seconds=5)
    first: timedelta = timedelta(seconds=5)
    growth: float = 3.0
    longest: timedelta = timedelta(minutes=15)
    overdue: timedelta = timedelta(days=2)
    concurrency: int = 8
    per_second: float = 50.0
    lease: timedelta = timedelta(minutes=2)

    def __post_init__(self) -> None:
        WorkLimits.__post_init__(self)
        require_positive(self, "timeout", "first", "longest", "overdue")
        require_growth(self.growth)


def next_look(tries: int, available: datetime, now: datetime, terms: ReceiptTerms) -> datetime:
    """When to look again after `tries` in vain: portals may be early, and the day's first moment is never missed."""
    interval = terms.first * terms.growth ** min(tries, MOST_GROWTH)
    if now < available:
        return min(now + interval, available)
    return now + min(interval, terms.longest)


def is_overdue(available: datetime, now: datetime, terms: ReceiptTerms) -> bool:
    """Whether the portal has taken longer than anybody should wait."""
    return now >= available + terms.overdue
