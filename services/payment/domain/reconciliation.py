"""The account of a day (对账单, PA-10): what the bill says against what orders, refunds and receipts say here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Any, Final

from chassis.clock import SHANGHAI
from services.payment.domain.bilingual_text import Words
from services.payment.domain.operator_queue import Detail, ExceptionKind, Finding
from services.payment.domain.work_limits import require_positive
from services.payment.errors import BillNotReady

MOST_LISTED: Final = 5000
"""Differences that a document lists one by one; the rest is counted, and read with ListDifferences."""


class DifferenceKind(Enum):
    """What differs."""

    PAID_NOT_SETTLED = "PAID_NOT_SETTLED"
    PAID_BUT_ENDED = "PAID_BUT_ENDED"
    UNKNOWN_TRADE = "UNKNOWN_TRADE"
    NOT_ON_BILL = "NOT_ON_BILL"
    AMOUNT_DIFFERS = "AMOUNT_DIFFERS"
    REFUND_DIFFERS = "REFUND_DIFFERS"
    RECEIPT_MISSING = "RECEIPT_MISSING"

    @property
    def detail(self) -> Detail:
        """The same among all that is found; a notification can have an amount that differs as well."""
        return Detail.BILL_AMOUNT_DIFFERS if self is DifferenceKind.AMOUNT_DIFFERS else Detail(self.value)


HEALABLE: Final = frozenset({DifferenceKind.PAID_NOT_SETTLED, DifferenceKind.PAID_BUT_ENDED})
"""Asking the platform and believing its answer settles them, as it would have been settled by its notification."""


class Action(Enum):
    """What was done about a difference, or must be done: a stable code."""

    SETTLED_BY_ASKING = "SETTLED_BY_ASKING"
    LATE_MONEY_RECORDED = "LATE_MONEY_RECORDED"
    AGREED = "AGREED"
    ASK_WHY_NOT_CONFIRMED = "ASK_WHY_NOT_CONFIRMED"
    SETTLE_LATE_MONEY = "SETTLE_LATE_MONEY"
    FIND_PAYER = "FIND_PAYER"
    ASK_FOR_LINE = "ASK_FOR_LINE"
    COMPARE_AMOUNTS = "COMPARE_AMOUNTS"
    COMPARE_REFUND = "COMPARE_REFUND"
    ASK_FOR_RECEIPT = "ASK_FOR_RECEIPT"


TO_DO: Final = {
    DifferenceKind.PAID_NOT_SETTLED: Action.ASK_WHY_NOT_CONFIRMED,
    DifferenceKind.PAID_BUT_ENDED: Action.SETTLE_LATE_MONEY,
    DifferenceKind.UNKNOWN_TRADE: Action.FIND_PAYER,
    DifferenceKind.NOT_ON_BILL: Action.ASK_FOR_LINE,
    DifferenceKind.AMOUNT_DIFFERS: Action.COMPARE_AMOUNTS,
    DifferenceKind.REFUND_DIFFERS: Action.COMPARE_REFUND,
    DifferenceKind.RECEIPT_MISSING: Action.ASK_FOR_RECEIPT,
}
"""What an operator does about a difference that does not heal."""

HEALED: Final = {
    DifferenceKind.PAID_NOT_SETTLED: Action.SETTLED_BY_ASKING,
    DifferenceKind.PAID_BUT_ENDED: Action.LATE_MONEY_RECORDED,
}
"""What was done about a difference that is gone; `Action.AGREED` about any other."""

ACTIONS: Final[Mapping[Action, Words]] = {
    Action.SETTLED_BY_ASKING: Words("已向平台查询并入账。", "Settled by asking the platform."),
    Action.LATE_MONEY_RECORDED: Words(
        "迟到款项已登记，按规则入账或退回。", "The late money is on record; the rule decides about it (PA-6)."
    ),
    Action.AGREED: Words("双方现已一致。", "Both sides agree now."),
    Action.ASK_WHY_NOT_CONFIRMED: Words(
        "平台未确认该笔收款，请向平台核实。", "The platform does not confirm the payment: ask it why."
    ),
    Action.SETTLE_LATE_MONEY: Words(
        "请处理该笔迟到款项：入账或退回。", "Settle the late money: attach it or give it back (PA-6)."
    ),
    Action.FIND_PAYER: Words("请查明付款人并退款。", "Find out whose payment it is, and give it back."),
    Action.ASK_FOR_LINE: Words("请向平台索取缺失的账单行。", "Ask the platform for the missing line."),
    Action.COMPARE_AMOUNTS: Words("请与平台核对金额。", "Compare both amounts with the platform."),
    Action.COMPARE_REFUND: Words("请与平台核对退款。", "Compare the refund with the platform."),
    Action.ASK_FOR_RECEIPT: Words("请向票据平台催办。", "Ask the receipt portal for the receipt."),
}
"""The same in words."""


class StatementState(Enum):
    """Where a statement stands."""

    RUNNING = "RUNNING"
    BALANCED = "BALANCED"
    UNBALANCED = "UNBALANCED"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one platform's bill."""

    provider: str
    date: date

    @property
    def begins(self) -> datetime:
        """Its first instant, in Asia/Shanghai."""
        return datetime.combine(self.date, time(), SHANGHAI).astimezone(UTC)

    @property
    def ends(self) -> datetime:
        """The first instant of the next day."""
        return datetime.combine(self.date + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Run:
    """One reading of a day's bill. Its lines are seen by nobody until the whole bill is believed."""

    run_id: str
    day: Day


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationTerms:
    """When and how days are reconciled: from `hour` in Asia/Shanghai every morning, the last `days` of them, so that a
    statement follows what comes later: receipts, refunds, a corrected bill. `pause`: between two looks whether a day is
    due. `lines`: of a bill kept at once. `concurrency`: questions at a time to heal differences. `lease`: after which a
    run that shows no life is taken over. Raises ValueError for what is out of bounds.
    """

    hour: int = 10
    days: int = 10
    pause: timedelta = timedelta(minutes=5)
    lines: int = 1000
    concurrency: int = 8
    lease: timedelta = timedelta(minutes=2)

    def __post_init__(self) -> None:
        require_positive(self, "days", "pause", "lines", "concurrency", "lease")
        if self.hour not in range(24):
            raise ValueError("hour must be from 0 to 23")


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a day that a bill drawn up at some moment can cover: a payment after that moment is not missing."""

    begins: datetime
    ends: datetime


def covered(day: Day, asked: datetime) -> Span:
    """What a bill asked for at `asked` covers. Raises BillNotReady for a day that has not begun."""
    if day.begins > asked:
        raise BillNotReady(date=day.date.isoformat())
    return Span(day.begins, min(day.ends, asked))


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; `order_fen` is the amount here and `bill_fen` that on the bill, in fen, 0 where there is none."""

    kind: DifferenceKind
    out_trade_no: str
    out_refund_no: str = ""
    order_id: str = ""
    order_fen: int = 0
    bill_fen: int = 0
    healed: bool = False
    action: Action | None = None
    exception_id: str = ""

    @property
    def position(self) -> tuple[str, str, str]:
        """Where it stands in the list of a day."""
        return self.out_trade_no, self.out_refund_no, self.kind.value


def finding_of(day: Day, difference: Difference) -> Finding:
    """A difference that did not heal, for the operator's queue: the same entry as notifications and receipts raise."""
    number = difference.out_refund_no or difference.out_trade_no
    match difference.kind:
        case DifferenceKind.UNKNOWN_TRADE:
            kind, about = ExceptionKind.UNKNOWN_ORDER, f"{day.provider}:{number}"
        case DifferenceKind.RECEIPT_MISSING:
            kind, about = ExceptionKind.RECEIPT_OVERDUE, difference.order_id
        case differs:
            kind, about = ExceptionKind.BILL_DIFFERENCE, f"{day.provider}:{day.date}:{differs.value}:{number}"
    return Finding(
        kind=kind,
        about=about,
        order_id=difference.order_id,
        provider=day.provider,
        out_trade_no=difference.out_trade_no,
        expected_fen=difference.order_fen,
        found_fen=difference.bill_fen,
        detail=difference.kind.detail,
        facts={"date": day.date.isoformat()},
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """Both sides of a day, added up; amounts in fen.

    `order_*`: what pays orders. `surplus_*`: money of the day that pays none, held for a decision or given back (PA-6).
    Orders and surplus together are what the bill shows as paid, unless a difference says otherwise. `awaited_*`:
    receipts still to come.
    """

    bill_line_count: int = 0
    bill_paid_count: int = 0
    bill_paid_fen: int = 0
    bill_refunded_fen: int = 0
    order_count: int = 0
    order_paid_fen: int = 0
    surplus_count: int = 0
    surplus_fen: int = 0
    order_refunded_fen: int = 0
    receipt_count: int = 0
    receipt_fen: int = 0
    awaited_count: int = 0
    awaited_fen: int = 0
    void_count: int = 0
    void_fen: int = 0
    difference_count: int = 0
    healed_count: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """The account of a day as it stands; `document` is the canonical JSON that is signed."""

    day: Day
    state: StatementState
    totals: Totals
    create_time: datetime | None = None
    key_id: str = ""
    signature: bytes = b""
    document: bytes = b""


def drawn_up(day: Day, totals: Totals, differences: Sequence[Difference], now: datetime) -> Statement:
    """The statement of a day whose bill has been compared, not yet signed."""
    state = StatementState.BALANCED if totals.healed_count == totals.difference_count else StatementState.UNBALANCED
    unsigned = Statement(day, state, totals, create_time=now)
    return replace(unsigned, document=_document(unsigned, differences))


def same_but_for_its_time(new: Statement, old: Statement, differences: Sequence[Difference]) -> bool:
    """Whether drawing it up anew has changed nothing."""
    return _document(replace(new, create_time=old.create_time), differences) == old.document


def _document(statement: Statement, differences: Sequence[Difference]) -> bytes:
    """The statement as canonical JSON: sorted names, no white space, UTF-8."""
    assert statement.create_time is not None
    content = {
        "version": 2,
        "provider": statement.day.provider,
        "date": statement.day.date.isoformat(),
        "zone": SHANGHAI.key,
        "drawnUpTime": statement.create_time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "state": statement.state.value,
        "totals": asdict(statement.totals),
        "differences": [_listed(one) for one in differences[:MOST_LISTED]],
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _listed(difference: Difference) -> dict[str, Any]:
    action = difference.action.value if difference.action else ""
    return asdict(difference) | {"kind": difference.kind.value, "action": action}
