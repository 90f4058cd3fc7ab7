"""Refunds, batches of them, bank details; what the money of an attempt is for; late money attached."""

import importlib

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

LEGAL_BEFORE = "('PAID', 'REFUNDING'), ('REFUNDING', 'REFUNDED')"
LEGAL_NOW = f"{LEGAL_BEFORE},\n    ('EXPIRED', 'PAID'), ('CANCELLED', 'PAID'), ('FAILED', 'PAID')"
KEPT_BEFORE = "  IF NEW.state IN ('EXPIRED', 'CANCELLED', 'FAILED') AND NEW.state <> OLD.state"
ATTACHED = """\
  IF NEW.state = 'PAID' AND OLD.state IN ('EXPIRED', 'CANCELLED', 'FAILED')
     AND NOT EXISTS (SELECT FROM payment.attempts WHERE order_id = NEW.order_id AND state = 'PAID') THEN
    RAISE EXCEPTION 'an order that ended is paid by late money only'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'late_money_is_there';
  END IF;
"""
"""PA-6: the one way out of an order that ended unpaid, and only with money in hand."""

PURPOSE_BEFORE = "  IF NEW.state <> OLD.state AND"
PURPOSE = """\
  IF OLD.purpose <> '' AND NEW.purpose <> OLD.purpose THEN
    RAISE EXCEPTION 'what the money of an attempt is for is decided once'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'purpose_is_fixed';
  END IF;
"""

REFUND_GUARD = """
CREATE FUNCTION guard_refund() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE paid bigint;
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'refunds are kept'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_are_kept';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'REQUESTED' THEN
      RAISE EXCEPTION 'a refund begins as REQUESTED'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_move_is_legal';
    END IF;
    SELECT paid_fen INTO paid FROM payment.attempts
      WHERE order_id = NEW.order_id AND number = NEW.attempt_number AND state = 'PAID' FOR NO KEY UPDATE;
    IF paid IS NULL OR paid < NEW.amount_fen + (
      SELECT coalesce(sum(amount_fen), 0) FROM payment.refunds
      WHERE order_id = NEW.order_id AND attempt_number = NEW.attempt_number
    ) THEN
      RAISE EXCEPTION 'no more goes back than has come'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_within_payment';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.refund_id, NEW.order_id, NEW.attempt_number, NEW.item_ids, NEW.amount_fen, NEW.reason, NEW.refund_batch_id,
      NEW.create_time)
      IS DISTINCT FROM
     (OLD.refund_id, OLD.order_id, OLD.attempt_number, OLD.item_ids, OLD.amount_fen, OLD.reason, OLD.refund_batch_id,
      OLD.create_time)
     OR (OLD.to_bank_account AND NOT NEW.to_bank_account)
     OR (OLD.success_time IS NOT NULL AND NEW.success_time IS DISTINCT FROM OLD.success_time) THEN
    RAISE EXCEPTION 'what a refund says does not change'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_is_fixed';
  END IF;
  IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
    ('REQUESTED', 'PROCESSING'), ('REQUESTED', 'SUCCEEDED'), ('REQUESTED', 'FAILED'),
    ('PROCESSING', 'SUCCEEDED'), ('PROCESSING', 'FAILED'), ('FAILED', 'REQUESTED')
  ) THEN
    RAISE EXCEPTION 'a refund does not move from % to %', OLD.state, NEW.state
      USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_move_is_legal';
  END IF;
  RETURN NEW;
END $$;
"""
"""PA-2, PA-12: what no statement can do to a refund: undo it, make it twice, or give back more than has come."""

ITEM_GUARD = """
CREATE FUNCTION guard_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.refund_id IS NOT NULL AND NEW.refund_id IS DISTINCT FROM OLD.refund_id
     OR OLD.refunded AND NOT NEW.refunded THEN
    RAISE EXCEPTION 'the fee of an item goes back once'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'item_is_refunded_once';
  END IF;
  RETURN NEW;
END $$;
"""

TRIGGERS = (
    """
CREATE TRIGGER guard_refund BEFORE INSERT OR DELETE OR UPDATE OF refund_id, order_id, attempt_number, item_ids,
  amount_fen, state, reason, refund_batch_id, create_time, success_time, to_bank_account
ON refunds FOR EACH ROW EXECUTE FUNCTION guard_refund()
""",
    """
CREATE TRIGGER guard_item BEFORE UPDATE OF refund_id, refunded
ON order_items FOR EACH ROW EXECUTE FUNCTION guard_item()
""",
)


def upgrade() -> None:
    _orders()
    _attempts()
    _refunds()
    _items()
    first = importlib.import_module("services.payment.migrations.versions.0001_initial")
    for statement in (
        again(first.ORDER_GUARD, (LEGAL_BEFORE, LEGAL_NOW), (KEPT_BEFORE, ATTACHED + KEPT_BEFORE)),
        again(first.ATTEMPT_GUARD, (PURPOSE_BEFORE, PURPOSE + PURPOSE_BEFORE)),
        REFUND_GUARD,
        ITEM_GUARD,
        *TRIGGERS,
    ):
        op.execute(statement)


def again(function: str, *changes: tuple[str, str]) -> str:
    """An earlier revision's function with changes, each of which must have its place in it."""
    for before, after in changes:
        if function.count(before) != 1:
            raise ValueError(f"not found once: {before}")
        function = function.replace(before, after)
    return function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


def _orders() -> None:
    for name in ("refunding_fen", "refunded_fen"):
        op.add_column("orders", sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    for name, condition in {
        "orders_returned_check": ("0 <= refunded_fen AND refunded_fen <= refunding_fen AND refunding_fen <= total_fen"),
        "orders_refunding_check": "(state IN ('REFUNDED', 'REFUNDING')) = (refunding_fen = total_fen)",
        "orders_refunded_check": "(state = 'REFUNDED') = (refunded_fen = total_fen)",
    }.items():
        op.create_check_constraint(op.f(name), "orders", condition)


def _attempts() -> None:
    op.add_column("attempts", sa.Column("purpose", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.create_check_constraint(op.f("attempts_purpose_check"), "attempts", "purpose IN ('', 'FEE', 'SURPLUS')")
    op.create_check_constraint(op.f("attempts_purpose_of_money_check"), "attempts", "purpose = '' OR state = 'PAID'")
    op.execute(
        """
UPDATE attempts a SET purpose = 'FEE' FROM orders o
WHERE a.order_id = o.order_id AND o.state = 'PAID' AND a.state = 'PAID' AND a.number = (
  SELECT min(f.number) FROM attempts f
  WHERE f.order_id = o.order_id AND f.state = 'PAID' AND f.paid_time = o.paid_time)
"""
    )
    op.create_index(
        "one_paying_attempt", "attempts", ["order_id"], unique=True, postgresql_where=sa.text("purpose = 'FEE'")
    )
    op.create_index(
        "attempts_held_idx", "attempts", ["paid_time"], postgresql_where=sa.text("state = 'PAID' AND purpose = ''")
    )


def _items() -> None:
    op.add_column("order_items", sa.Column("refund_id", sa.UUID(as_uuid=False), nullable=True))
    op.create_foreign_key(op.f("order_items_refund_id_fkey"), "order_items", "refunds", ["refund_id"], ["refund_id"])
    op.create_check_constraint(
        op.f("order_items_refunded_by_check"), "order_items", "refund_id IS NOT NULL OR NOT refunded"
    )
    op.create_check_constraint(op.f("order_items_refund_check"), "order_items", "paid OR refund_id IS NULL")
    # A course whose fee is on its way back can be paid for again: under the same name, which old code knows.
    op.drop_index("one_paid_selection", "order_items")
    op.create_index(
        "one_paid_selection",
        "order_items",
        ["candidate_id", "session_id", "course_code"],
        unique=True,
        postgresql_where=sa.text("paid AND refund_id IS NULL"),
    )


def _refunds() -> None:
    op.create_table(
        "refund_batches",
        sa.Column("refund_batch_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'RUNNING'"), nullable=False),
        sa.Column("queued", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("total_count", sa.BigInteger(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("complete_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("state IN ('COMPLETED', 'PAUSED', 'RUNNING')", name=op.f("refund_batches_state_check")),
        sa.CheckConstraint(
            "(state = 'COMPLETED') = (complete_time IS NOT NULL)", name=op.f("refund_batches_completed_check")
        ),
        sa.CheckConstraint("queued OR state <> 'COMPLETED'", name=op.f("refund_batches_queued_check")),
        sa.PrimaryKeyConstraint("refund_batch_id", name=op.f("refund_batches_pkey")),
        sa.UniqueConstraint("session_id", name=op.f("refund_batches_session_id_key")),
    )
    op.create_table(
        "refunds",
        sa.Column("refund_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("order_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("attempt_number", sa.Integer(), nullable=False),
        sa.Column("item_ids", postgresql.ARRAY(sa.UUID(as_uuid=False)), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("refund_batch_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("success_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("failure_code", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("to_bank_account", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("asks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('FAILED', 'PROCESSING', 'REQUESTED', 'SUCCEEDED')", name=op.f("refunds_state_check")
        ),
        sa.CheckConstraint(
            "reason IN ('OPERATOR_DECISION', 'SELECTION_VOID', 'SESSION_CANCELLED', 'SURPLUS_MONEY')",
            name=op.f("refunds_reason_check"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("refunds_amount_check")),
        sa.CheckConstraint("(state = 'SUCCEEDED') = (success_time IS NOT NULL)", name=op.f("refunds_succeeded_check")),
        sa.CheckConstraint("(state = 'FAILED') = (failure_code <> '')", name=op.f("refunds_failed_check")),
        sa.CheckConstraint("due_time IS NULL OR state IN ('PROCESSING', 'REQUESTED')", name=op.f("refunds_due_check")),
        sa.ForeignKeyConstraint(
            ["order_id", "attempt_number"], ["attempts.order_id", "attempts.number"], name=op.f("refunds_order_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["refund_batch_id"], ["refund_batches.refund_batch_id"], name=op.f("refunds_refund_batch_id_fkey")
        ),
        sa.PrimaryKeyConstraint("refund_id", name=op.f("refunds_pkey")),
    )
    op.create_index(
        "one_surplus_refund",
        "refunds",
        ["order_id", "attempt_number"],
        unique=True,
        postgresql_where=sa.text("item_ids = '{}'"),
    )
    op.create_index("refunds_order_idx", "refunds", ["order_id", "create_time"])
    op.create_index("refunds_due_idx", "refunds", ["due_time"], postgresql_where=sa.text("due_time IS NOT NULL"))
    op.create_index(
        "refunds_batch_idx",
        "refunds",
        ["refund_batch_id", "state", "refund_id"],
        postgresql_where=sa.text("refund_batch_id IS NOT NULL"),
    )
    op.create_table(
        "refund_accounts",
        sa.Column("order_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("holder_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("number_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("bank_name", sa.Text(), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("refund_accounts_order_id_fkey")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("refund_accounts_pkey")),
    )
