"""Accounts that are erased with everything that is held about their owners (ID-20)."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

OTHERS: Final = ("enrollment", "payment", "review")
"""The services that hold something of an account beside identity, in the order in which they erase it: the first one
can refuse.
"""


class ErasureCause(Enum):
    """Why an account is erased."""

    OWN_WISH = "OWN_WISH"
    IDLE = "IDLE"


@dataclass(frozen=True, slots=True)
class AccountErasure:
    """How far an erasure has come; of each service when it had erased everything, None until then."""

    candidate_id: str
    cause: ErasureCause
    create_time: datetime
    erase_time: datetime | None = None
    enrollment_time: datetime | None = None
    payment_time: datetime | None = None
    review_time: datetime | None = None
