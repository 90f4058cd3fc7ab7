"""What payment needs to get receipts: the portal that issues them, and where they are kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from services.payment.domain.receipts import AwaitedReceipt, IssuedReceipt
from services.payment.domain.timeline import Event


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


class Receipts(Protocol):
    """The receipts that are still to come. Moves are guarded: what is issued or void stays so."""

    async def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> list[str]:
        """Takes receipts to look for, so that nobody else takes them before the lease ends."""
        ...

    async def awaited(self, order_id: str) -> AwaitedReceipt | None:
        """The receipt of an order, if it is still to come and its date is known."""
        ...

    async def requested(self, order_id: str, events: Sequence[Event], *, now: datetime, due: datetime) -> None:
        """The portal has taken the request: REQUESTED, looked for at `due`."""
        ...

    async def issued(self, order_id: str, receipt: IssuedReceipt, events: Sequence[Event], *, now: datetime) -> None:
        """The receipt is there: ISSUED. Whoever was told that it is overdue need not do anything any more."""
        ...

    async def forgotten(self, order_id: str, events: Sequence[Event], *, now: datetime) -> None:
        """The portal does not know it: PENDING, asked for again at once."""
        ...

    async def look_later(self, order_id: str, events: Sequence[Event], *, now: datetime, due: datetime) -> None:
        """Looked for in vain: again at `due`."""
        ...

    async def void(self, order_id: str) -> None:
        """There is nothing to receipt any more: VOID."""
        ...
