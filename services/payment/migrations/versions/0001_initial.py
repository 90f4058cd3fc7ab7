"""Orders, attempts to pay them, the timeline of their money, refunds, receipts, reconciliation, the operator's queue,
working days; and what guards them whoever writes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from chassis.postgres.migrations import create_tables
from chassis.postgres.shared_tables import shared_tables_v1

revision = "0001_initial"
down_revision = None

ORDER_GUARD = """
CREATE FUNCTION guard_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'orders are kept'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_are_kept';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'CREATED' THEN
      RAISE EXCEPTION 'an order begins as CREATED'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'order_move_is_legal';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.order_id, NEW.candidate_id, NEW.session_id, NEW.total_fen, NEW.fingerprint, NEW.undertaking_version,
      NEW.create_time)
      IS DISTINCT FROM
     (OLD.order_id, OLD.candidate_id, OLD.session_id, OLD.total_fen, OLD.fingerprint, OLD.undertaking_version,
      OLD.create_time)
     OR (OLD.paid_time IS NOT NULL AND NEW.paid_time IS DISTINCT FROM OLD.paid_time) THEN
    RAISE EXCEPTION 'what an order says does not change'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'order_is_fixed';
  END IF;
  IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
    ('CREATED', 'AWAITING_PAYMENT'), ('CREATED', 'SUBMITTED_TO_BANK'), ('CREATED', 'PAID'),
    ('CREATED', 'EXPIRED'), ('CREATED', 'CANCELLED'), ('CREATED', 'FAILED'),
    ('AWAITING_PAYMENT', 'SUBMITTED_TO_BANK'), ('AWAITING_PAYMENT', 'PAID'),
    ('AWAITING_PAYMENT', 'EXPIRED'), ('AWAITING_PAYMENT', 'CANCELLED'), ('AWAITING_PAYMENT', 'FAILED'),
    ('SUBMITTED_TO_BANK', 'PAID'),
    ('SUBMITTED_TO_BANK', 'EXPIRED'), ('SUBMITTED_TO_BANK', 'CANCELLED'), ('SUBMITTED_TO_BANK', 'FAILED'),
    ('PAID', 'REFUNDING'), ('REFUNDING', 'REFUNDED'),
    ('EXPIRED', 'PAID'), ('CANCELLED', 'PAID'), ('FAILED', 'PAID')
  ) THEN
    RAISE EXCEPTION 'an order does not move from % to %', OLD.state, NEW.state
      USING ERRCODE = 'check_violation', CONSTRAINT = 'order_move_is_legal';
  END IF;
  IF NEW.state = 'PAID' AND OLD.state IN ('EXPIRED', 'CANCELLED', 'FAILED')
     AND NOT EXISTS (SELECT FROM payment.attempts WHERE order_id = NEW.order_id AND state = 'PAID') THEN
    RAISE EXCEPTION 'an order that ended is paid by late money only'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'late_money_is_there';
  END IF;
  IF NEW.state IN ('EXPIRED', 'CANCELLED', 'FAILED') AND NEW.state <> OLD.state
     AND EXISTS (SELECT FROM payment.attempts WHERE order_id = NEW.order_id AND state = 'PAID') THEN
    RAISE EXCEPTION 'an order with money kept does not end unpaid'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'no_money_on_an_ended_order';
  END IF;
  RETURN NEW;
END $$;
"""
"""PA-2, PA-3: what no UPDATE can do to an order, whoever runs it. PA-6: the one way out of an order that ended unpaid
is late money in hand."""

ATTEMPT_GUARD = """
CREATE FUNCTION guard_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'attempts are kept'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'attempts_are_kept';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'PREPARED' THEN
      RAISE EXCEPTION 'an attempt begins as PREPARED'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_move_is_legal';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.order_id, NEW.number, NEW.provider, NEW.out_trade_no, NEW.expire_time)
      IS DISTINCT FROM (OLD.order_id, OLD.number, OLD.provider, OLD.out_trade_no, OLD.expire_time)
     OR (OLD.paid_fen IS NOT NULL
         AND (NEW.paid_fen, NEW.paid_time, NEW.platform_trade_no)
             IS DISTINCT FROM (OLD.paid_fen, OLD.paid_time, OLD.platform_trade_no)) THEN
    RAISE EXCEPTION 'what an attempt says does not change'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_is_fixed';
  END IF;
  IF OLD.purpose <> '' AND NEW.purpose <> OLD.purpose THEN
    RAISE EXCEPTION 'what the money of an attempt is for is decided once'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'purpose_is_fixed';
  END IF;
  IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
    ('PREPARED', 'OPEN'), ('PREPARED', 'PAID'), ('PREPARED', 'CLOSED'), ('PREPARED', 'FAILED'),
    ('OPEN', 'PAID'), ('OPEN', 'CLOSED'), ('CLOSED', 'PAID'), ('FAILED', 'PAID')
  ) THEN
    RAISE EXCEPTION 'an attempt does not move from % to %', OLD.state, NEW.state
      USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_move_is_legal';
  END IF;
  RETURN NEW;
END $$;
"""

TIMELINE_GUARD = """
CREATE FUNCTION guard_timeline() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the timeline is append-only'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'timeline_is_append_only';
END $$;
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
  IF (OLD.state, NEW.state) = ('PROCESSING', 'REQUESTED') AND (OLD.to_bank_account OR NOT NEW.to_bank_account) THEN
    RAISE EXCEPTION 'a refund that a platform has taken is made again only to a bank account, and once'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_move_is_legal';
  END IF;
  IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
    ('PROCESSING', 'REQUESTED'),
    ('REQUESTED', 'PROCESSING'), ('REQUESTED', 'SUCCEEDED'), ('REQUESTED', 'FAILED'),
    ('PROCESSING', 'SUCCEEDED'), ('PROCESSING', 'FAILED'), ('FAILED', 'REQUESTED')
  ) THEN
    RAISE EXCEPTION 'a refund does not move from % to %', OLD.state, NEW.state
      USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_move_is_legal';
  END IF;
  RETURN NEW;
END $$;
"""
"""PA-2, PA-12: what no statement can do to a refund: undo it, make it twice, or give back more than has come. One
that a platform has taken and cannot give back is made again, to a bank account."""

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
CREATE TRIGGER guard_order BEFORE INSERT OR DELETE OR UPDATE
OF order_id, candidate_id, session_id, total_fen, state, fingerprint, undertaking_version, create_time, paid_time
ON orders FOR EACH ROW EXECUTE FUNCTION guard_order()
""",
    """
CREATE TRIGGER guard_attempt BEFORE INSERT OR UPDATE OR DELETE
ON attempts FOR EACH ROW EXECUTE FUNCTION guard_attempt()
""",
    """
CREATE TRIGGER guard_timeline BEFORE UPDATE OR DELETE
ON timeline_entries FOR EACH ROW EXECUTE FUNCTION guard_timeline()
""",
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


def index(name: str, table: str, *columns: str, where: str | None = None, unique: bool = False) -> None:
    """An index, of the rows where a condition holds."""
    op.create_index(name, table, columns, unique=unique, postgresql_where=where and sa.text(where))


def at_most_one(name: str, table: str, *columns: str, where: str) -> None:
    """Of the rows where a condition holds, one at most has the same values."""
    index(name, table, *columns, where=where, unique=True)


def upgrade() -> None:
    create_tables(shared_tables_v1)
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
        sa.CheckConstraint("kind IN ('PAYMENT', 'REFUND')", name="kind"),
        sa.PrimaryKeyConstraint("run_id", "number"),
    )
    index("bill_lines_refund_idx", "bill_lines", "out_refund_no", where="kind = 'REFUND'")
    op.create_table(
        "complete_years",
        sa.Column("year", sa.Integer(), autoincrement=False, primary_key=True),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "day_overrides",
        sa.Column("date", sa.Date(), primary_key=True),
        sa.Column("working_day", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
    )
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
        sa.CheckConstraint(
            "kind IN ('AMOUNT_DIFFERS', 'NOT_ON_BILL', 'PAID_BUT_ENDED', 'PAID_NOT_SETTLED', "
            "'RECEIPT_MISSING', 'REFUND_DIFFERS', 'UNKNOWN_TRADE')",
            name="kind",
        ),
        sa.PrimaryKeyConstraint("provider", "date", "out_trade_no", "out_refund_no", "kind"),
    )
    op.create_table(
        "orders",
        sa.Column("order_id", sa.UUID(as_uuid=False), primary_key=True),
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("undertaking_version", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("attempt_number", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("asks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payment_cutoff_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undertaking_accept_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submit_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ask_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expiry_notice_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refunding_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("(state = 'REFUNDED') = (refunded_fen = total_fen)", name="refunded"),
        sa.CheckConstraint(
            "(state IN ('AWAITING_PAYMENT', 'CREATED', 'SUBMITTED_TO_BANK')) = (due_time IS NOT NULL)",
            name="due",
        ),
        sa.CheckConstraint("(state IN ('CANCELLED', 'EXPIRED', 'FAILED')) = (end_time IS NOT NULL)", name="ended"),
        sa.CheckConstraint("(state IN ('PAID', 'REFUNDED', 'REFUNDING')) = (paid_time IS NOT NULL)", name="paid"),
        sa.CheckConstraint("(state IN ('REFUNDED', 'REFUNDING')) = (refunding_fen = total_fen)", name="refunding"),
        sa.CheckConstraint(
            "state IN ('AWAITING_PAYMENT', 'CANCELLED', 'CREATED', 'EXPIRED', 'FAILED', 'PAID', "
            "'REFUNDED', 'REFUNDING', 'SUBMITTED_TO_BANK')",
            name="state",
        ),
        sa.CheckConstraint(
            "0 <= refunded_fen AND refunded_fen <= refunding_fen AND refunding_fen <= total_fen",
            name=op.f("orders_returned_check"),
        ),
        sa.CheckConstraint("total_fen > 0", name="total"),
    )
    at_most_one(
        "one_live_order",
        "orders",
        "candidate_id",
        "session_id",
        where="state IN ('AWAITING_PAYMENT', 'CREATED', 'SUBMITTED_TO_BANK')",
    )
    index("orders_candidate_idx", "orders", "candidate_id", "create_time", "order_id")
    op.create_index("orders_create_time_idx", "orders", ["create_time"], postgresql_using="brin")
    index("orders_due_idx", "orders", "due_time", where="due_time IS NOT NULL")
    index("orders_session_idx", "orders", "session_id", "create_time", "order_id")
    op.create_table(
        "refund_batches",
        sa.Column("refund_batch_id", sa.UUID(as_uuid=False), primary_key=True),
        sa.Column("session_id", sa.Text(), unique=True, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'RUNNING'"), nullable=False),
        sa.Column("queued", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("total_count", sa.BigInteger(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("complete_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("(state = 'COMPLETED') = (complete_time IS NOT NULL)", name="completed"),
        sa.CheckConstraint("queued OR state <> 'COMPLETED'", name="queued"),
        sa.CheckConstraint("state IN ('COMPLETED', 'PAUSED', 'RUNNING')", name="state"),
    )
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
        sa.CheckConstraint("(state = '') = (run_id IS NULL)", name="drawn_up"),
        sa.CheckConstraint("state IN ('', 'BALANCED', 'UNBALANCED')", name="state"),
        sa.CheckConstraint("(running_run_id IS NULL) = (lease_time IS NULL)", name="running"),
        sa.PrimaryKeyConstraint("provider", "date"),
    )
    op.create_table(
        "attempts",
        sa.Column("order_id", sa.UUID(as_uuid=False), sa.ForeignKey("orders.order_id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("out_trade_no", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("platform_trade_no", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("qr_content", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("pay_url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("failure_code", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_fen", sa.BigInteger(), nullable=True),
        sa.Column("purpose", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint("(state = 'PAID') = (paid_time IS NOT NULL AND paid_fen IS NOT NULL)", name="paid"),
        sa.CheckConstraint("purpose = '' OR state = 'PAID'", name="purpose_of_money"),
        sa.CheckConstraint("purpose IN ('', 'FEE', 'SURPLUS')", name="purpose"),
        sa.CheckConstraint("state IN ('CLOSED', 'FAILED', 'OPEN', 'PAID', 'PREPARED')", name="state"),
        sa.CheckConstraint("number > 0", name="number"),
        sa.CheckConstraint("paid_fen > 0", name="paid_fen"),
        sa.PrimaryKeyConstraint("order_id", "number"),
        sa.UniqueConstraint("provider", "out_trade_no"),
    )
    index("attempts_held_idx", "attempts", "paid_time", where="state = 'PAID' AND purpose = ''")
    index("attempts_paid_idx", "attempts", "paid_time", "provider", where="state = 'PAID'")
    at_most_one("one_attempt_per_payment", "attempts", "provider", "platform_trade_no", where="state = 'PAID'")
    at_most_one("one_payable_attempt", "attempts", "order_id", where="state IN ('OPEN', 'PREPARED')")
    at_most_one("one_paying_attempt", "attempts", "order_id", where="purpose = 'FEE'")
    op.create_table(
        "exceptions",
        sa.Column("exception_id", sa.UUID(as_uuid=False), primary_key=True),
        sa.Column("key", sa.Text(), unique=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'OPEN'"), nullable=False),
        sa.Column("order_id", sa.UUID(as_uuid=False), sa.ForeignKey("orders.order_id"), nullable=True),
        sa.Column("provider", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("out_trade_no", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("expected_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("found_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("detail", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("facts", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("occurrence_count", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("resolved_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("resolution_note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("resolve_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('BILL_DIFFERENCE', 'CALENDAR_UNPUBLISHED', 'DOUBLE_MONEY', 'FORGED_NOTIFICATION', "
            "'LATE_MONEY', 'RECEIPT_OVERDUE', 'REFUND_FAILED', 'STUCK_AT_BANK', 'UNKNOWN_ORDER', "
            "'WRONG_AMOUNT', 'WRONG_MERCHANT')",
            name="kind",
        ),
        sa.CheckConstraint("state IN ('OPEN', 'RESOLVED')", name="state"),
    )
    index("exceptions_order_idx", "exceptions", "order_id", where="state = 'OPEN'")
    index("exceptions_queue_idx", "exceptions", "state", "create_time", "exception_id")
    op.create_table(
        "receipts",
        sa.Column("order_id", sa.UUID(as_uuid=False), sa.ForeignKey("orders.order_id"), primary_key=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_date", sa.Date(), nullable=False),
        sa.Column("available_date", sa.Date(), nullable=True),
        sa.Column("code", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("number", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("issue_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("state IN ('PENDING', 'REQUESTED', 'ISSUED', 'VOID')", name="state"),
        sa.CheckConstraint("amount_fen > 0", name="amount"),
    )
    index(
        "receipts_due_idx",
        "receipts",
        "due_time",
        where="state IN ('PENDING', 'REQUESTED') AND available_date IS NOT NULL",
    )
    index("receipts_pending_idx", "receipts", "paid_date", where="state = 'PENDING'")
    op.create_table(
        "refund_accounts",
        sa.Column("order_id", sa.UUID(as_uuid=False), sa.ForeignKey("orders.order_id"), primary_key=True),
        sa.Column("holder_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("number_cipher", sa.LargeBinary(), nullable=False),
        sa.Column("bank_name", sa.Text(), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "timeline_entries",
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("order_id", sa.UUID(as_uuid=False), sa.ForeignKey("orders.order_id"), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("attempt_number", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('CLOSE_REQUESTED', 'MONEY_HELD', 'NOTIFIED', 'OPERATOR_ACTED', 'ORDER_CREATED', "
            "'PAYMENT_STARTED', 'QR_REQUESTED', 'QUERIED', 'RECEIPT_REQUESTED', 'REFUND_REQUESTED', "
            "'STATE_CHANGED')",
            name="kind",
        ),
        sa.CheckConstraint(
            "source IN ('CANDIDATE', 'OPEN_PAGE', 'OPERATOR', 'PROVIDER', 'RECONCILIATION', 'SERVICE', 'SWEEP')",
            name="source",
        ),
    )
    at_most_one("one_move_into_a_state", "timeline_entries", "order_id", "outcome", where="kind = 'STATE_CHANGED'")
    index("timeline_entries_order_idx", "timeline_entries", "order_id", "entry_id")
    op.create_table(
        "refunds",
        sa.Column("refund_id", sa.UUID(as_uuid=False), primary_key=True),
        sa.Column("order_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("attempt_number", sa.Integer(), nullable=False),
        sa.Column("item_ids", postgresql.ARRAY(sa.UUID(as_uuid=False)), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "refund_batch_id", sa.UUID(as_uuid=False), sa.ForeignKey("refund_batches.refund_batch_id"), nullable=True
        ),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("success_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("failure_code", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("to_bank_account", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("asks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'FAILED') = (failure_code <> '')", name="failed"),
        sa.CheckConstraint("(state = 'SUCCEEDED') = (success_time IS NOT NULL)", name="succeeded"),
        sa.CheckConstraint("due_time IS NULL OR state IN ('PROCESSING', 'REQUESTED')", name="due"),
        sa.CheckConstraint(
            "reason IN ('ON_REQUEST', 'OPERATOR_DECISION', 'SELECTION_VOID', 'SESSION_CANCELLED', 'SURPLUS_MONEY')",
            name="reason",
        ),
        sa.CheckConstraint("state IN ('FAILED', 'PROCESSING', 'REQUESTED', 'SUCCEEDED')", name="state"),
        sa.CheckConstraint("amount_fen > 0", name="amount"),
        sa.ForeignKeyConstraint(["order_id", "attempt_number"], ["attempts.order_id", "attempts.number"]),
    )
    at_most_one("one_surplus_refund", "refunds", "order_id", "attempt_number", where="item_ids = '{}'")
    index("refunds_batch_idx", "refunds", "refund_batch_id", "state", "refund_id", where="refund_batch_id IS NOT NULL")
    index("refunds_due_idx", "refunds", "due_time", where="due_time IS NOT NULL")
    index("refunds_order_idx", "refunds", "order_id", "create_time")
    op.create_table(
        "order_items",
        sa.Column("order_id", sa.UUID(as_uuid=False), sa.ForeignKey("orders.order_id"), nullable=False),
        sa.Column("item_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("candidate_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("course_code", sa.Text(), nullable=False),
        sa.Column("course_name", sa.Text(), nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("refunded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("refund_id", sa.UUID(as_uuid=False), sa.ForeignKey("refunds.refund_id"), nullable=True),
        sa.CheckConstraint("fee_fen > 0", name="fee"),
        sa.CheckConstraint("paid OR NOT refunded", name="refunded"),
        sa.CheckConstraint("paid OR refund_id IS NULL", name="refund"),
        sa.CheckConstraint("refund_id IS NOT NULL OR NOT refunded", name="refunded_by"),
        sa.PrimaryKeyConstraint("order_id", "item_id"),
    )
    at_most_one(
        "one_paid_selection",
        "order_items",
        "candidate_id",
        "session_id",
        "course_code",
        where="paid AND refund_id IS NULL",
    )
    for statement in (ORDER_GUARD, ATTEMPT_GUARD, TIMELINE_GUARD, REFUND_GUARD, ITEM_GUARD, *TRIGGERS):
        op.execute(statement)
