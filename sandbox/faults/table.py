"""The faults there are and where they mean something, as the table of docs/sandbox.md has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

GLOBAL: Final = "global"


class Target(Enum):
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


class Kind(Enum):
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


_ASKED: Final = frozenset({Target.CREATE, Target.QUERY, Target.CLOSE, Target.REFUND})
_EVERYTHING: Final = frozenset(Target)

MEANINGFUL: Final[Mapping[Kind, frozenset[Target]]] = {
    Kind.LATE: frozenset({Target.NOTIFICATION, Target.MESSAGES, Target.RECEIPTS}),
    Kind.LOST: _EVERYTHING,
    Kind.DUPLICATE: frozenset({Target.NOTIFICATION, Target.BILL, Target.MESSAGES}),
    Kind.FORGED: _ASKED | {Target.NOTIFICATION, Target.BILL},
    Kind.WRONG_AMOUNT: (_ASKED - {Target.CLOSE}) | {Target.NOTIFICATION, Target.BILL},
    Kind.OUTAGE: _EVERYTHING,
    Kind.SLOW: _EVERYTHING,
    Kind.ROUTE_CLOSED: frozenset({Target.REFUND}),
}

TIMED: Final = frozenset({Kind.LATE, Kind.SLOW})
"""These mean nothing without `seconds`."""

HINDRANCES: Final = frozenset({Kind.OUTAGE, Kind.SLOW})
"""These concern each exchange, also one that only sends again or reads what is there; the others what is made new."""

AT_THE_START: Final = frozenset(Kind) - HINDRANCES


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong for `scope`, `times` more times or until it is cleared."""

    scope: str
    target: Target
    kind: Kind
    seconds: float = 0.0
    times: int | None = None

    def as_json(self) -> dict[str, object]:
        """As `GET /faults` lists it."""
        return {
            "scope": self.scope,
            "target": self.target.value,
            "kind": self.kind.value,
            "seconds": self.seconds,
            "times": self.times,
        }
