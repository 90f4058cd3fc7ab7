"""Bills as they were read, the differences found in them, and the statements drawn up."""

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, LargeBinary, Table, text
from sqlalchemy.dialects.postgresql import JSONB

from chassis.postgres.columns import an_id, instant, one_of
from services.payment.domain.reconciling import DifferenceKind
from services.payment.tables.columns import a_count, a_text, an_empty_text, fen, metadata

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
    Index("bill_lines_refund_idx", "out_refund_no", postgresql_where=text("kind = 'REFUND'")),
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
