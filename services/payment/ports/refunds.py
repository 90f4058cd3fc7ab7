"""What payment needs for giving money back: its store of refunds, batches and bank details, and a way to pay into a
bank account.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Protocol, runtime_checkable

from services.payment.domain.order import Order
from services.payment.domain.refund import (
    BankAccount,
    NewRefund,
    Refund,
    RefundBatch,
    RefundState,
    Surplus,
)
from services.payment.domain.timeline import Event
from services.payment.domain.trade import Trade
from services.payment.ports import RefundAnswer


class RefundRefused(Exception):
    """A platform refuses a refund for good. `route_closed`: because the way the money came is closed, which bank
    details cure (PA-12).
    """

    def __init__(self, provider_code: str, *, route_closed: bool = False) -> None:
        super().__init__(provider_code)
        self.provider_code = provider_code
        self.route_closed = route_closed


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


class Refunds(Protocol):
    """The refunds as they stand, and their moves: each one guarded statement with its events.

    Each move says whether it happened; False means that things are not as the caller saw them: look and decide again.
    """

    async def create(
        self, order: Order, refund: NewRefund, amount_fen: int, due: date, events: Sequence[Event], *, now: datetime
    ) -> bool:
        """Records the refund of these very items, none of which may be going back already (PA-12)."""
        ...

    async def give_back(
        self, order: Order, trade: Trade, surplus: Surplus, events: Sequence[Event], *, now: datetime
    ) -> bool:
        """Records money that has just come and can never pay anything, with its refund (PA-6)."""
        ...

    async def refuse(
        self, order: Order, trade: Trade, surplus: Surplus, events: Sequence[Event], *, now: datetime
    ) -> bool:
        """Ends a live order whose money has come for courses that are paid for already, with the refund; announced as
        OrderEndedUnpaid (PA-6, PA-7).
        """
        ...

    async def return_held(self, order: Order, surplus: Surplus, events: Sequence[Event], *, now: datetime) -> bool:
        """Decides that held money goes back (PA-6)."""
        ...

    async def find(self, refund_id: str) -> Refund | None:
        """The refund, if there is one."""
        ...

    async def of_order(self, order_id: str) -> list[Refund]:
        """The refunds of an order, oldest first."""
        ...

    async def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> list[str]:
        """Takes refunds that are due, so that no other worker takes them before the lease ends."""
        ...

    async def wait(
        self, refund: Refund, state: RefundState, events: Sequence[Event], *, now: datetime, due: datetime
    ) -> bool:
        """The platform has not given the money back yet: it is asked again when due."""
        ...

    async def succeed(self, refund: Refund, events: Sequence[Event], *, now: datetime) -> bool:
        """The money is back, announced as OrderRefunded. An order with all its fees back becomes REFUNDED."""
        ...

    async def fail(self, refund: Refund, failure_code: str, events: Sequence[Event], *, now: datetime) -> bool:
        """The platform has refused it."""
        ...

    async def retry(self, refund: Refund, events: Sequence[Event], *, now: datetime, to_bank_account: bool) -> bool:
        """Makes a refund that was refused, or whose way is closed, once more; one that the platform has taken only to a
        bank account.
        """
        ...

    async def held_since(self, before: datetime, limit: int) -> list[str]:
        """Orders whose money has waited for a decision since before an instant, and which nobody has been told of."""
        ...


class Batches(Protocol):
    """The refunds of cancelled sessions (PA-12)."""

    async def create(self, batch: RefundBatch) -> RefundBatch:
        """Stores a batch with what there is to give back; the session's present batch when it has one."""
        ...

    async def get(self, refund_batch_id: str) -> RefundBatch:
        """The batch and its progress. Raises NotFound."""
        ...

    async def unqueued(self) -> str | None:
        """A running batch whose orders do not all have their refund recorded yet."""
        ...

    async def queue(self, refund_batch_id: str, due: date, *, now: datetime, limit: int) -> int:
        """Records the refunds of at most `limit` more orders in one statement, then wakes those that rested while the
        batch was paused, as many at once; says how many they were. At the last ones the batch is marked as queued.
        """
        ...

    async def pause(self, batch: RefundBatch) -> bool:
        """Stops a running batch; False when it has changed since it was read."""
        ...

    async def resume(self, batch: RefundBatch, *, now: datetime) -> bool:
        """Goes on with a batch, its refused refunds included; False when it has changed since it was read."""
        ...

    async def rest(self, limit: int) -> int:
        """Takes away the due times of at most `limit` refunds of paused batches, and says of how many."""
        ...

    async def complete(self, *, now: datetime) -> None:
        """Completes the running batches all whose refunds have succeeded or failed."""
        ...

    async def page(
        self, refund_batch_id: str, state: RefundState | None, after: tuple[int, str] | None, limit: int
    ) -> list[Refund]:
        """Refunds of a batch after a position, those that failed first."""
        ...


class Accounts(Protocol):
    """Bank details for refunds, kept encrypted."""

    async def set(self, order_id: str, account: BankAccount, *, now: datetime) -> None:
        """Records an account, in place of the one before."""
        ...

    async def of_order(self, order_id: str) -> BankAccount | None:
        """The account recorded for an order."""
        ...


BATCH_ORDER: dict[RefundState, int] = {
    RefundState.FAILED: 0,
    RefundState.REQUESTED: 1,
    RefundState.PROCESSING: 2,
    RefundState.SUCCEEDED: 3,
}
"""The order in which a batch's refunds are listed."""
