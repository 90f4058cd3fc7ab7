"""What is said to payment platforms, and what they say: of trades, their refunds and their bills."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final


class TradeState(Enum):
    """Where a trade stands at the platform."""

    UNKNOWN = "UNKNOWN"
    """The platform has never heard of it."""
    NOT_PAID = "NOT_PAID"
    PAYING = "PAYING"
    PAID = "PAID"
    CLOSED = "CLOSED"
    REFUNDED = "REFUNDED"


NUMBER: Final = re.compile(r"[!-~]{1,64}")
"""What the number of a trade, ours or the platform's, is made of."""
MOST_FEN: Final = 10**12


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade as the platform describes it; `amount_fen` in fen, `paid_time` by the platform's clock."""

    out_trade_no: str
    state: TradeState
    amount_fen: int = 0
    platform_trade_no: str = ""
    paid_time: datetime | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for what no platform says of a trade and no table can hold (F-26)."""
        if not NUMBER.fullmatch(self.out_trade_no):
            raise ValueError("our number of a trade")
        if self.platform_trade_no and not NUMBER.fullmatch(self.platform_trade_no):
            raise ValueError("the platform's number of a trade")
        if not 0 <= self.amount_fen <= MOST_FEN:
            raise ValueError("an amount in fen")
        if self.paid_time is not None and self.paid_time.utcoffset() is None:
            raise ValueError("an instant with its offset")


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification whose signature has been verified."""

    merchant: str
    trade: Trade


@dataclass(frozen=True, slots=True)
class NewTrade:
    """What a platform must know to show a QR code; the amount in fen."""

    out_trade_no: str
    amount_fen: int
    subject: str
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class QrCode:
    """What a platform answers: the text of the QR code, and a link for phones."""

    qr_content: str
    pay_url: str
    platform_trade_no: str


class CloseAnswer(Enum):
    """What a platform says to a request to close a trade."""

    CLOSED = "CLOSED"
    ALREADY_PAID = "ALREADY_PAID"
    IN_PROGRESS = "IN_PROGRESS"
    """The bank is working on it; ask again later."""


class RefundAnswer(Enum):
    """Where a refund stands at a platform."""

    PROCESSING = "PROCESSING"
    SUCCEEDED = "SUCCEEDED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of a platform's daily bill: a `PAYMENT` or a `REFUND`; the amount in fen."""

    out_trade_no: str
    platform_trade_no: str
    kind: str
    amount_fen: int
    time: datetime
    out_refund_no: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The answer that tells a platform not to send a notification again."""

    content_type: str
    body: bytes
