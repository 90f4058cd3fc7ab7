"""Refunds: money on its way back (PA-6, PA-12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Final

from chassis.errors import FieldViolation
from chassis.transitions import Transitions
from services.payment.domain.orders import ENDED_UNPAID, HAS_BEEN_PAID, HeldMoney, Item, Order
from services.payment.domain.work_limits import WorkLimits, require_growth, require_positive
from services.payment.domain.working_days import local_date
from services.payment.errors import ItemAlreadyRefunded, OrderNotPaid, RefundIdReused, RefundNoteRequired


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
    SENT_ON = "SENT_ON"
    """The platform has taken it and cannot give it back: it is made again, to a bank account."""


_S, _E = RefundState, RefundEvent

REFUND_TRANSITIONS: Final[Transitions[RefundState, RefundEvent]] = {
    (_S.REQUESTED, _E.ACCEPTED): _S.PROCESSING,
    (_S.REQUESTED, _E.COMPLETED): _S.SUCCEEDED,
    (_S.REQUESTED, _E.REFUSED): _S.FAILED,
    (_S.PROCESSING, _E.COMPLETED): _S.SUCCEEDED,
    (_S.PROCESSING, _E.REFUSED): _S.FAILED,
    (_S.PROCESSING, _E.SENT_ON): _S.REQUESTED,
    (_S.FAILED, _E.RETRIED): _S.REQUESTED,
}

ON_ITS_WAY: Final = frozenset({_S.REQUESTED, _S.PROCESSING})
"""The money is neither back nor refused."""

ROUTE_CLOSED: Final = "ROUTE_CLOSED"
"""The failure that recorded bank details cure: the way the money came is closed (PA-12)."""


class RefundReason(Enum):
    """Why money is given back."""

    SURPLUS_MONEY = "SURPLUS_MONEY"
    SESSION_CANCELLED = "SESSION_CANCELLED"
    SELECTION_VOID = "SELECTION_VOID"
    OPERATOR_DECISION = "OPERATOR_DECISION"
    ON_REQUEST = "ON_REQUEST"


class Purpose(Enum):
    """What the money of a paid attempt is for."""

    UNDECIDED = ""
    """It came late; whether its courses are still free is being asked (PA-6)."""
    FEE = "FEE"
    """It pays the order."""
    SURPLUS = "SURPLUS"
    """It belongs to no order and goes back."""


@dataclass(frozen=True, slots=True)
class NewRefund:
    """A refund as it is asked for; no `item_ids` mean all that are left. `note` is an operator's reason in words."""

    refund_id: str
    order_id: str
    item_ids: tuple[str, ...]
    reason: RefundReason
    note: str = ""


def require_note(asked: NewRefund) -> None:
    """PA-14: an operator who gives money back says why. Raises RefundNoteRequired."""
    if not asked.note.strip():
        raise RefundNoteRequired(
            fields=[FieldViolation("note", RefundNoteRequired.reason, "请填写退费原因", "say why the money goes back")]
        )


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as it stands; amounts in fen. No `item_ids` for surplus money, which belongs to no item.

    `asks`: how often the platform was asked. `provider` and `out_trade_no` name the trade whose money goes back.
    """

    refund_id: str
    order_id: str
    candidate_id: str
    session_id: str
    attempt_number: int
    item_ids: tuple[str, ...]
    amount_fen: int
    state: RefundState
    reason: RefundReason
    create_time: datetime
    due_date: date
    success_time: datetime | None = None
    failure_code: str = ""
    to_bank_account: bool = False
    refund_batch_id: str = ""
    asks: int = 0
    provider: str = ""
    out_trade_no: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundTerms(WorkLimits):
    """How refunds are made, and how hard a replica works at it: within how many days they should be back, as candidates
    are told, and how soon a platform that did not answer is asked again, from `first` growing by `growth` to `longest`.
    """

    days: int = 7
    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(minutes=5)
    growth: float = 2.0
    batch: int = 200

    def __post_init__(self) -> None:
        WorkLimits.__post_init__(self)
        require_positive(self, "days", "first", "longest")
        require_growth(self.growth)

    def due_date(self, now: datetime) -> date:
        """The latest local day on which money given back now should have arrived."""
        return local_date(now) + timedelta(days=self.days)

    def again(self, asks: int, now: datetime) -> datetime:
        """When to ask again after `asks` questions."""
        pause: timedelta = min(self.first * self.growth ** min(asks, 50), self.longest)
        return now + pause


def same_refund_or_refuse(existing: Refund, asked: NewRefund) -> Refund:
    """F-10: the same refund again is answered as it stands. Raises RefundIdReused for another under the same id."""
    same_items = not asked.item_ids or set(asked.item_ids) == set(existing.item_ids)
    if (existing.order_id, existing.reason) != (asked.order_id, asked.reason) or not same_items:
        raise RefundIdReused(refund_id=asked.refund_id)
    return existing


def to_give_back(order: Order, asked: NewRefund) -> tuple[Item, ...]:
    """The items whose fee goes back: those asked for, or all that are left.

    Raises OrderNotPaid, ItemAlreadyRefunded.
    """
    if order.state not in HAS_BEEN_PAID:
        raise OrderNotPaid()
    left = tuple(item for item in order.items if not item.going_back)
    chosen = tuple(item for item in left if item.item_id in asked.item_ids) if asked.item_ids else left
    if not chosen or len(chosen) < len(asked.item_ids):
        raise ItemAlreadyRefunded()
    return chosen


@dataclass(frozen=True, slots=True)
class Surplus:
    """The refund of money that pays nothing: that of the attempt `number`, whole."""

    refund_id: str
    number: int
    due_date: date


def attachable(order: Order) -> HeldMoney | None:
    """PA-6: the one payment among the money held that can pay an order that ended; all other money goes back."""
    if order.state not in ENDED_UNPAID:
        return None
    return next((held for held in order.held if held.amount_fen == order.total_fen), None)


BATCH_ORDER: Final[Mapping[RefundState, int]] = {
    RefundState.FAILED: 0,
    RefundState.REQUESTED: 1,
    RefundState.PROCESSING: 2,
    RefundState.SUCCEEDED: 3,
}
"""The order in which a batch's refunds are listed."""


class BatchState(Enum):
    """Where the refunds of a cancelled session stand (PA-12)."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"


@dataclass(frozen=True, slots=True)
class RefundBatch:
    """The refund of every paid order of a session; amounts in fen. `queued`: every order has its refund recorded."""

    refund_batch_id: str
    session_id: str
    note: str
    state: BatchState
    queued: bool
    total_count: int
    total_fen: int
    create_time: datetime
    version: int
    complete_time: datetime | None = None
    succeeded_count: int = 0
    failed_count: int = 0
    succeeded_fen: int = 0

    @property
    def etag(self) -> str:
        """Changes whenever the batch is paused or resumed."""
        return str(self.version)


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Where money goes when the way it came is closed (PA-12)."""

    holder_name: str
    account_number: str
    bank_name: str

    @property
    def masked_number(self) -> str:
        """The number, all but the last four digits masked."""
        return "*" * (len(self.account_number) - 4) + self.account_number[-4:]
