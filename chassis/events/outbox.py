"""The outbox: what other services must learn, written in the same transaction as the change, delivered afterwards until
acknowledged.

A row goes to a *destination*: a service, whose `Deliver` receives it as an event, or a name for which the owner gives
the relay a sender of its own. Rows of one destination and aggregate arrive in the order in which they were written.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from google.protobuf.message import Message
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    insert,
    text,
)
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import Clock
from chassis.ids import new_id
from chassis.rpc.call_context import trace_parent

COLUMNS: Final = (
    "event_id",
    "destination",
    "aggregate_id",
    "type",
    "payload",
    "trace",
    "create_time",
    "available_time",
)

INSERT_INTO: Final = f"INSERT INTO outbox ({', '.join(COLUMNS)})"
"""For a driver-level statement or a CTE: follow it with VALUES or SELECT over the eight values of `values`, in this
order.
"""


def table(metadata: MetaData) -> Table:
    """The outbox of a service, for its `tables.py`."""
    return Table(
        "outbox",
        metadata,
        Column("event_id", UUID(as_uuid=False), primary_key=True),
        Column("seq", BigInteger, Identity(always=True), nullable=False),
        Column("destination", Text, nullable=False),
        Column("aggregate_id", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        Column("trace", Text, nullable=False, server_default=text("''")),
        Column("create_time", DateTime(timezone=True), nullable=False),
        Column("available_time", DateTime(timezone=True), nullable=False),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Index("outbox_due_idx", "destination", "available_time", "seq"),
        Index("outbox_order_idx", "destination", "aggregate_id", "seq"),
    )


def row(
    destination: str,
    aggregate_id: str,
    message: Message,
    now: datetime,
    *,
    event_id: str | None = None,
    available_time: datetime | None = None,
) -> Mapping[str, Any]:
    """One row, by column: for `insert(outbox).values(row(...))`, alone or as a CTE.

    `available_time` in the future holds the row back until then: an intent that is usually carried out at once and
    settled (`Settler`).
    """
    return {
        "event_id": event_id or new_id(),
        "destination": destination,
        "aggregate_id": aggregate_id,
        "type": message.DESCRIPTOR.full_name,
        "payload": message.SerializeToString(),
        "trace": trace_parent(),
        "create_time": now,
        "available_time": available_time or now,
    }


def values(
    destination: str,
    aggregate_id: str,
    message: Message,
    now: datetime,
    *,
    event_id: str | None = None,
    available_time: datetime | None = None,
) -> tuple[Any, ...]:
    """The same row as a tuple in the order of COLUMNS: the parameters of a driver-level statement."""
    named = row(destination, aggregate_id, message, now, event_id=event_id, available_time=available_time)
    return tuple(named[column] for column in COLUMNS)


async def add(
    transaction: AsyncConnection, outbox: Table, destination: str, aggregate_id: str, message: Message, clock: Clock
) -> None:
    """Writes a row inside a transaction that changes something else too."""
    await transaction.execute(insert(outbox).values(row(destination, aggregate_id, message, clock.now())))
