"""Payment's tables. What may never happen is stated as constraints here and, for moves between states, as triggers
in the migrations.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
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

from chassis.postgres.columns import CONSTRAINT_NAMES, among, an_id, instant, one_of
from chassis.postgres.shared_tables import shared_tables_v1
from services.payment.domain.operator_queue import ExceptionKind, ExceptionState
from services.payment.domain.orders import ENDED_UNPAID, HAS_BEEN_PAID, LIVE, PAYABLE, AttemptState, OrderState
from services.payment.domain.receipts import AWAITED
from services.payment.domain.reconciliation import DifferenceKind
from services.payment.domain.refunds import ON_ITS_WAY, BatchState, Purpose, RefundReason, RefundState
from services.payment.domain.timeline import EventKind, Source

metadata: Final = MetaData(naming_convention=CONSTRAINT_NAMES)


def a_text(name: str, **options: Any) -> Column[str]:
    """A text that is always there."""
    return Column(name, Text, nullable=False, **options)


def an_empty_text(name: str) -> Column[str]:
    """A text that is empty until something is known."""
    return a_text(name, server_default=text("''"))


def a_count(name: str, start: int = 0) -> Column[int]:
    """A number that grows."""
    return Column(name, Integer, nullable=False, server_default=text(str(start)))


def fen(name: str, **options: Any) -> Column[int]:
    """An amount of money (PA-8)."""
    return Column(name, BigInteger, nullable=False, **options)


def index_where(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of the rows where a condition holds."""
    return Index(name, *columns, unique=unique, postgresql_where=text(where))


def at_most_one(name: str, *columns: str, where: str) -> Index:
    """Of the rows where a condition holds, at most one has the same values."""
    return index_where(name, *columns, where=where, unique=True)


orders: Final = Table(
    "orders",
    metadata,
    an_id("order_id", primary_key=True),
    an_id("candidate_id"),
    a_text("session_id"),
    fen("total_fen"),
    a_text("state"),
    a_text("undertaking_version"),
    Column("fingerprint", LargeBinary, nullable=False),
    a_count("attempt_number"),
    a_count("asks"),
    instant("create_time"),
    instant("open_until"),
    instant("payment_cutoff_time"),
    instant("undertaking_accept_time", nullable=True),
    instant("submit_time", nullable=True),
    instant("paid_time", nullable=True),
    instant("end_time", nullable=True),
    instant("ask_time", nullable=True),
    instant("cancel_time", nullable=True),
    instant("due_time", nullable=True),
    instant("expiry_notice_time", nullable=True),
    fen("refunding_fen", server_default=text("0")),
    fen("refunded_fen", server_default=text("0")),
    one_of("state", OrderState),
    CheckConstraint("total_fen > 0", name="total"),
    CheckConstraint(
        "0 <= refunded_fen AND refunded_fen <= refunding_fen AND refunding_fen <= total_fen", name="returned"
    ),
    CheckConstraint("(state IN ('REFUNDED', 'REFUNDING')) = (refunding_fen = total_fen)", name="refunding"),
    CheckConstraint("(state = 'REFUNDED') = (refunded_fen = total_fen)", name="refunded"),
    CheckConstraint(f"({among('state', HAS_BEEN_PAID)}) = (paid_time IS NOT NULL)", name="paid"),
    CheckConstraint(f"({among('state', ENDED_UNPAID)}) = (end_time IS NOT NULL)", name="ended"),
    CheckConstraint(f"({among('state', LIVE)}) = (due_time IS NOT NULL)", name="due"),
    at_most_one("one_live_order", "candidate_id", "session_id", where=among("state", LIVE)),
    Index("orders_create_time_idx", "create_time", postgresql_using="brin"),
    index_where("orders_due_idx", "due_time", where="due_time IS NOT NULL"),
    Index("orders_candidate_idx", "candidate_id", "create_time", "order_id"),
    Index("orders_session_idx", "session_id", "create_time", "order_id"),
)
"""PA-2, PA-7. `due_time`: when the sweep looks at a live order next. `ask_time`: when the platform was last asked,
by whomever. `cancel_time`: when somebody last wished to cancel it. `expiry_notice_time`: when its candidate was to be
told that it ends soon (EN-19). `refunding_fen`: what of the fees is back or on its
way back; `refunded_fen`: what is back."""

order_items: Final = Table(
    "order_items",
    metadata,
    an_id("order_id", ForeignKey("orders.order_id"), primary_key=True),
    an_id("item_id", primary_key=True),
    Column("position", SmallInteger, nullable=False),
    an_id("candidate_id"),
    a_text("session_id"),
    an_id("registration_id"),
    a_text("course_code"),
    a_text("course_name"),
    fen("fee_fen"),
    Column("paid", Boolean, nullable=False, server_default=text("false")),
    Column("refunded", Boolean, nullable=False, server_default=text("false")),
    an_id("refund_id", ForeignKey("refunds.refund_id"), nullable=True),
    CheckConstraint("fee_fen > 0", name="fee"),
    CheckConstraint("paid OR NOT refunded", name="refunded"),
    CheckConstraint("refund_id IS NOT NULL OR NOT refunded", name="refunded_by"),
    CheckConstraint("paid OR refund_id IS NULL", name="refund"),
    at_most_one("one_paid_selection", "candidate_id", "session_id", "course_code", where="paid AND refund_id IS NULL"),
)
"""PA-7: at most one paid selection per course. `refund_id` is set once: an item's fee goes back at most once."""

attempts: Final = Table(
    "attempts",
    metadata,
    an_id("order_id", ForeignKey("orders.order_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    a_text("provider"),
    a_text("out_trade_no"),
    a_text("state"),
    an_empty_text("platform_trade_no"),
    an_empty_text("qr_content"),
    an_empty_text("pay_url"),
    an_empty_text("failure_code"),
    instant("create_time"),
    instant("expire_time"),
    instant("paid_time", nullable=True),
    Column("paid_fen", BigInteger),
    an_empty_text("purpose"),
    one_of("state", AttemptState),
    one_of("purpose", Purpose),
    CheckConstraint("purpose = '' OR state = 'PAID'", name="purpose_of_money"),
    CheckConstraint("number > 0", name="number"),
    CheckConstraint("paid_fen > 0", name="paid_fen"),
    CheckConstraint("(state = 'PAID') = (paid_time IS NOT NULL AND paid_fen IS NOT NULL)", name="paid"),
    UniqueConstraint("provider", "out_trade_no"),
    at_most_one("one_payable_attempt", "order_id", where=among("state", PAYABLE)),
    at_most_one("one_attempt_per_payment", "provider", "platform_trade_no", where="state = 'PAID'"),
    at_most_one("one_paying_attempt", "order_id", where="purpose = 'FEE'"),
    index_where("attempts_paid_idx", "paid_time", "provider", where="state = 'PAID'"),
    index_where("attempts_held_idx", "paid_time", where="state = 'PAID' AND purpose = ''"),
)
"""One row per trade at the platform. An attempt that is PAID for no purpose yet is money held for a decision
(PA-6)."""

timeline_entries: Final = Table(
    "timeline_entries",
    metadata,
    Column("entry_id", BigInteger, Identity(always=True), primary_key=True),
    an_id("order_id", ForeignKey("orders.order_id")),
    instant("time"),
    a_text("kind"),
    a_text("source"),
    a_text("outcome"),
    a_count("attempt_number"),
    fen("amount_fen", server_default=text("0")),
    one_of("kind", EventKind),
    one_of("source", Source),
    Index("timeline_entries_order_idx", "order_id", "entry_id"),
    at_most_one("one_move_into_a_state", "order_id", "outcome", where="kind = 'STATE_CHANGED'"),
)
"""PA-11, append-only. One transition into each state, so one into PAID (PA-5)."""

exceptions: Final = Table(
    "exceptions",
    metadata,
    an_id("exception_id", primary_key=True),
    a_text("key", unique=True),
    a_text("kind"),
    a_text("state", server_default=text("'OPEN'")),
    an_id("order_id", nullable=True),
    an_empty_text("provider"),
    an_empty_text("out_trade_no"),
    fen("expected_fen", server_default=text("0")),
    fen("found_fen", server_default=text("0")),
    an_empty_text("detail"),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'")),
    Column("occurrence_count", BigInteger, nullable=False, server_default=text("1")),
    instant("create_time"),
    instant("last_time"),
    Column("version", BigInteger, nullable=False, server_default=text("1")),
    an_empty_text("resolved_by"),
    an_empty_text("resolution_note"),
    instant("resolve_time", nullable=True),
    one_of("kind", ExceptionKind),
    one_of("state", ExceptionState),
    ForeignKeyConstraint(["order_id"], ["orders.order_id"]),
    index_where("exceptions_order_idx", "order_id", where="state = 'OPEN'"),
    Index("exceptions_queue_idx", "state", "create_time", "exception_id"),
)
"""The operator's queue. `key` makes what is seen again one entry with a count. `detail`: a code, about
`facts`."""

receipts: Final = Table(
    "receipts",
    metadata,
    an_id("order_id", ForeignKey("orders.order_id"), primary_key=True),
    a_text("state", server_default=text("'PENDING'")),
    fen("amount_fen"),
    Column("paid_date", Date, nullable=False),
    Column("available_date", Date),
    an_empty_text("code"),
    an_empty_text("number"),
    an_empty_text("url"),
    instant("issue_time", nullable=True),
    instant("due_time", nullable=True),
    a_count("tries"),
    CheckConstraint("state IN ('PENDING', 'REQUESTED', 'ISSUED', 'VOID')", name="state"),
    CheckConstraint("amount_fen > 0", name="amount"),
    index_where("receipts_due_idx", "due_time", where=f"{among('state', AWAITED)} AND available_date IS NOT NULL"),
    index_where("receipts_pending_idx", "paid_date", where="state = 'PENDING'"),
)
"""PA-9. `available_date` is empty while the holidays it depends on are not published. `due_time`: when the portal is
asked next, empty for at once."""

day_overrides: Final = Table(
    "day_overrides",
    metadata,
    Column("date", Date, primary_key=True),
    Column("working_day", Boolean, nullable=False),
    an_empty_text("note"),
    instant("update_time"),
)
"""PA-9: what operators know better than the published calendar."""

complete_years: Final = Table(
    "complete_years",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    instant("update_time"),
)
"""PA-9: years whose holidays are all among the overrides."""

refund_batches: Final = Table(
    "refund_batches",
    metadata,
    an_id("refund_batch_id", primary_key=True),
    a_text("session_id", unique=True),
    a_text("note"),
    a_text("state", server_default=text("'RUNNING'")),
    Column("queued", Boolean, nullable=False, server_default=text("false")),
    Column("total_count", BigInteger, nullable=False),
    fen("total_fen"),
    instant("create_time"),
    instant("complete_time", nullable=True),
    Column("version", BigInteger, nullable=False, server_default=text("1")),
    one_of("state", BatchState),
    CheckConstraint("(state = 'COMPLETED') = (complete_time IS NOT NULL)", name="completed"),
    CheckConstraint("queued OR state <> 'COMPLETED'", name="queued"),
)
"""PA-12. `queued`: every paid order of the session has its refund recorded."""

refunds: Final = Table(
    "refunds",
    metadata,
    an_id("refund_id", primary_key=True),
    an_id("order_id"),
    Column("attempt_number", Integer, nullable=False),
    Column("item_ids", ARRAY(UUID(as_uuid=False)), nullable=False),
    fen("amount_fen"),
    a_text("state"),
    a_text("reason"),
    an_id("refund_batch_id", ForeignKey("refund_batches.refund_batch_id"), nullable=True),
    instant("create_time"),
    instant("success_time", nullable=True),
    Column("due_date", Date, nullable=False),
    an_empty_text("failure_code"),
    Column("to_bank_account", Boolean, nullable=False, server_default=text("false")),
    a_count("asks"),
    instant("due_time", nullable=True),
    one_of("state", RefundState),
    one_of("reason", RefundReason),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("(state = 'SUCCEEDED') = (success_time IS NOT NULL)", name="succeeded"),
    CheckConstraint("(state = 'FAILED') = (failure_code <> '')", name="failed"),
    CheckConstraint(f"due_time IS NULL OR {among('state', ON_ITS_WAY)}", name="due"),
    ForeignKeyConstraint(["order_id", "attempt_number"], ["attempts.order_id", "attempts.number"]),
    at_most_one("one_surplus_refund", "order_id", "attempt_number", where="item_ids = '{}'"),
    Index("refunds_order_idx", "order_id", "create_time"),
    index_where("refunds_due_idx", "due_time", where="due_time IS NOT NULL"),
    index_where("refunds_batch_idx", "refund_batch_id", "state", "refund_id", where="refund_batch_id IS NOT NULL"),
)
"""PA-6, PA-12. `due_time`: when the platform is asked next; empty while a batch is paused."""

refund_accounts: Final = Table(
    "refund_accounts",
    metadata,
    an_id("order_id", ForeignKey("orders.order_id"), primary_key=True),
    Column("holder_cipher", LargeBinary, nullable=False),
    Column("number_cipher", LargeBinary, nullable=False),
    a_text("bank_name"),
    instant("update_time"),
)
"""PA-12: where money goes when the way it came is closed; encrypted."""

statements: Final = Table(
    "statements",
    metadata,
    a_text("provider", primary_key=True),
    Column("date", Date, primary_key=True),
    an_id("running_run_id", nullable=True),
    instant("lease_time", nullable=True),
    a_count("read_count"),
    an_id("run_id", nullable=True),
    an_empty_text("state"),
    Column("totals", JSONB, nullable=False, server_default=text("'{}'")),
    instant("create_time", nullable=True),
    instant("run_time", nullable=True),
    an_empty_text("key_id"),
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
    an_id("run_id", primary_key=True),
    Column("number", Integer, primary_key=True),
    instant("time"),
    a_text("kind"),
    a_text("out_trade_no"),
    a_text("platform_trade_no"),
    an_empty_text("out_refund_no"),
    fen("amount_fen"),
    CheckConstraint("kind IN ('PAYMENT', 'REFUND')", name="kind"),
    index_where("bill_lines_refund_idx", "out_refund_no", where="kind = 'REFUND'"),
)
"""PA-10: a platform's bill as it was read."""

differences: Final = Table(
    "differences",
    metadata,
    a_text("provider", primary_key=True),
    Column("date", Date, primary_key=True),
    a_text("out_trade_no", primary_key=True),
    a_text("out_refund_no", primary_key=True),
    a_text("kind", primary_key=True),
    an_id("order_id", nullable=True),
    fen("order_fen"),
    fen("bill_fen"),
    Column("healed", Boolean, nullable=False, server_default=text("false")),
    an_empty_text("action"),
    an_id("exception_id", nullable=True),
    an_id("seen_id"),
    instant("create_time"),
    one_of("kind", DifferenceKind),
)
"""PA-10. What was once different stays listed, healed or not. `seen_id`: the comparison that saw it
last."""

outbox: Final = shared_tables_v1(metadata).outbox
