"""Bills as they were read, the differences found in them, and the statements drawn up (PA-10)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

DIFFERENCES = (
    "kind IN ('AMOUNT_DIFFERS', 'NOT_ON_BILL', 'PAID_BUT_ENDED', 'PAID_NOT_SETTLED', 'RECEIPT_MISSING', "
    "'REFUND_DIFFERS', 'UNKNOWN_TRADE')"
)


def upgrade() -> None:
    op.create_index(
        "attempts_paid_idx", "attempts", ["provider", "paid_time"], postgresql_where=sa.text("state = 'PAID'")
    )
    _statements()
    _bill_lines()
    _differences()


def _statements() -> None:
    op.create_table(
        "statements",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("running_run_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("lease_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("run_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("totals", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("signature", sa.LargeBinary(), server_default=sa.text("''"), nullable=False),
        sa.Column("document", sa.LargeBinary(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint("state IN ('', 'BALANCED', 'UNBALANCED')", name=op.f("statements_state_check")),
        sa.CheckConstraint("(state = '') = (run_id IS NULL)", name=op.f("statements_drawn_up_check")),
        sa.CheckConstraint("(running_run_id IS NULL) = (lease_time IS NULL)", name=op.f("statements_running_check")),
        sa.PrimaryKeyConstraint("provider", "date", name=op.f("statements_pkey")),
    )


def _bill_lines() -> None:
    op.create_table(
        "bill_lines",
        sa.Column("run_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("out_trade_no", sa.Text(), nullable=False),
        sa.Column("platform_trade_no", sa.Text(), nullable=False),
        sa.Column("out_refund_no", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('PAYMENT', 'REFUND')", name=op.f("bill_lines_kind_check")),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("bill_lines_pkey")),
    )
    op.create_index(
        "bill_lines_refund_idx", "bill_lines", ["out_refund_no"], postgresql_where=sa.text("kind = 'REFUND'")
    )


def _differences() -> None:
    op.create_table(
        "differences",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("out_trade_no", sa.Text(), nullable=False),
        sa.Column("out_refund_no", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("order_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("order_fen", sa.BigInteger(), nullable=False),
        sa.Column("bill_fen", sa.BigInteger(), nullable=False),
        sa.Column("healed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("action", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("exception_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("seen_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(DIFFERENCES, name=op.f("differences_kind_check")),
        sa.PrimaryKeyConstraint(
            "provider", "date", "out_trade_no", "out_refund_no", "kind", name=op.f("differences_pkey")
        ),
    )
    op.create_index(
        "differences_open_idx",
        "differences",
        ["provider", "date", "kind", "out_trade_no", "out_refund_no"],
        postgresql_where=sa.text("NOT healed"),
    )
