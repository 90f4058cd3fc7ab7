"""The operator's queue."""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, Table, text
from sqlalchemy.dialects.postgresql import JSONB

from chassis.postgres.columns import an_id, instant, one_of
from services.payment.domain.exceptions import ExceptionKind, ExceptionState
from services.payment.tables.columns import a_text, an_empty_text, fen, metadata

exceptions: Final = Table(
    "exceptions",
    metadata,
    an_id("exception_id", primary_key=True),
    a_text("key", unique=True),
    a_text("kind"),
    a_text("state", server_default=text("'OPEN'")),
    an_id("order_id", nullable=True),
    an_empty_text("provider"),
    an_empty_text("out_trade_no"),
    fen("expected_fen", server_default=text("0")),
    fen("found_fen", server_default=text("0")),
    an_empty_text("detail"),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'")),
    Column("occurrence_count", BigInteger, nullable=False, server_default=text("1")),
    instant("create_time"),
    instant("last_time"),
    Column("version", BigInteger, nullable=False, server_default=text("1")),
    an_empty_text("resolved_by"),
    an_empty_text("resolution_note"),
    instant("resolve_time", nullable=True),
    one_of("kind", ExceptionKind),
    one_of("state", ExceptionState),
    ForeignKeyConstraint(["order_id"], ["orders.order_id"]),
    Index("exceptions_order_idx", "order_id", postgresql_where=text("state = 'OPEN'")),
    Index("exceptions_queue_idx", "state", "create_time", "exception_id"),
)
"""The operator's queue. `key` makes what is seen again one entry with a count. `detail`: a code, about
`facts`; releases before them wrote a sentence there."""
