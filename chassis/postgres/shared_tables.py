"""The tables that every service has in its schema for the chassis, defined once: for its models and for the migration
that makes them.

A migration makes for ever what it made once, so a definition with a number never changes. A change is a definition with
the next number, which adds to the tables of the one before: models take the newest, and a revision of every service
makes the difference.
"""

from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from chassis.postgres.audit_chain import chain
from chassis.postgres.columns import an_id, instant, text_columns


class SharedTables(NamedTuple):
    """What every service has."""

    outbox: Table
    inbox: Table
    kept_answers: Table
    external_systems: Table
    refusal_counts: Table
    audit_entries: Table


def shared_tables_v1(metadata: MetaData) -> SharedTables:
    """Adds the tables to `metadata`."""
    # What other services must learn, until they acknowledge it; see `chassis.events.outbox`.
    outbox = Table(
        "outbox",
        metadata,
        an_id("event_id", primary_key=True),
        Column("seq", BigInteger, Identity(always=True), nullable=False),
        Column("destination", Text, nullable=False),
        Column("aggregate_id", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        Column("trace", Text, nullable=False, server_default=text("''")),
        instant("create_time"),
        instant("available_time"),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Index("outbox_due_idx", "destination", "available_time", "seq"),
        Index("outbox_order_idx", "destination", "aggregate_id", "seq"),
    )
    # Which events the service has applied (F-13); see `chassis.events.inbox`.
    inbox = Table(
        "inbox",
        metadata,
        an_id("event_id", primary_key=True),
        Column("type", Text, nullable=False),
        Column("receive_time", DateTime(timezone=True), nullable=False, index=True),
    )
    # First answers, for requests that are repeated (F-10); see `chassis.postgres.kept_answers`.
    kept_answers = Table(
        "kept_answers",
        metadata,
        Column("caller", Text, primary_key=True),
        Column("method", Text, primary_key=True),
        an_id("request_id", primary_key=True),
        Column("body_hash", LargeBinary, nullable=False),
        Column("answer", LargeBinary),
        # Whom the answer is about, where one person: it goes with them (ID-20).
        Column("candidate_id", Text, nullable=False, server_default=text("''")),
        Column("claim_time", DateTime(timezone=True), nullable=False, index=True),
        CheckConstraint("octet_length(body_hash) = 32", name="body_hash"),
        Index("kept_answers_candidate_id_idx", "candidate_id", postgresql_where=text("candidate_id <> ''")),
    )
    # How the systems outside fare (OP-2); see `chassis.external_systems`.
    external_systems = Table(
        "external_systems",
        metadata,
        Column("role", Text, primary_key=True),
        Column("name", Text, primary_key=True),
        instant("success_time", nullable=True),
        instant("failure_time", nullable=True),
        instant("failing_since_time", nullable=True),
        Column("failure", Text, nullable=False, server_default=text("''")),
    )
    # How many calls each process refused by the minute (OP-4); see `chassis.activity.refusal_counts`.
    refusal_counts = Table(
        "refusal_counts",
        metadata,
        Column("minute", DateTime(timezone=True), primary_key=True),
        an_id("process_id", primary_key=True),
        Column("kind", Text, primary_key=True),
        Column("count", BigInteger, nullable=False),
    )
    # What staff do and see (RE-7, RE-11); see `chassis.audit_log`.
    audit_entries = Table(
        "audit_entries",
        metadata,
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        instant("create_time"),
        *text_columns("actor_id", "actor_role", "organisation", "action", "object_kind", "object_id", "candidate_id"),
        *text_columns("reason"),
        Column("reason_salt", LargeBinary),
        Column("reason_digest", LargeBinary, nullable=False),
        Column("facts", JSONB, nullable=False),
        Column("hash", LargeBinary, nullable=False),
        # ID-20: what people typed may be gone; it is bound by its digest alone.
        CheckConstraint("octet_length(reason_digest) = 32", name="reason_digest"),
        CheckConstraint("octet_length(reason_salt) = 32 OR reason = ''", name="erased_reason"),
        CheckConstraint("octet_length(hash) = 32", name="hash"),
        Index("audit_entries_object_id_idx", "object_id", "number"),
        Index("audit_entries_candidate_id_idx", "candidate_id", "number", postgresql_where=text("candidate_id <> ''")),
    )
    chain(audit_entries)
    return SharedTables(outbox, inbox, kept_answers, external_systems, refusal_counts, audit_entries)
