"""What payment needs from outside: the platforms, its own store, the fan-out of changes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Protocol

from services.payment.domain.calendar import WorkingCalendar
from services.payment.domain.exceptions import ExceptionKind, ExceptionState, Finding, QueueEntry, Resolution
from services.payment.domain.order import Attempt, Order, OrderState
from services.payment.domain.timeline import Entry, Event
from services.payment.domain.trade import Notification, Trade


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

    content: str
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


class PaymentProvider(Protocol):
    """A payment platform (PA-13). Every method but `acknowledge` raises ProviderUnavailable when the platform does
    not answer.
    """

    @property
    def name(self) -> str:
        """The name by which orders remember it."""
        ...

    @property
    def merchant(self) -> str:
        """Our merchant number there."""
        ...

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

    def acknowledge(self) -> Acknowledgement:
        """The answer that a platform expects to a notification it need not repeat."""
        ...


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders to list; None and empty mean all."""

    candidate_id: str | None = None
    session_id: str | None = None
    states: tuple[OrderState, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiptDates:
    """The local day of payment, and the day of the receipt; None while the holidays it depends on are not
    published (PA-9).
    """

    paid: date
    available: date | None


class Orders(Protocol):
    """The orders as they stand, and when to look at them again."""

    async def create(self, order: Order, event: Event) -> bool:
        """Stores a new order; False when the id is taken. Raises LiveOrderExists naming the live order (PA-7)."""
        ...

    async def get(self, order_id: str) -> Order:
        """The order with its newest attempt. Raises NotFound."""
        ...

    async def find(self, order_id: str) -> Order | None:
        """The order with its newest attempt, if there is one."""
        ...

    async def by_trade(self, provider: str, out_trade_no: str) -> Order | None:
        """The order to which a trade belongs, with that trade's attempt."""
        ...

    async def page(self, which: OrderFilter, after: tuple[datetime, str] | None, limit: int) -> list[Order]:
        """Orders, newest first, after a position."""
        ...

    async def timeline(self, order_id: str) -> list[Entry]:
        """All events of an order, oldest first."""
        ...

    async def record(self, order_id: str, events: Sequence[Event], *, now: datetime) -> None:
        """Adds events to the timeline."""
        ...

    async def reschedule(
        self, order_id: str, events: Sequence[Event], *, now: datetime, due: datetime, asked: bool
    ) -> None:
        """Adds events, and sets when the sweep looks at a live order again; `asked` when the platform was asked."""
        ...

    async def claim_question(self, order_id: str, *, now: datetime, throttle: timedelta) -> bool:
        """Takes the right to ask the platform about a live order; False within `throttle` of the last question
        (PA-4).
        """
        ...

    async def wish_to_cancel(self, order_id: str, *, now: datetime) -> None:
        """Keeps that somebody wishes to cancel a live order (PA-3)."""
        ...

    async def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> list[str]:
        """Takes orders that are due, so that no other sweep takes them before the lease ends."""
        ...


class Moves(Protocol):
    """The moves of an order and its attempts, each one guarded statement with its events and, where others must know,
    its announcement.

    Each says whether it happened; False means that the order is not as the caller saw it: look again and decide again.
    """

    async def prepare(
        self, order: Order, attempt: Attempt, events: Sequence[Event], *, now: datetime, due: datetime
    ) -> bool:
        """Records the accepted undertaking and an attempt that the platform is about to be asked for (PA-1, F-9)."""
        ...

    async def show_qr(self, order: Order, code: QrCode, events: Sequence[Event], *, now: datetime) -> bool:
        """The platform has answered: the QR code can be shown."""
        ...

    async def refuse_attempt(self, order: Order, failure_code: str, events: Sequence[Event], *, now: datetime) -> bool:
        """The platform has refused the attempt; the order can be tried again."""
        ...

    async def submit(self, order: Order, events: Sequence[Event], *, now: datetime, due: datetime) -> bool:
        """The bank has taken the payment."""
        ...

    async def settle(
        self, order: Order, trade: Trade, receipt: ReceiptDates, events: Sequence[Event], *, now: datetime
    ) -> bool:
        """The whole amount has arrived: PAID, announced as OrderPaid. Raises DuplicateSelection (PA-7)."""
        ...

    async def end(self, order: Order, state: OrderState, events: Sequence[Event], *, now: datetime) -> bool:
        """Ends a live order unpaid, announced as OrderEndedUnpaid."""
        ...

    async def hold(self, order: Order, trade: Trade, events: Sequence[Event], *, now: datetime) -> bool:
        """Records money that has come on an ended order, announced as LateMoneyArrived (PA-6)."""
        ...

    async def attach(
        self, order: Order, number: int, receipt: ReceiptDates, events: Sequence[Event], *, now: datetime
    ) -> bool:
        """Held money pays an order that had ended: PAID, announced as OrderPaid (PA-6). Raises DuplicateSelection."""
        ...

    async def end_again(self, order: Order, *, now: datetime) -> None:
        """Announces once more that an order has ended unpaid, to whoever had hoped to attach money to it (PA-6)."""
        ...


class DuplicateSelection(Exception):
    """A course of the order has been paid for already, under another order of the candidate (PA-7)."""


class ExceptionQueue(Protocol):
    """The operator's queue."""

    async def add(self, finding: Finding, *, now: datetime) -> None:
        """Raises something; seen again, the entry counts on and opens again."""
        ...

    async def settle(self, order_id: str, kind: ExceptionKind, how: Resolution, *, now: datetime) -> None:
        """Marks what waits about an order as dealt with: a rule has settled it after all."""
        ...

    async def heal(self, kind: ExceptionKind, about: str, *, now: datetime) -> None:
        """Takes an entry out that needs nobody any more."""
        ...

    async def get(self, exception_id: str) -> QueueEntry:
        """The entry. Raises NotFound."""
        ...

    async def page(
        self,
        state: ExceptionState,
        kind: ExceptionKind | None,
        order_id: str | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> list[QueueEntry]:
        """Entries, oldest first, after a position."""
        ...

    async def resolve(self, entry: QueueEntry, *, by: str, note: str, now: datetime) -> bool:
        """Marks an entry as dealt with; False when it has changed since it was read."""
        ...


@dataclass(frozen=True, slots=True)
class DayOverride:
    """What an operator knows better about one day."""

    day: date
    working_day: bool
    note: str
    update_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """What an operator changes: days recorded and taken back, years declared complete and withdrawn (PA-9)."""

    overrides: tuple[DayOverride, ...] = ()
    complete_years: frozenset[int] = frozenset()
    removed_days: frozenset[date] = frozenset()
    withdrawn_years: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A receipt as it stands; `amount_fen` in fen."""

    order_id: str
    state: str
    amount_fen: int
    paid_date: date
    available_date: date | None
    code: str
    number: str
    url: str
    issue_time: datetime | None


class Calendar(Protocol):
    """The working days, and the receipts that depend on them."""

    async def load(self, *, now: datetime) -> WorkingCalendar:
        """The published holidays with the operators' overrides over them, at most a minute old."""
        ...

    async def overrides(self, year: int | None) -> list[DayOverride]:
        """The overrides, by date."""
        ...

    async def change(self, change: CalendarChange, *, now: datetime) -> None:
        """Records and takes back, all or nothing."""
        ...

    async def receipt(self, order_id: str) -> ReceiptRow | None:
        """The receipt of an order."""
        ...

    async def awaited_days(self, *, undated: bool = False) -> list[date]:
        """The days of payment whose receipts are still to come, or only those among them without a date."""
        ...

    async def set_available(self, paid: date, available: date | None) -> None:
        """Sets when the receipts of a day of payment that are still to come become available."""
        ...


class Watch(Protocol):
    """Somebody watching one order."""

    async def changed(self, within: timedelta) -> bool:
        """Waits for a change; False when there was none `within` that time."""
        ...


class Changes(Protocol):
    """Tells open pages that an order has changed. What is lost costs a few seconds, not correctness: pages ask as
    well.
    """

    def publish(self, order_id: str) -> None:
        """Says that an order has changed."""
        ...

    def watching(self, order_id: str) -> AbstractContextManager[Watch]:
        """Watches an order for the length of a block."""
        ...
