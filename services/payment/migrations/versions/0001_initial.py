"""Orders, attempts, the money timeline, receipts, the operator's queue, working days."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
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
    ('PAID', 'REFUNDING'), ('REFUNDING', 'REFUNDED')
  ) THEN
    RAISE EXCEPTION 'an order does not move from % to %', OLD.state, NEW.state
      USING ERRCODE = 'check_violation', CONSTRAINT = 'order_move_is_legal';
  END IF;
  IF NEW.state IN ('EXPIRED', 'CANCELLED', 'FAILED') AND NEW.state <> OLD.state
     AND EXISTS (SELECT FROM payment.attempts WHERE order_id = NEW.order_id AND state = 'PAID') THEN
    RAISE EXCEPTION 'an order with money kept does not end unpaid'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'no_money_on_an_ended_order';
  END IF;
  RETURN NEW;
END $$;
"""
"""PA-2, PA-3: what no UPDATE can do to an order, whoever runs it."""

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
ON timeline FOR EACH ROW EXECUTE FUNCTION guard_timeline()
""",
)


def upgrade() -> None:
    op.create_table(
        "complete_years",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("complete_years_pkey")),
    )
    op.create_table(
        "day_overrides",
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("working_day", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("date", name=op.f("day_overrides_pkey")),
    )
    op.create_table(
        "orders",
        sa.Column("order_id", sa.UUID(as_uuid=False), nullable=False),
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
        sa.Column("due_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('AWAITING_PAYMENT', 'CREATED', 'SUBMITTED_TO_BANK')) = (due_time IS NOT NULL)",
            name=op.f("orders_due_check"),
        ),
        sa.CheckConstraint(
            "(state IN ('CANCELLED', 'EXPIRED', 'FAILED')) = (end_time IS NOT NULL)", name=op.f("orders_ended_check")
        ),
        sa.CheckConstraint(
            "(state IN ('PAID', 'REFUNDED', 'REFUNDING')) = (paid_time IS NOT NULL)", name=op.f("orders_paid_check")
        ),
        sa.CheckConstraint(
            (
                "state IN ('AWAITING_PAYMENT', 'CANCELLED', 'CREATED', 'EXPIRED', 'FAILED', 'PAID', "
                "'REFUNDED', 'REFUNDING', 'SUBMITTED_TO_BANK')"
            ),
            name=op.f("orders_state_check"),
        ),
        sa.CheckConstraint("total_fen > 0", name=op.f("orders_total_check")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("orders_pkey")),
    )
    op.create_index(
        "one_live_order",
        "orders",
        ["candidate_id", "session_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('AWAITING_PAYMENT', 'CREATED', 'SUBMITTED_TO_BANK')"),
    )
    op.create_index("orders_candidate_idx", "orders", ["candidate_id", "create_time", "order_id"], unique=False)
    op.create_index(
        "orders_due_idx", "orders", ["due_time"], unique=False, postgresql_where=sa.text("due_time IS NOT NULL")
    )
    op.create_index("orders_session_idx", "orders", ["session_id", "create_time", "order_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("event_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("trace", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("outbox_pkey")),
    )
    op.create_index("outbox_due_idx", "outbox", ["destination", "available_time", "seq"], unique=False)
    op.create_index("outbox_order_idx", "outbox", ["destination", "aggregate_id", "seq"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("order_id", sa.UUID(as_uuid=False), nullable=False),
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
        sa.CheckConstraint(
            "(state = 'PAID') = (paid_time IS NOT NULL AND paid_fen IS NOT NULL)", name=op.f("attempts_paid_check")
        ),
        sa.CheckConstraint(
            "state IN ('CLOSED', 'FAILED', 'OPEN', 'PAID', 'PREPARED')", name=op.f("attempts_state_check")
        ),
        sa.CheckConstraint("number > 0", name=op.f("attempts_number_check")),
        sa.CheckConstraint("paid_fen > 0", name=op.f("attempts_paid_fen_check")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("attempts_order_id_fkey")),
        sa.PrimaryKeyConstraint("order_id", "number", name=op.f("attempts_pkey")),
        sa.UniqueConstraint("provider", "out_trade_no", name=op.f("attempts_provider_out_trade_no_key")),
    )
    op.create_index(
        "one_attempt_per_payment",
        "attempts",
        ["provider", "platform_trade_no"],
        unique=True,
        postgresql_where=sa.text("state = 'PAID'"),
    )
    op.create_index(
        "one_payable_attempt",
        "attempts",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('OPEN', 'PREPARED')"),
    )
    op.create_table(
        "exceptions",
        sa.Column("exception_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'OPEN'"), nullable=False),
        sa.Column("order_id", sa.UUID(as_uuid=False), nullable=True),
        sa.Column("provider", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("out_trade_no", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("expected_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("found_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("detail", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("occurrence_count", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("resolved_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("resolution_note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("resolve_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            (
                "kind IN ('BILL_DIFFERENCE', 'CALENDAR_UNPUBLISHED', 'DOUBLE_MONEY', 'FORGED_NOTIFICATION', "
                "'LATE_MONEY', 'RECEIPT_OVERDUE', 'REFUND_FAILED', 'STUCK_AT_BANK', 'UNKNOWN_ORDER', "
                "'WRONG_AMOUNT', 'WRONG_MERCHANT')"
            ),
            name=op.f("exceptions_kind_check"),
        ),
        sa.CheckConstraint("state IN ('OPEN', 'RESOLVED')", name=op.f("exceptions_state_check")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("exceptions_order_id_fkey")),
        sa.PrimaryKeyConstraint("exception_id", name=op.f("exceptions_pkey")),
        sa.UniqueConstraint("key", name=op.f("exceptions_key_key")),
    )
    op.create_index(
        "exceptions_order_idx", "exceptions", ["order_id"], unique=False, postgresql_where=sa.text("state = 'OPEN'")
    )
    op.create_index("exceptions_queue_idx", "exceptions", ["state", "create_time", "exception_id"], unique=False)
    op.create_table(
        "order_items",
        sa.Column("order_id", sa.UUID(as_uuid=False), nullable=False),
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
        sa.CheckConstraint("fee_fen > 0", name=op.f("order_items_fee_check")),
        sa.CheckConstraint("paid OR NOT refunded", name=op.f("order_items_refunded_check")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("order_items_order_id_fkey")),
        sa.PrimaryKeyConstraint("order_id", "item_id", name=op.f("order_items_pkey")),
    )
    op.create_index(
        "one_paid_selection",
        "order_items",
        ["candidate_id", "session_id", "course_code"],
        unique=True,
        postgresql_where=sa.text("paid AND NOT refunded"),
    )
    op.create_table(
        "receipts",
        sa.Column("order_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_date", sa.Date(), nullable=False),
        sa.Column("available_date", sa.Date(), nullable=True),
        sa.Column("code", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("number", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("issue_time", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('PENDING', 'REQUESTED', 'ISSUED', 'VOID')", name=op.f("receipts_state_check")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("receipts_amount_check")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("receipts_order_id_fkey")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("receipts_pkey")),
    )
    op.create_index(
        "receipts_pending_idx", "receipts", ["paid_date"], unique=False, postgresql_where=sa.text("state = 'PENDING'")
    )
    op.create_table(
        "timeline",
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("order_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("attempt_number", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            (
                "kind IN ('CLOSE_REQUESTED', 'MONEY_HELD', 'NOTIFIED', 'OPERATOR_ACTED', 'ORDER_CREATED', "
                "'PAYMENT_STARTED', 'QR_REQUESTED', 'QUERIED', 'RECEIPT_REQUESTED', 'REFUND_REQUESTED', "
                "'STATE_CHANGED')"
            ),
            name=op.f("timeline_kind_check"),
        ),
        sa.CheckConstraint(
            ("source IN ('CANDIDATE', 'OPEN_PAGE', 'OPERATOR', 'PROVIDER', 'RECONCILIATION', 'SERVICE', 'SWEEP')"),
            name=op.f("timeline_source_check"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("timeline_order_id_fkey")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("timeline_pkey")),
    )
    op.create_index(
        "one_move_into_a_state",
        "timeline",
        ["order_id", "outcome"],
        unique=True,
        postgresql_where=sa.text("kind = 'STATE_CHANGED'"),
    )
    op.create_index("timeline_order_idx", "timeline", ["order_id", "entry_id"], unique=False)
    # ### end Alembic commands ###
    for statement in (ORDER_GUARD, ATTEMPT_GUARD, TIMELINE_GUARD, *TRIGGERS):
        op.execute(statement)
