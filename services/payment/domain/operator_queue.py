"""The operator's queue: what no rule can settle (PA-4, PA-6, PA-8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from chassis.errors import StaleEtag


class ExceptionKind(Enum):
    """What is wrong."""

    FORGED_NOTIFICATION = "FORGED_NOTIFICATION"
    WRONG_MERCHANT = "WRONG_MERCHANT"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    WRONG_AMOUNT = "WRONG_AMOUNT"
    LATE_MONEY = "LATE_MONEY"
    DOUBLE_MONEY = "DOUBLE_MONEY"
    STUCK_AT_BANK = "STUCK_AT_BANK"
    REFUND_FAILED = "REFUND_FAILED"
    BILL_DIFFERENCE = "BILL_DIFFERENCE"
    RECEIPT_OVERDUE = "RECEIPT_OVERDUE"
    CALENDAR_UNPUBLISHED = "CALENDAR_UNPUBLISHED"


class Detail(Enum):
    """What was seen: a stable code. `services/payment/domain/exception_words.py` says it in words."""

    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    ANOTHER_MERCHANT = "ANOTHER_MERCHANT"
    TRADE_UNKNOWN = "TRADE_UNKNOWN"
    AMOUNT_DIFFERS = "AMOUNT_DIFFERS"
    MONEY_AFTER_END = "MONEY_AFTER_END"
    UNDECIDED_FOR_LONG = "UNDECIDED_FOR_LONG"
    PAID_TWICE = "PAID_TWICE"
    REFUNDED_UNPAID = "REFUNDED_UNPAID"
    BANK_SILENT = "BANK_SILENT"
    REFUND_OVERDUE = "REFUND_OVERDUE"
    REFUND_REFUSED = "REFUND_REFUSED"
    ROUTE_CLOSED = "ROUTE_CLOSED"
    RECEIPT_NOT_ISSUED = "RECEIPT_NOT_ISSUED"
    HOLIDAYS_MISSING = "HOLIDAYS_MISSING"
    PAID_NOT_SETTLED = "PAID_NOT_SETTLED"
    PAID_BUT_ENDED = "PAID_BUT_ENDED"
    UNKNOWN_TRADE = "UNKNOWN_TRADE"
    NOT_ON_BILL = "NOT_ON_BILL"
    BILL_AMOUNT_DIFFERS = "BILL_AMOUNT_DIFFERS"
    REFUND_DIFFERS = "REFUND_DIFFERS"
    RECEIPT_MISSING = "RECEIPT_MISSING"


class Resolution(Enum):
    """How something was settled that needed nobody in the end."""

    HEALED = "HEALED"
    LATE_MONEY_DECIDED = "LATE_MONEY_DECIDED"
    MONEY_IS_BACK = "MONEY_IS_BACK"


SYSTEM: Final = "zikao"
"""Who has resolved what needed nobody in the end: no staff id."""

CONCERNS_UNTIL_SETTLED: Final = frozenset({ExceptionKind.WRONG_AMOUNT, ExceptionKind.STUCK_AT_BANK})
"""While one of these is open and the order is live, the candidate is shown whom to contact."""

CONCERNS_ALWAYS: Final = frozenset(
    {
        ExceptionKind.LATE_MONEY,
        ExceptionKind.DOUBLE_MONEY,
        ExceptionKind.REFUND_FAILED,
        ExceptionKind.BILL_DIFFERENCE,
    }
)
"""While one of these is open, the candidate is shown whom to contact, however the order stands."""


class ExceptionState(Enum):
    """Whether somebody has dealt with it."""

    OPEN = "OPEN"
    RESOLVED = "RESOLVED"


def key_of(kind: ExceptionKind, about: str) -> str:
    """By which what is found again is known to be the same entry of the queue."""
    return f"{kind.value}:{about}"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong, as seen now. `about` tells apart what is counted as one entry of the queue; amounts in fen, 0
    where none. `facts` are what the words of `detail` speak of, by name.

    `about` is never a stranger's text: a flood of forgeries makes one entry with a count, not a flood of entries.
    """

    kind: ExceptionKind
    about: str
    detail: Detail | None
    """None for one of another release, which this code has no words for."""
    order_id: str = ""
    provider: str = ""
    out_trade_no: str = ""
    expected_fen: int = 0
    found_fen: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What makes two findings the same entry."""
        return key_of(self.kind, self.about)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntry(Finding):
    """What was found, as an entry of the operator's queue."""

    exception_id: str
    state: ExceptionState
    occurrence_count: int
    create_time: datetime
    last_time: datetime
    version: int
    resolved_by: str = ""
    resolution_note: str = ""
    resolve_time: datetime | None = None
    candidate_id: str = ""
    """Whose order it is about; empty where it is about none."""
    order_paid: bool = False
    """Whether that order has been paid by now."""

    @property
    def resolution(self) -> Resolution | None:
        """How it was settled, where no operator had to."""
        by_itself = self.resolved_by == SYSTEM and self.resolution_note in Resolution.__members__
        return Resolution[self.resolution_note] if by_itself else None

    @property
    def etag(self) -> str:
        """Changes whenever the entry changes."""
        return str(self.version)


@dataclass(frozen=True, slots=True)
class ExceptionFilter:
    """Which entries to list; None and empty mean all."""

    state: ExceptionState = ExceptionState.OPEN
    kind: ExceptionKind | None = None
    order_id: str = ""


@dataclass(frozen=True, slots=True)
class ExceptionAges:
    """How many exceptions of a kind wait, by how long: under a day, up to three days, longer."""

    kind: ExceptionKind
    under_a_day: int
    under_three_days: int
    longer: int
    oldest_create_time: datetime


@dataclass(frozen=True, slots=True)
class SettlementFigures:
    """What of the money is not settled: orders that wait for payment, and the exceptions (OP-4)."""

    awaiting_payment: int
    awaiting_payment_fen: int
    exceptions: tuple[ExceptionAges, ...]


def changes_by_resolving(entry: QueueEntry, etag: str, note: str) -> bool:
    """Whether resolving changes the entry; False when it says again what has been said. Raises StaleEtag."""
    if entry.state is ExceptionState.RESOLVED and entry.resolution_note == note:
        return False
    if entry.etag != etag:
        raise StaleEtag()
    return True
