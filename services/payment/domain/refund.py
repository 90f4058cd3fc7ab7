"""Refunds: money on its way back (PA-6, PA-12)."""

from enum import Enum
from typing import Final

from chassis.transitions import Transitions


class RefundState(Enum):
    """Where a refund stands."""

    REQUESTED = "REQUESTED"
    PROCESSING = "PROCESSING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class RefundEvent(Enum):
    """What moves a refund."""

    ACCEPTED = "ACCEPTED"
    COMPLETED = "COMPLETED"
    REFUSED = "REFUSED"
    RETRIED = "RETRIED"


_S, _E = RefundState, RefundEvent

REFUND_TRANSITIONS: Final[Transitions[RefundState, RefundEvent]] = {
    (_S.REQUESTED, _E.ACCEPTED): _S.PROCESSING,
    (_S.REQUESTED, _E.COMPLETED): _S.SUCCEEDED,
    (_S.REQUESTED, _E.REFUSED): _S.FAILED,
    (_S.PROCESSING, _E.COMPLETED): _S.SUCCEEDED,
    (_S.PROCESSING, _E.REFUSED): _S.FAILED,
    (_S.FAILED, _E.RETRIED): _S.REQUESTED,
}
