"""States as lists of SQL, for statements that name several."""

from collections.abc import Iterable
from enum import Enum
from typing import Final

from services.payment.domain.orders import ENDED_UNPAID, LIVE, PAYABLE
from services.payment.domain.receipts import AWAITED
from services.payment.domain.refunds import ON_ITS_WAY


def _quoted(states: Iterable[Enum]) -> str:
    """The names of states, which are constants of our own."""
    return ", ".join(sorted(f"'{state.value}'" for state in states))


LIVE_ORDERS: Final = _quoted(LIVE)
ENDED_ORDERS: Final = _quoted(ENDED_UNPAID)
PAYABLE_ATTEMPTS: Final = _quoted(PAYABLE)
OPEN_REFUNDS: Final = _quoted(ON_ITS_WAY)
AWAITED_RECEIPTS: Final = _quoted(AWAITED)
