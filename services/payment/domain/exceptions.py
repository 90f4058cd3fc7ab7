"""The operator's queue: what no rule can settle (PA-4, PA-6, PA-8)."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong, as seen now. `about` tells apart what is counted as one entry of the queue; amounts in fen, 0
    where none.

    `about` is never a stranger's text: a flood of forgeries makes one entry with a count, not a flood of entries.
    """

    kind: ExceptionKind
    about: str
    order_id: str = ""
    provider: str = ""
    out_trade_no: str = ""
    expected_fen: int = 0
    found_fen: int = 0
    detail: str = ""

    @property
    def key(self) -> str:
        """What makes two findings the same entry."""
        return f"{self.kind.value}:{self.about}"


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """An entry of the operator's queue."""

    exception_id: str
    finding: Finding
    state: ExceptionState
    occurrence_count: int
    create_time: datetime
    last_time: datetime
    version: int
    resolved_by: str = ""
    resolution_note: str = ""
    resolve_time: datetime | None = None

    @property
    def etag(self) -> str:
        """Changes whenever the entry changes."""
        return str(self.version)


def may_resolve(entry: QueueEntry, etag: str, note: str) -> bool:
    """Whether resolving changes the entry; False when it says again what has been said. Raises StaleEtag."""
    if entry.state is ExceptionState.RESOLVED and entry.resolution_note == note:
        return False
    if entry.etag != etag:
        raise StaleEtag()
    return True
