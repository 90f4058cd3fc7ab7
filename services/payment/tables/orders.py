"""Orders, what they are for, the attempts to pay them, and the timeline of their money."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    UniqueConstraint,
    text,
)

from chassis.postgres.columns import among, an_id, instant, one_of
from services.payment.domain.order import ENDED_UNPAID, HAS_BEEN_PAID, LIVE, PAYABLE, AttemptState, OrderState
from services.payment.domain.refund import Purpose
from services.payment.domain.timeline import EventKind, Source
from services.payment.tables.columns import a_count, a_text, an_empty_text, fen, metadata

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
    Index("one_live_order", "candidate_id", "session_id", unique=True, postgresql_where=text(among("state", LIVE))),
    Index("orders_due_idx", "due_time", postgresql_where=text("due_time IS NOT NULL")),
    Index("orders_candidate_idx", "candidate_id", "create_time", "order_id"),
    Index("orders_session_idx", "session_id", "create_time", "order_id"),
)
"""PA-2, PA-7. `due_time`: when the sweep looks at a live order next. `ask_time`: when the platform was last asked,
by whomever. `cancel_time`: when somebody last wished to cancel it. `refunding_fen`: what of the fees is back or on its
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
    Index("one_payable_attempt", "order_id", unique=True, postgresql_where=text(among("state", PAYABLE))),
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
    Index("one_move_into_a_state", "order_id", "outcome", unique=True, postgresql_where=text("kind = 'STATE_CHANGED'")),
)
"""PA-11, append-only. One transition into each state, so one into PAID (PA-5)."""
