"""Money on its way back, and where it goes when the way it came is closed."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from chassis.postgres.columns import among, an_id, instant, one_of
from services.payment.domain.refund import ON_ITS_WAY, BatchState, RefundReason, RefundState
from services.payment.tables.columns import a_count, a_text, an_empty_text, fen, metadata

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
    an_id("order_id", ForeignKey("orders.order_id"), primary_key=True),
    Column("holder_cipher", LargeBinary, nullable=False),
    Column("number_cipher", LargeBinary, nullable=False),
    a_text("bank_name"),
    instant("update_time"),
)
"""PA-12: where money goes when the way it came is closed; encrypted."""
