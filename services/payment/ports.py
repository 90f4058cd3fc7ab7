"""What payment needs from outside: payment platforms, the receipt portal, what signs and draws, and what tells open
pages of changes.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Protocol, TypeAlias, runtime_checkable

from services.payment.domain.platform_messages import (
    Acknowledgement,
    BillLine,
    CloseAnswer,
    NewTrade,
    Notification,
    QrCode,
    RefundAnswer,
    Trade,
)
from services.payment.domain.receipts import AwaitedReceipt, IssuedReceipt
from services.payment.domain.reconciliation import Statement
from services.payment.domain.refunds import BankAccount


class RefundRefused(Exception):
    """A platform refuses a refund for good. `route_closed`: the way it came; bank details cure it (PA-12)."""

    def __init__(self, provider_code: str, *, route_closed: bool = False) -> None:
        super().__init__(provider_code)
        self.provider_code = provider_code
        self.route_closed = route_closed


class PaymentProvider(Protocol):
    """A payment platform (PA-13). Every method raises ProviderUnavailable when the platform does not answer."""

    name: str
    """By which orders remember it."""
    merchant: str
    """Our number there."""
    acknowledgement: Acknowledgement
    """The answer that it expects to a notification it need not repeat."""

    async def create(self, trade: NewTrade) -> QrCode:
        """Asks for a QR code. The same trade again gets an answer that pays the same trade. Raises PaymentRefused."""
        ...

    async def query(self, out_trade_no: str) -> Trade:
        """Asks how a trade stands; TradeState.UNKNOWN when the platform does not know it."""
        ...

    async def close(self, out_trade_no: str) -> CloseAnswer:
        """Closes a trade, so that it cannot be paid any more; a closed or unknown trade counts as closed."""
        ...

    async def refund(self, out_refund_no: str, out_trade_no: str, amount_fen: int) -> RefundAnswer:
        """Gives money back. The same refund number again is the same refund. Raises RefundRefused."""
        ...

    async def query_refund(self, out_refund_no: str) -> RefundAnswer | None:
        """Asks how a refund stands; None when the platform does not know it."""
        ...

    def bill(self, day: date) -> AsyncIterator[BillLine]:
        """The bill of a day in Asia/Shanghai, line by line; believed only at its end. Raises BillNotReady before the
        platform has published it.
        """
        ...

    async def read_notification(self, body: bytes, headers: Mapping[str, str]) -> Notification:
        """Verifies and reads a notification. Raises NotificationForged, NotificationMalformed."""
        ...

    def claimed_trade(self, body: bytes) -> str:
        """The trade number that an unverified body claims to be about; empty when there is none. Not to be believed."""
        ...


@runtime_checkable
class BankPayout(Protocol):
    """A platform that can give money back into a bank account when the way it came is closed (PA-12)."""

    async def pay_out(
        self, out_refund_no: str, out_trade_no: str, amount_fen: int, account: BankAccount
    ) -> RefundAnswer:
        """Gives money back into an account. The same refund number again is the same refund. Raises RefundRefused,
        ProviderUnavailable.
        """
        ...


class PortalUnavailable(Exception):
    """The receipt portal did not answer. What it did is unknown; asking again is safe."""


class ReceiptUnknown(Exception):
    """The portal does not know of a receipt that it was asked for."""


class ReceiptPortal(Protocol):
    """Who issues e-receipts (电子票据, PA-9). Every method raises PortalUnavailable when it does not answer."""

    async def request(self, receipt: AwaitedReceipt, available: datetime) -> None:
        """Asks for a receipt that is to be available from that moment. Asking again changes nothing."""
        ...

    async def fetch(self, order_id: str) -> IssuedReceipt | None:
        """The receipt, or None while it is not issued. Raises ReceiptUnknown when it was never asked for."""
        ...


class StatementSigner(Protocol):
    """Signs statements."""

    key_id: str
    """Which key signs."""

    def sign(self, document: bytes) -> bytes:
        """An Ed25519 signature."""
        ...


DrawQrCode: TypeAlias = Callable[[str], bytes]
"""An SVG of the QR code that holds a text."""

DrawStatement: TypeAlias = Callable[[Statement], bytes]
"""The page of a statement that was drawn up, as HTML."""


class OrderWatch(Protocol):
    """Somebody watching one order."""

    async def changed(self, within: timedelta) -> bool:
        """Waits for a change; False when there was none `within` that time."""
        ...


class OrderChanges(Protocol):
    """Tells open pages that an order has changed. What is lost costs a few seconds, not correctness: pages ask too."""

    def publish(self, order_id: str) -> None:
        """Says that an order has changed."""
        ...

    def watching(self, order_id: str) -> AbstractContextManager[OrderWatch]:
        """Watches an order for the length of a block."""
        ...
