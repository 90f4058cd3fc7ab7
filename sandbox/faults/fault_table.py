"""The faults there are and where they mean something, as the table of docs/sandbox.md has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from sandbox.storage.row_conversion import columns_of

GLOBAL: Final = "global"


class FaultTarget(Enum):
    """What goes wrong."""

    NOTIFICATION = "notification"
    CREATE = "create"
    QUERY = "query"
    CLOSE = "close"
    REFUND = "refund"
    BILL = "bill"
    REGISTER = "register"
    MESSAGES = "messages"
    RECEIPTS = "receipts"


class FaultKind(Enum):
    """How it goes wrong."""

    LATE = "LATE"
    LOST = "LOST"
    DUPLICATE = "DUPLICATE"
    FORGED = "FORGED"
    WRONG_AMOUNT = "WRONG_AMOUNT"
    OUTAGE = "OUTAGE"
    SLOW = "SLOW"
    ROUTE_CLOSED = "ROUTE_CLOSED"
    """The account the money came from is gone."""


_ASKED: Final = frozenset({FaultTarget.CREATE, FaultTarget.QUERY, FaultTarget.CLOSE, FaultTarget.REFUND})
_EVERYTHING: Final = frozenset(FaultTarget)

MEANINGFUL: Final[Mapping[FaultKind, frozenset[FaultTarget]]] = {
    FaultKind.LATE: frozenset({FaultTarget.NOTIFICATION, FaultTarget.MESSAGES, FaultTarget.RECEIPTS}),
    FaultKind.LOST: _EVERYTHING,
    FaultKind.DUPLICATE: frozenset({FaultTarget.NOTIFICATION, FaultTarget.BILL, FaultTarget.MESSAGES}),
    FaultKind.FORGED: _ASKED | {FaultTarget.NOTIFICATION, FaultTarget.BILL},
    FaultKind.WRONG_AMOUNT: (_ASKED - {FaultTarget.CLOSE}) | {FaultTarget.NOTIFICATION, FaultTarget.BILL},
    FaultKind.OUTAGE: _EVERYTHING,
    FaultKind.SLOW: _EVERYTHING,
    FaultKind.ROUTE_CLOSED: frozenset({FaultTarget.REFUND}),
}

TIMED: Final = frozenset({FaultKind.LATE, FaultKind.SLOW})
"""These mean nothing without `seconds`."""

HINDRANCES: Final = frozenset({FaultKind.OUTAGE, FaultKind.SLOW})
"""These concern each exchange, also one that only sends again or reads what is there; the others what is made new."""

AT_THE_START: Final = frozenset(FaultKind) - HINDRANCES


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong for `scope`, `times` more times or until it is cleared."""

    scope: str
    target: FaultTarget
    kind: FaultKind
    seconds: float = 0.0
    times: int | None = None

    def as_json(self) -> dict[str, object]:
        """As `GET /faults` lists it."""
        return columns_of(self)


def arrival_time(sent: datetime, fault: Fault | None) -> datetime | None:
    """When something that is on its way arrives: at once, so much later when it is LATE, never when it is LOST."""
    kind = None if fault is None else fault.kind
    delay = fault.seconds if fault is not None and kind is FaultKind.LATE else 0.0
    return None if kind is FaultKind.LOST else sent + timedelta(seconds=delay)
