"""The monolith's mapped classes, in a database of their own. The constraints and indexes that matter to a checkout are
those of the suite.
"""

from datetime import datetime
from typing import Annotated

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TIMESTAMP, TSTZRANGE, UUID, ExcludeConstraint, Range
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

Id = Annotated[str, mapped_column(UUID(as_uuid=False))]
Key = Annotated[str, mapped_column(UUID(as_uuid=False), primary_key=True)]
Instant = Annotated[datetime, mapped_column(TIMESTAMP(timezone=True))]
State = Annotated[str, mapped_column(String(24))]
CandidateId = Annotated[str, mapped_column(ForeignKey("candidates.id"))]
SessionId = Annotated[str, mapped_column(String(7))]


class Base(DeclarativeBase):
    """All tables of the monolith."""


class ExamSession(Base):
    """An exam session and its window."""

    __tablename__ = "sessions"
    id: Mapped[str] = mapped_column(String(7), primary_key=True)
    registration_begins: Mapped[Instant]
    registration_ends: Mapped[Instant]
    payment_cutoff: Mapped[Instant]
    undertaking_version: Mapped[str] = mapped_column(String(8))
    notice_version: Mapped[int]


class Candidate(Base):
    """A person, as far as the gates of a checkout ask (EN-2)."""

    __tablename__ = "candidates"
    id: Mapped[Key]
    details_confirmed: Mapped[bool]
    phone_verified: Mapped[bool]
    identity_state: Mapped[State]
    registrations: Mapped[list["Registration"]] = relationship()
    participations: Mapped[list["Participation"]] = relationship()


class Registration(Base):
    """A candidate's place in one major at one host school."""

    __tablename__ = "registrations"
    id: Mapped[Key]
    candidate_id: Mapped[CandidateId]
    school_code: Mapped[str] = mapped_column(String(8))
    major_code: Mapped[str] = mapped_column(String(8))
    proof_state: Mapped[State]
    ticket_number: Mapped[str | None] = mapped_column(String(16), unique=True)
    __table_args__ = (UniqueConstraint("candidate_id", "school_code", "major_code"),)


class Participation(Base):
    """What a candidate did for one session before selecting."""

    __tablename__ = "participations"
    candidate_id: Mapped[CandidateId] = mapped_column(primary_key=True)
    session_id: Mapped[SessionId] = mapped_column(primary_key=True)
    questionnaire_time: Mapped[Instant | None]
    notice_version: Mapped[int]
    district_code: Mapped[str] = mapped_column(String(8))


class Selection(Base):
    """A selected course; no two live ones of a person overlap in time (EN-5)."""

    __tablename__ = "selections"
    id: Mapped[Key]
    candidate_id: Mapped[CandidateId]
    registration_id: Mapped[Id] = mapped_column(ForeignKey("registrations.id"))
    session_id: Mapped[SessionId]
    course_code: Mapped[str] = mapped_column(String(8))
    course_name: Mapped[str] = mapped_column(String(80))
    fee_fen: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[State]
    live: Mapped[bool]
    time_range: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    order_id: Mapped[Id | None]
    update_time: Mapped[Instant]
    __table_args__ = (
        # As in the suite, the predicates leave the state out, so that reserving a selection touches no index.
        ExcludeConstraint(("candidate_id", "="), ("time_range", "&&"), using="gist", where=text("live")),
        Index(
            "one_live_selection_per_course",
            "candidate_id",
            "session_id",
            "course_code",
            unique=True,
            postgresql_where=text("live"),
        ),
        {"postgresql_with": {"fillfactor": 80}},
    )


class Order(Base):
    """A payment order; one live order per candidate and session (PA-7), one per request (F-10)."""

    __tablename__ = "orders"
    id: Mapped[Key]
    candidate_id: Mapped[CandidateId]
    session_id: Mapped[SessionId]
    request_id: Mapped[Id]
    total_fen: Mapped[int] = mapped_column(BigInteger)
    undertaking_version: Mapped[str] = mapped_column(String(8))
    payment_cutoff: Mapped[Instant]
    state: Mapped[State]
    create_time: Mapped[Instant]
    items: Mapped[list["OrderItem"]] = relationship()
    __table_args__ = (
        UniqueConstraint("candidate_id", "request_id", name="one_order_per_request"),
        Index(
            "one_live_order",
            "candidate_id",
            "session_id",
            unique=True,
            postgresql_where=text("state IN ('CREATED', 'AWAITING_PAYMENT', 'SUBMITTED_TO_BANK')"),
        ),
    )


class OrderItem(Base):
    """One course of an order and its fee."""

    __tablename__ = "order_items"
    order_id: Mapped[Id] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    selection_id: Mapped[Key]
    registration_id: Mapped[Id]
    course_code: Mapped[str] = mapped_column(String(8))
    course_name: Mapped[str] = mapped_column(String(80))
    fee_fen: Mapped[int] = mapped_column(BigInteger)


class Outgoing(Base):
    """A message to be sent after the commit."""

    __tablename__ = "outgoing"
    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[str]
    create_time: Mapped[Instant]
