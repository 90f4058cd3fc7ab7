"""Orders and payment attempts: what they are, which moves they can make (PA-2), and what may be asked of them."""

import base64
import hashlib
import json
import uuid
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Final

from chassis.transitions import Transitions
from services.payment.domain.operator_queue import CONCERNS_ALWAYS, CONCERNS_UNTIL_SETTLED, ExceptionKind
from services.payment.domain.work_limits import require_positive
from services.payment.errors import (
    AmountsDiffer,
    NoOpenAttempt,
    OrderAlreadyPaid,
    OrderEnded,
    OrderIdReused,
    OrderNotPaid,
    PaymentCutoffPassed,
    UndertakingOutdated,
)


class DuplicateSelection(Exception):
    """A course of the order has been paid for already, under another order of the candidate (PA-7)."""


class OrderState(Enum):
    """Where an order stands (PA-2)."""

    CREATED = "CREATED"
    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    SUBMITTED_TO_BANK = "SUBMITTED_TO_BANK"
    PAID = "PAID"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    REFUNDING = "REFUNDING"
    REFUNDED = "REFUNDED"


class OrderEvent(Enum):
    """What moves an order."""

    QR_SHOWN = "QR_SHOWN"
    BANK_TOOK_IT = "BANK_TOOK_IT"
    MONEY_ARRIVED = "MONEY_ARRIVED"
    TIME_RAN_OUT = "TIME_RAN_OUT"
    WAS_CANCELLED = "WAS_CANCELLED"
    TRADE_FAILED = "TRADE_FAILED"
    LATE_MONEY_ATTACHED = "LATE_MONEY_ATTACHED"
    REFUND_STARTED = "REFUND_STARTED"
    REFUND_COMPLETED = "REFUND_COMPLETED"


_S, _E = OrderState, OrderEvent

ORDER_TRANSITIONS: Final[Transitions[OrderState, OrderEvent]] = {
    (_S.CREATED, _E.QR_SHOWN): _S.AWAITING_PAYMENT,
    # The platform's news may be faster than its answer to us (F-3): what is CREATED here may be at the bank, or paid.
    (_S.CREATED, _E.BANK_TOOK_IT): _S.SUBMITTED_TO_BANK,
    (_S.CREATED, _E.MONEY_ARRIVED): _S.PAID,
    (_S.CREATED, _E.TIME_RAN_OUT): _S.EXPIRED,
    (_S.CREATED, _E.WAS_CANCELLED): _S.CANCELLED,
    (_S.CREATED, _E.TRADE_FAILED): _S.FAILED,
    (_S.AWAITING_PAYMENT, _E.BANK_TOOK_IT): _S.SUBMITTED_TO_BANK,
    (_S.AWAITING_PAYMENT, _E.MONEY_ARRIVED): _S.PAID,
    (_S.AWAITING_PAYMENT, _E.TIME_RAN_OUT): _S.EXPIRED,
    (_S.AWAITING_PAYMENT, _E.WAS_CANCELLED): _S.CANCELLED,
    (_S.AWAITING_PAYMENT, _E.TRADE_FAILED): _S.FAILED,
    (_S.SUBMITTED_TO_BANK, _E.MONEY_ARRIVED): _S.PAID,
    (_S.SUBMITTED_TO_BANK, _E.TIME_RAN_OUT): _S.EXPIRED,
    (_S.SUBMITTED_TO_BANK, _E.WAS_CANCELLED): _S.CANCELLED,
    (_S.SUBMITTED_TO_BANK, _E.TRADE_FAILED): _S.FAILED,
    # PA-6: its money came late, and its courses were still free. The only way out of an order that ended unpaid.
    (_S.EXPIRED, _E.LATE_MONEY_ATTACHED): _S.PAID,
    (_S.CANCELLED, _E.LATE_MONEY_ATTACHED): _S.PAID,
    (_S.FAILED, _E.LATE_MONEY_ATTACHED): _S.PAID,
    (_S.PAID, _E.REFUND_STARTED): _S.REFUNDING,
    (_S.REFUNDING, _E.REFUND_COMPLETED): _S.REFUNDED,
}

LIVE: Final = frozenset({_S.CREATED, _S.AWAITING_PAYMENT, _S.SUBMITTED_TO_BANK})
"""Neither paid nor ended: the platform may still have news."""

ENDED_UNPAID: Final = frozenset({_S.EXPIRED, _S.CANCELLED, _S.FAILED})

HAS_BEEN_PAID: Final = frozenset({_S.PAID, _S.REFUNDING, _S.REFUNDED})


class AttemptState(Enum):
    """Where one try to pay stands."""

    PREPARED = "PREPARED"
    OPEN = "OPEN"
    PAID = "PAID"
    CLOSED = "CLOSED"
    FAILED = "FAILED"


class AttemptEvent(Enum):
    """What moves an attempt."""

    ANSWERED = "ANSWERED"
    MONEY_ARRIVED = "MONEY_ARRIVED"
    WAS_CLOSED = "WAS_CLOSED"
    WAS_REFUSED = "WAS_REFUSED"


_A, _N = AttemptState, AttemptEvent

ATTEMPT_TRANSITIONS: Final[Transitions[AttemptState, AttemptEvent]] = {
    (_A.PREPARED, _N.ANSWERED): _A.OPEN,
    (_A.PREPARED, _N.MONEY_ARRIVED): _A.PAID,
    (_A.PREPARED, _N.WAS_CLOSED): _A.CLOSED,
    (_A.PREPARED, _N.WAS_REFUSED): _A.FAILED,
    (_A.OPEN, _N.MONEY_ARRIVED): _A.PAID,
    (_A.OPEN, _N.WAS_CLOSED): _A.CLOSED,
    # Late money: the attempt has it, whatever became of its order (PA-6).
    (_A.CLOSED, _N.MONEY_ARRIVED): _A.PAID,
    (_A.FAILED, _N.MONEY_ARRIVED): _A.PAID,
}

PAYABLE: Final = frozenset({_A.PREPARED, _A.OPEN})
"""The platform may know the trade, and somebody may be paying it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One course of an order; `fee_fen` in fen. `going_back`: its fee is back or on its way back."""

    item_id: str
    registration_id: str
    course_code: str
    course_name: str
    fee_fen: int
    refunded: bool = False
    going_back: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to pay an order: one trade at the platform. `number` counts from 1 within the order."""

    order_id: str
    number: int
    provider: str
    state: AttemptState
    create_time: datetime
    expire_time: datetime
    platform_trade_no: str = ""
    qr_content: str = ""
    pay_url: str = ""

    @property
    def out_trade_no(self) -> str:
        """The trade number by which the platform knows this attempt."""
        return out_trade_no(self.order_id, self.number)


@dataclass(frozen=True, slots=True)
class HeldMoney:
    """Money of an attempt for which no purpose has been decided yet (PA-6); in fen."""

    number: int
    amount_fen: int
    paid_time: datetime
    platform_trade_no: str


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as enrollment asks for it."""

    order_id: str
    candidate_id: str
    session_id: str
    items: tuple[Item, ...]
    total_fen: int
    undertaking_version: str
    payment_cutoff_time: datetime

    @property
    def fingerprint(self) -> bytes:
        """A hash of everything the order says; equal for a repetition of the same request (F-10)."""
        said = [
            self.candidate_id,
            self.session_id,
            [
                [item.item_id, item.registration_id, item.course_code, item.course_name, item.fee_fen]
                for item in self.items
            ],
            self.total_fen,
            self.undertaking_version,
            self.payment_cutoff_time.timestamp(),
        ]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).digest()


@dataclass(frozen=True, slots=True)
class Order:
    """A snapshot of an order. `open_until`: until when a QR code can be asked for. `cancel_time`: when somebody last
    wished to cancel it. `exceptions`: open ones that concern it. `held`: money that waits for a decision.
    `refund_date`: by when all that is on its way back has arrived. `surplus_back_fen`: money given back that paid no
    item.
    """

    order_id: str
    candidate_id: str
    session_id: str
    items: tuple[Item, ...]
    total_fen: int
    state: OrderState
    undertaking_version: str
    create_time: datetime
    open_until: datetime
    payment_cutoff_time: datetime
    fingerprint: bytes = b""
    undertaking_accept_time: datetime | None = None
    submit_time: datetime | None = None
    paid_time: datetime | None = None
    end_time: datetime | None = None
    ask_time: datetime | None = None
    asks: int = 0
    cancel_time: datetime | None = None
    attempt: Attempt | None = None
    receipt_date: date | None = None
    exceptions: frozenset[ExceptionKind] = frozenset()
    held: tuple[HeldMoney, ...] = ()
    refund_date: date | None = None
    surplus_back_fen: int = 0

    @property
    def live(self) -> bool:
        """Whether the order is neither paid nor ended."""
        return self.state in LIVE

    @property
    def stuck(self) -> bool:
        """Whether its money needs somebody to look at it, so that nobody should pay again."""
        return bool(self.exceptions & (CONCERNS_ALWAYS | CONCERNS_UNTIL_SETTLED if self.live else CONCERNS_ALWAYS))

    @property
    def payable_attempt(self) -> Attempt | None:
        """The attempt that the platform may know and that somebody may be paying."""
        return self.attempt if self.attempt and self.attempt.state in PAYABLE else None

    @property
    def attempt_number(self) -> int:
        """The newest attempt's number; 0 before the first."""
        return self.attempt.number if self.attempt else 0

    @property
    def expire_time(self) -> datetime:
        """When the order ends unless it is paid: with its QR code once there is one (PA-3)."""
        return self.payable_attempt.expire_time if self.payable_attempt else self.open_until

    def time_is_over(self, now: datetime) -> bool:
        """Whether a live order should end, once the platform has confirmed that no money came (PA-3)."""
        return self.live and self.expire_time <= now

    @property
    def refunded_fen(self) -> int:
        """How much has been given back."""
        return self.surplus_back_fen + sum(item.fee_fen for item in self.items if item.refunded)


@dataclass(frozen=True, slots=True)
class ExpiringOrder:
    """An unpaid order that ends at `expire_time` unless it is paid."""

    order_id: str
    candidate_id: str
    session_id: str
    expire_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTerms:
    """How long things last. `qr_valid`: 30 minutes by PA-3. `order_open`: how long a QR code can be asked for.
    `told_before`: how long before an unpaid order ends its candidate is told (EN-19).
    `at_bank`: after which an order at the bank, and late money nobody has decided about, is an operator's business
    (PA-4, PA-6). Raises ValueError for what is not above zero.
    """

    qr_valid: timedelta = timedelta(minutes=30)
    order_open: timedelta = timedelta(hours=24)
    told_before: timedelta = timedelta(minutes=10)
    at_bank: timedelta = timedelta(minutes=30)

    def __post_init__(self) -> None:
        require_positive(self, "qr_valid", "order_open", "told_before", "at_bank")


def out_trade_no(order_id: str, number: int) -> str:
    """The trade number of an attempt, always the same: 28 letters and digits, which every known platform accepts."""
    return f"{base64.b32encode(uuid.UUID(order_id).bytes).decode().rstrip('=').lower()}{number:02d}"


def require_valid(order: NewOrder, now: datetime) -> None:
    """PA-8, F-15: the fees add up, and there is time left to pay. Raises AmountsDiffer, PaymentCutoffPassed."""
    if order.total_fen != sum(item.fee_fen for item in order.items):
        raise AmountsDiffer()
    _before_cutoff(order.payment_cutoff_time, now)


def opened(order: NewOrder, terms: OrderTerms, now: datetime) -> Order:
    """The order when it is made: a QR code can be asked for until its time is over, or the payment cut-off."""
    return Order(
        **{field.name: getattr(order, field.name) for field in fields(order)},
        state=OrderState.CREATED,
        create_time=now,
        open_until=min(now + terms.order_open, order.payment_cutoff_time),
        fingerprint=order.fingerprint,
    )


def same_or_refuse(existing: Order, asked: NewOrder) -> Order:
    """F-10: the same request again is answered with its order. Raises OrderIdReused for another one under its id."""
    if existing.fingerprint != asked.fingerprint:
        raise OrderIdReused(order_id=asked.order_id)
    return existing


def require_payable(order: Order, undertaking_version: str, now: datetime) -> None:
    """PA-1: may a QR code be asked for now? Raises UndertakingOutdated, OrderEnded, PaymentCutoffPassed."""
    if undertaking_version != order.undertaking_version:
        raise UndertakingOutdated(undertaking_version=order.undertaking_version)
    if order.state in ENDED_UNPAID:
        raise OrderEnded(state=order.state.value)
    if order.live:
        _before_cutoff(order.payment_cutoff_time, now)


def _before_cutoff(cutoff: datetime, now: datetime) -> None:
    if now >= cutoff:
        raise PaymentCutoffPassed(payment_cutoff_time=cutoff.isoformat())


def next_attempt(order: Order, provider: str, terms: OrderTerms, now: datetime) -> Attempt:
    """The attempt that a QR code asked for now begins; it ends 30 minutes on, or at the payment cut-off (PA-3)."""
    return Attempt(
        order_id=order.order_id,
        number=order.attempt_number + 1,
        provider=provider,
        state=AttemptState.PREPARED,
        create_time=now,
        expire_time=min(now + terms.qr_valid, order.payment_cutoff_time),
    )


def require_open_attempt(order: Order, now: datetime) -> Attempt:
    """The attempt whose QR code can be scanned now. Raises NoOpenAttempt."""
    attempt = order.attempt
    if not order.live or attempt is None or attempt.state is not AttemptState.OPEN or attempt.expire_time <= now:
        raise NoOpenAttempt()
    return attempt


def require_unpaid(order: Order) -> None:
    """PA-3: an order that was paid does not end unpaid. Raises OrderAlreadyPaid."""
    if order.state in HAS_BEEN_PAID:
        raise OrderAlreadyPaid()


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders to list; None and empty mean all."""

    candidate_id: str | None = None
    session_id: str | None = None
    states: tuple[OrderState, ...] = ()


def require_receipt(order: Order) -> None:
    """PA-9: a receipt comes with payment. Raises OrderNotPaid."""
    if order.state not in HAS_BEEN_PAID:
        raise OrderNotPaid()
