"""The money timeline (PA-11): every event of an order's money, stored one by one and read folded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from services.payment.domain.orders import Order


class EventKind(Enum):
    """What happened."""

    ORDER_CREATED = "ORDER_CREATED"
    PAYMENT_STARTED = "PAYMENT_STARTED"
    QR_REQUESTED = "QR_REQUESTED"
    QUERIED = "QUERIED"
    NOTIFIED = "NOTIFIED"
    CLOSE_REQUESTED = "CLOSE_REQUESTED"
    STATE_CHANGED = "STATE_CHANGED"
    REFUND_REQUESTED = "REFUND_REQUESTED"
    MONEY_HELD = "MONEY_HELD"
    RECEIPT_REQUESTED = "RECEIPT_REQUESTED"
    OPERATOR_ACTED = "OPERATOR_ACTED"


class Source(Enum):
    """Who caused it."""

    CANDIDATE = "CANDIDATE"
    OPEN_PAGE = "OPEN_PAGE"
    SWEEP = "SWEEP"
    PROVIDER = "PROVIDER"
    SERVICE = "SERVICE"
    OPERATOR = "OPERATOR"
    RECONCILIATION = "RECONCILIATION"


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One event about to be recorded; `amount_fen` in fen, 0 where none is concerned."""

    kind: EventKind
    source: Source
    outcome: str
    attempt_number: int = 0
    amount_fen: int = 0


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of the timeline as it is read: `count` consecutive events that differ only in their time."""

    event: TimelineEvent
    time: datetime
    last_time: datetime
    count: int = 1


@dataclass(frozen=True, slots=True)
class Timeline:
    """An order and what happened to its money, folded."""

    order: Order
    entries: Sequence[TimelineEntry]


def fold(entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
    """Folds runs of the same event, so that an open page's hundred questions read as one line with a count."""
    folded: list[TimelineEntry] = []
    for entry in entries:
        if folded and folded[-1].event == entry.event:
            last = folded[-1]
            folded[-1] = replace(last, last_time=entry.last_time, count=last.count + entry.count)
        else:
            folded.append(entry)
    return folded
