"""What is said to payment platforms, and what they say: of trades, their refunds and their bills."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class TradeState(Enum):
    """Where a trade stands at the platform."""

    UNKNOWN = "UNKNOWN"
    """The platform has never heard of it."""
    NOT_PAID = "NOT_PAID"
    PAYING = "PAYING"
    PAID = "PAID"
    CLOSED = "CLOSED"
    REFUNDED = "REFUNDED"


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade as the platform describes it; `amount_fen` in fen, `paid_time` by the platform's clock."""

    out_trade_no: str
    state: TradeState
    amount_fen: int = 0
    platform_trade_no: str = ""
    paid_time: datetime | None = None


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
