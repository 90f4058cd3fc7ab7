"""Payment's tables. What may never happen is stated as constraints here and, for moves between states, as triggers
in the migrations.
"""

from collections.abc import Iterable
from enum import Enum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from chassis import outbox as chassis_outbox
from chassis.migrations import CONSTRAINT_NAMES
from services.payment.domain.exceptions import ExceptionKind, ExceptionState
from services.payment.domain.order import ENDED_UNPAID, HAS_BEEN_PAID, LIVE, PAYABLE, AttemptState, OrderState
from services.payment.domain.receipts import AWAITED
from services.payment.domain.reconciling import DifferenceKind
from services.payment.domain.refund import ON_ITS_WAY, BatchState, Purpose, RefundReason, RefundState
from services.payment.domain.timeline import EventKind, Source

metadata: Final = MetaData(naming_convention=CONSTRAINT_NAMES)


def _in(column: str, states: Iterable[Enum]) -> str:
    return f"{column} IN ({', '.join(sorted(repr(state.value) for state in states))})"


def _one_of(column: str, kind: type[Enum]) -> CheckConstraint:
    return CheckConstraint(_in(column, kind), name=column)


def _id(name: str, *constraints: Any, **options: Any) -> Column[str]:
    return Column(name, UUID(as_uuid=False), *constraints, **({"nullable": False} | options))


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, Text, nullable=False, **options)


def _empty(name: str) -> Column[str]:
    return _text(name, server_default=text("''"))


def _instant(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _count(name: str, start: int = 0) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=text(str(start)))


def _fen(name: str, **options: Any) -> Column[int]:
    return Column(name, BigInteger, nullable=False, **options)


orders: Final = Table(
    "orders",
    metadata,
    _id("order_id", primary_key=True),
    _id("candidate_id"),
    _text("session_id"),
    _fen("total_fen"),
    _text("state"),
    _text("undertaking_version"),
    Column("fingerprint", LargeBinary, nullable=False),
    _count("attempt_number"),
    _count("asks"),
    _instant("create_time"),
    _instant("open_until"),
    _instant("payment_cutoff_time"),
    _instant("undertaking_accept_time", nullable=True),
    _instant("submit_time", nullable=True),
    _instant("paid_time", nullable=True),
    _instant("end_time", nullable=True),
    _instant("ask_time", nullable=True),
    _instant("due_time", nullable=True),
    _fen("refunding_fen", server_default=text("0")),
    _fen("refunded_fen", server_default=text("0")),
    _one_of("state", OrderState),
    CheckConstraint("total_fen > 0", name="total"),
    CheckConstraint(
        "0 <= refunded_fen AND refunded_fen <= refunding_fen AND refunding_fen <= total_fen", name="returned"
    ),
    CheckConstraint("(state IN ('REFUNDED', 'REFUNDING')) = (refunding_fen = total_fen)", name="refunding"),
    CheckConstraint("(state = 'REFUNDED') = (refunded_fen = total_fen)", name="refunded"),
    CheckConstraint(f"({_in('state', HAS_BEEN_PAID)}) = (paid_time IS NOT NULL)", name="paid"),
    CheckConstraint(f"({_in('state', ENDED_UNPAID)}) = (end_time IS NOT NULL)", name="ended"),
    CheckConstraint(f"({_in('state', LIVE)}) = (due_time IS NOT NULL)", name="due"),
    Index("one_live_order", "candidate_id", "session_id", unique=True, postgresql_where=text(_in("state", LIVE))),
    Index("orders_due_idx", "due_time", postgresql_where=text("due_time IS NOT NULL")),
    Index("orders_candidate_idx", "candidate_id", "create_time", "order_id"),
    Index("orders_session_idx", "session_id", "create_time", "order_id"),
)
"""PA-2, PA-7. `due_time`: when the sweep looks at a live order next. `ask_time`: when the platform was last asked,
by whomever. `refunding_fen`: what of the fees is back or on its way back; `refunded_fen`: what is back."""

order_items: Final = Table(
    "order_items",
    metadata,
    _id("order_id", ForeignKey("orders.order_id"), primary_key=True),
    _id("item_id", primary_key=True),
    Column("position", SmallInteger, nullable=False),
    _id("candidate_id"),
    _text("session_id"),
    _id("registration_id"),
    _text("course_code"),
    _text("course_name"),
    _fen("fee_fen"),
    Column("paid", Boolean, nullable=False, server_default=text("false")),
    Column("refunded", Boolean, nullable=False, server_default=text("false")),
    _id("refund_id", ForeignKey("refunds.refund_id"), nullable=True),
    CheckConstraint("fee_fen > 0", name="fee"),
    CheckConstraint("paid OR NOT refunded", name="refunded"),
    CheckConstraint("refund_id IS NOT NULL OR NOT refunded", name="refunded_by"),
    CheckConstraint("paid OR refund_id IS NULL", name="refund"),
    Index(
        "one_paid_selection",
        "candidate_id",
        "session_id",
        "course_code",
        unique=True,
        postgresql_where=text("paid AND refund_id IS NULL"),
    ),
)
"""PA-7: at most one paid selection per course. `refund_id` is set once: an item's fee goes back at most once."""

attempts: Final = Table(
    "attempts",
    metadata,
    _id("order_id", ForeignKey("orders.order_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    _text("provider"),
    _text("out_trade_no"),
    _text("state"),
    _empty("platform_trade_no"),
    _empty("qr_content"),
    _empty("pay_url"),
    _empty("failure_code"),
    _instant("create_time"),
    _instant("expire_time"),
    _instant("paid_time", nullable=True),
    Column("paid_fen", BigInteger),
    _empty("purpose"),
    _one_of("state", AttemptState),
    _one_of("purpose", Purpose),
    CheckConstraint("purpose = '' OR state = 'PAID'", name="purpose_of_money"),
    CheckConstraint("number > 0", name="number"),
    CheckConstraint("paid_fen > 0", name="paid_fen"),
    CheckConstraint("(state = 'PAID') = (paid_time IS NOT NULL AND paid_fen IS NOT NULL)", name="paid"),
    UniqueConstraint("provider", "out_trade_no"),
    Index("one_payable_attempt", "order_id", unique=True, postgresql_where=text(_in("state", PAYABLE))),
    Index(
        "one_attempt_per_payment",
        "provider",
        "platform_trade_no",
        unique=True,
        postgresql_where=text("state = 'PAID'"),
    ),
    Index("one_paying_attempt", "order_id", unique=True, postgresql_where=text("purpose = 'FEE'")),
    Index("attempts_paid_idx", "provider", "paid_time", postgresql_where=text("state = 'PAID'")),
    Index("attempts_held_idx", "paid_time", postgresql_where=text("state = 'PAID' AND purpose = ''")),
)
"""One row per trade at the platform. An attempt that is PAID for no purpose yet is money held for a decision
(PA-6)."""

refund_batches: Final = Table(
    "refund_batches",
    metadata,
    _id("refund_batch_id", primary_key=True),
    _text("session_id", unique=True),
    _text("note"),
    _text("state", server_default=text("'RUNNING'")),
    Column("queued", Boolean, nullable=False, server_default=text("false")),
    Column("total_count", BigInteger, nullable=False),
    _fen("total_fen"),
    _instant("create_time"),
    _instant("complete_time", nullable=True),
    Column("version", BigInteger, nullable=False, server_default=text("1")),
    _one_of("state", BatchState),
    CheckConstraint("(state = 'COMPLETED') = (complete_time IS NOT NULL)", name="completed"),
    CheckConstraint("queued OR state <> 'COMPLETED'", name="queued"),
)
"""PA-12. `queued`: every paid order of the session has its refund recorded."""

refunds: Final = Table(
    "refunds",
    metadata,
    _id("refund_id", primary_key=True),
    _id("order_id"),
    Column("attempt_number", Integer, nullable=False),
    Column("item_ids", ARRAY(UUID(as_uuid=False)), nullable=False),
    _fen("amount_fen"),
    _text("state"),
    _text("reason"),
    _id("refund_batch_id", ForeignKey("refund_batches.refund_batch_id"), nullable=True),
    _instant("create_time"),
    _instant("success_time", nullable=True),
    Column("due_date", Date, nullable=False),
    _empty("failure_code"),
    Column("to_bank_account", Boolean, nullable=False, server_default=text("false")),
    _count("asks"),
    _instant("due_time", nullable=True),
    _one_of("state", RefundState),
    _one_of("reason", RefundReason),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("(state = 'SUCCEEDED') = (success_time IS NOT NULL)", name="succeeded"),
    CheckConstraint("(state = 'FAILED') = (failure_code <> '')", name="failed"),
    CheckConstraint(f"due_time IS NULL OR {_in('state', ON_ITS_WAY)}", name="due"),
    ForeignKeyConstraint(["order_id", "attempt_number"], ["attempts.order_id", "attempts.number"]),
    Index("one_surplus_refund", "order_id", "attempt_number", unique=True, postgresql_where=text("item_ids = '{}'")),
    Index("refunds_order_idx", "order_id", "create_time"),
    Index("refunds_due_idx", "due_time", postgresql_where=text("due_time IS NOT NULL")),
    Index(
        "refunds_batch_idx",
        "refund_batch_id",
        "state",
        "refund_id",
        postgresql_where=text("refund_batch_id IS NOT NULL"),
    ),
)
"""PA-6, PA-12. `due_time`: when the platform is asked next; empty while a batch is paused."""

refund_accounts: Final = Table(
    "refund_accounts",
    metadata,
    _id("order_id", ForeignKey("orders.order_id"), primary_key=True),
    Column("holder_cipher", LargeBinary, nullable=False),
    Column("number_cipher", LargeBinary, nullable=False),
    _text("bank_name"),
    _instant("update_time"),
)
"""PA-12: where money goes when the way it came is closed; encrypted."""

timeline: Final = Table(
    "timeline",
    metadata,
    Column("entry_id", BigInteger, Identity(always=True), primary_key=True),
    _id("order_id", ForeignKey("orders.order_id")),
    _instant("time"),
    _text("kind"),
    _text("source"),
    _text("outcome"),
    _count("attempt_number"),
    _fen("amount_fen", server_default=text("0")),
    _one_of("kind", EventKind),
    _one_of("source", Source),
    Index("timeline_order_idx", "order_id", "entry_id"),
    Index("one_move_into_a_state", "order_id", "outcome", unique=True, postgresql_where=text("kind = 'STATE_CHANGED'")),
)
"""PA-11, append-only. One transition into each state, so one into PAID (PA-5)."""

receipts: Final = Table(
    "receipts",
    metadata,
    _id("order_id", ForeignKey("orders.order_id"), primary_key=True),
    _text("state", server_default=text("'PENDING'")),
    _fen("amount_fen"),
    Column("paid_date", Date, nullable=False),
    Column("available_date", Date),
    _empty("code"),
    _empty("number"),
    _empty("url"),
    _instant("issue_time", nullable=True),
    _instant("due_time", nullable=True),
    _count("tries"),
    CheckConstraint("state IN ('PENDING', 'REQUESTED', 'ISSUED', 'VOID')", name="state"),
    CheckConstraint("amount_fen > 0", name="amount"),
    Index(
        "receipts_due_idx",
        "due_time",
        postgresql_where=text(f"{_in('state', AWAITED)} AND available_date IS NOT NULL"),
    ),
    Index("receipts_pending_idx", "paid_date", postgresql_where=text("state = 'PENDING'")),
)
"""PA-9. `available_date` is empty while the holidays it depends on are not published. `due_time`: when the portal is
asked next, empty for at once."""

exceptions: Final = Table(
    "exceptions",
    metadata,
    _id("exception_id", primary_key=True),
    _text("key", unique=True),
    _text("kind"),
    _text("state", server_default=text("'OPEN'")),
    _id("order_id", nullable=True),
    _empty("provider"),
    _empty("out_trade_no"),
    _fen("expected_fen", server_default=text("0")),
    _fen("found_fen", server_default=text("0")),
    _empty("detail"),
    Column("occurrence_count", BigInteger, nullable=False, server_default=text("1")),
    _instant("create_time"),
    _instant("last_time"),
    Column("version", BigInteger, nullable=False, server_default=text("1")),
    _empty("resolved_by"),
    _empty("resolution_note"),
    _instant("resolve_time", nullable=True),
    _one_of("kind", ExceptionKind),
    _one_of("state", ExceptionState),
    ForeignKeyConstraint(["order_id"], ["orders.order_id"]),
    Index("exceptions_order_idx", "order_id", postgresql_where=text("state = 'OPEN'")),
    Index("exceptions_queue_idx", "state", "create_time", "exception_id"),
)
"""The operator's queue. `key` makes what is seen again one entry with a count."""

day_overrides: Final = Table(
    "day_overrides",
    metadata,
    Column("date", Date, primary_key=True),
    Column("working_day", Boolean, nullable=False),
    _empty("note"),
    _instant("update_time"),
)
"""PA-9: what operators know better than the published calendar."""

complete_years: Final = Table(
    "complete_years",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    _instant("update_time"),
)
"""PA-9: years whose holidays are all among the overrides."""

statements: Final = Table(
    "statements",
    metadata,
    _text("provider", primary_key=True),
    Column("date", Date, primary_key=True),
    _id("running_run_id", nullable=True),
    _instant("lease_time", nullable=True),
    _count("read_count"),
    _id("run_id", nullable=True),
    _empty("state"),
    Column("totals", JSONB, nullable=False, server_default=text("'{}'")),
    _instant("create_time", nullable=True),
    _instant("run_time", nullable=True),
    _empty("key_id"),
    Column("signature", LargeBinary, nullable=False, server_default=text("''")),
    Column("document", LargeBinary, nullable=False, server_default=text("''")),
    CheckConstraint("state IN ('', 'BALANCED', 'UNBALANCED')", name="state"),
    CheckConstraint("(state = '') = (run_id IS NULL)", name="drawn_up"),
    CheckConstraint("(running_run_id IS NULL) = (lease_time IS NULL)", name="running"),
)
"""PA-10. `running_run_id` reads the bill until `lease_time`, `run_id` is the reading the statement was drawn up from;
`state` is empty before the first."""

bill_lines: Final = Table(
    "bill_lines",
    metadata,
    _id("run_id", primary_key=True),
    Column("number", Integer, primary_key=True),
    _instant("time"),
    _text("kind"),
    _text("out_trade_no"),
    _text("platform_trade_no"),
    _empty("out_refund_no"),
    _fen("amount_fen"),
    CheckConstraint("kind IN ('PAYMENT', 'REFUND')", name="kind"),
    Index("bill_lines_refund_idx", "out_refund_no", postgresql_where=text("kind = 'REFUND'")),
)
"""PA-10: a platform's bill as it was read."""

differences: Final = Table(
    "differences",
    metadata,
    _text("provider", primary_key=True),
    Column("date", Date, primary_key=True),
    _text("out_trade_no", primary_key=True),
    _text("out_refund_no", primary_key=True),
    _text("kind", primary_key=True),
    _id("order_id", nullable=True),
    _fen("order_fen"),
    _fen("bill_fen"),
    Column("healed", Boolean, nullable=False, server_default=text("false")),
    _empty("action"),
    _id("exception_id", nullable=True),
    _id("seen_id"),
    _instant("create_time"),
    _one_of("kind", DifferenceKind),
    Index(
        "differences_open_idx",
        "provider",
        "date",
        "kind",
        "out_trade_no",
        "out_refund_no",
        postgresql_where=text("NOT healed"),
    ),
)
"""PA-10. What was once different stays listed, healed or not. `seen_id`: the comparison that saw it
last."""

outbox: Final = chassis_outbox.table(metadata)
