"""The monolith's mapped classes, in a schema of their own; the constraints that matter to a checkout are those of the
suite.
"""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, MetaData, String, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

SCHEMA = "bench_monolith"
Instant = TIMESTAMP(timezone=True)


class Base(DeclarativeBase):
    """All tables of the monolith."""

    metadata = MetaData(schema=SCHEMA)


class Candidate(Base):
    """What the gates of a checkout ask of a person (EN-2)."""

    __tablename__ = "candidates"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    details_confirmed: Mapped[bool]
    phone_verified: Mapped[bool]
    verified: Mapped[bool]
    ticket_number: Mapped[str | None]


class ExamSession(Base):
    """An exam session and its window."""

    __tablename__ = "sessions"
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    registration_begins: Mapped[datetime] = mapped_column(Instant)
    registration_ends: Mapped[datetime] = mapped_column(Instant)
    undertaking_version: Mapped[int]


class Selection(Base):
    """A selected course; unique per live half-day, as the suite's is."""

    __tablename__ = "selections"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidates.id"))
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    course_code: Mapped[str] = mapped_column(String(8))
    course_name: Mapped[str] = mapped_column(String(80))
    half_day: Mapped[str] = mapped_column(String(16))
    fee_fen: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    order_id: Mapped[str | None] = mapped_column(String(36))
    __table_args__ = (
        Index(
            "one_live_selection_per_half_day",
            "candidate_id",
            "session_id",
            "half_day",
            unique=True,
            postgresql_where=text("state <> 'VOID'"),
        ),
    )


class Order(Base):
    """A payment order; one live order per candidate and session (PA-7)."""

    __tablename__ = "orders"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidates.id"))
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    request_id: Mapped[str] = mapped_column(String(36), unique=True)
    total_fen: Mapped[int] = mapped_column(BigInteger)
    undertaking_version: Mapped[int]
    state: Mapped[str] = mapped_column(String(24))
    create_time: Mapped[datetime] = mapped_column(Instant)
    items: Mapped[list["OrderItem"]] = relationship(back_populates="order")
    __table_args__ = (
        Index(
            "one_live_order",
            "candidate_id",
            "session_id",
            unique=True,
            postgresql_where=text("state in ('CREATED','AWAITING_PAYMENT','SUBMITTED_TO_BANK')"),
        ),
    )


class OrderItem(Base):
    """One course of an order and its fee."""

    __tablename__ = "order_items"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    selection_id: Mapped[str] = mapped_column(ForeignKey("selections.id"))
    course_code: Mapped[str] = mapped_column(String(8))
    fee_fen: Mapped[int]
    order: Mapped[Order] = relationship(back_populates="items")


class Outgoing(Base):
    """A message to be sent after the commit."""

    __tablename__ = "outgoing"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str]
    payload: Mapped[str]
    create_time: Mapped[datetime] = mapped_column(Instant)
