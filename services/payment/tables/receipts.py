"""Receipts, and the working days on which their dates depend."""

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, Date, ForeignKey, Index, Integer, Table, text

from chassis.postgres.columns import among, an_id, instant
from services.payment.domain.receipts import AWAITED
from services.payment.tables.columns import a_count, a_text, an_empty_text, fen, metadata

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
    Index(
        "receipts_due_idx",
        "due_time",
        postgresql_where=text(f"{among('state', AWAITED)} AND available_date IS NOT NULL"),
    ),
    Index("receipts_pending_idx", "paid_date", postgresql_where=text("state = 'PENDING'")),
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
