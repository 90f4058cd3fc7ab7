"""Where a case stands, and what moves it: the table of its states (RE-4, RE-10, RE-12)."""

from enum import Enum
from typing import Final

from chassis.transitions import Transitions


class CaseState(Enum):
    """Where a case stands."""

    COLLECTING = "COLLECTING"
    WAITING = "WAITING"
    CLAIMED = "CLAIMED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


class CaseEvent(Enum):
    """What moves it."""

    SUBMITTED = "SUBMITTED"
    CLAIMED = "CLAIMED"
    RELEASED = "RELEASED"
    LAPSED = "LAPSED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    ASKED_AGAIN = "ASKED_AGAIN"
    WITHDRAWN = "WITHDRAWN"
    UNDONE = "UNDONE"
    REOPENED = "REOPENED"


CASE_TRANSITIONS: Final[Transitions[CaseState, CaseEvent]] = {
    (CaseState.COLLECTING, CaseEvent.SUBMITTED): CaseState.WAITING,
    (CaseState.REJECTED, CaseEvent.SUBMITTED): CaseState.WAITING,
    (CaseState.WAITING, CaseEvent.CLAIMED): CaseState.CLAIMED,
    (CaseState.CLAIMED, CaseEvent.CLAIMED): CaseState.CLAIMED,
    (CaseState.CLAIMED, CaseEvent.RELEASED): CaseState.WAITING,
    (CaseState.CLAIMED, CaseEvent.LAPSED): CaseState.WAITING,
    (CaseState.CLAIMED, CaseEvent.APPROVED): CaseState.APPROVED,
    (CaseState.CLAIMED, CaseEvent.REJECTED): CaseState.REJECTED,
    (CaseState.CLAIMED, CaseEvent.ASKED_AGAIN): CaseState.COLLECTING,
    (CaseState.APPROVED, CaseEvent.UNDONE): CaseState.CLAIMED,
    (CaseState.REJECTED, CaseEvent.UNDONE): CaseState.CLAIMED,
    (CaseState.COLLECTING, CaseEvent.UNDONE): CaseState.CLAIMED,
    (CaseState.REJECTED, CaseEvent.REOPENED): CaseState.COLLECTING,
    (CaseState.APPROVED, CaseEvent.WITHDRAWN): CaseState.WITHDRAWN,
    (CaseState.COLLECTING, CaseEvent.WITHDRAWN): CaseState.WITHDRAWN,
    (CaseState.WAITING, CaseEvent.WITHDRAWN): CaseState.WITHDRAWN,
    (CaseState.CLAIMED, CaseEvent.WITHDRAWN): CaseState.WITHDRAWN,
    (CaseState.REJECTED, CaseEvent.WITHDRAWN): CaseState.WITHDRAWN,
}

COLLECTS: Final = frozenset({CaseState.COLLECTING, CaseState.REJECTED})
DECIDED: Final = frozenset({CaseState.APPROVED, CaseState.REJECTED})
OVER: Final = frozenset({CaseState.APPROVED, CaseState.WITHDRAWN})
