"""What the use cases work with, and what they all do: find an order for a caller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.clock import Clock
from chassis.errors import NotFound
from chassis.security.tokens import Access, Principal
from services.payment.domain.order import Order, Terms
from services.payment.domain.refund import RefundTerms
from services.payment.domain.schedule import Pace
from services.payment.ports import Calendar, Changes, ExceptionQueue, Moves, Orders, PaymentProvider
from services.payment.ports.refunds import Accounts, BankPayout, Batches, Refunds


@dataclass(frozen=True, slots=True)
class Till:
    """Everything at hand. `providers` by name; new attempts go to the one called `provider`. `patience`: PA-4's
    thirty minutes. `payouts`: the platforms that can pay into a bank account.
    """

    orders: Orders
    moves: Moves
    queue: ExceptionQueue
    calendar: Calendar
    changes: Changes
    providers: Mapping[str, PaymentProvider]
    provider: str
    clock: Clock
    terms: Terms
    pace: Pace
    patience: timedelta
    refunds: Refunds
    batches: Batches
    accounts: Accounts
    payouts: Mapping[str, BankPayout]
    refund_terms: RefundTerms

    def provider_named(self, name: str) -> PaymentProvider:
        """The platform `name`. Raises NotFound when it is not configured."""
        if (provider := self.providers.get(name)) is None:
            raise NotFound()
        return provider


async def order_for(till: Till, order_id: str, who: Principal) -> Order:
    """The order, for its candidate and for staff and services; to another candidate it does not exist. Raises
    NotFound.
    """
    order = await till.orders.get(order_id)
    if who.kind is Access.CANDIDATE and order.candidate_id != who.subject_id:
        raise NotFound()
    return order


def position(after: Sequence[str] | None) -> tuple[datetime, str] | None:
    """Where a page goes on: after an instant and an id, as its token says."""
    return (datetime.fromisoformat(after[0]), after[1]) if after else None
