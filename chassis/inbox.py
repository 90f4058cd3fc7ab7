"""The inbox: which events a service has applied, so that a second delivery changes nothing (F-13)."""

from datetime import datetime
from typing import Final

from sqlalchemy import Column, DateTime, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.ext.asyncio import AsyncConnection

_ACCEPT: Final = text(
    "INSERT INTO inbox (event_id, type, receive_time) VALUES (:event_id, :type, :now) "
    "ON CONFLICT (event_id) DO NOTHING RETURNING true"
)


def table(metadata: MetaData) -> Table:
    """The inbox of a service, for its `tables.py`."""
    return Table(
        "inbox",
        metadata,
        Column("event_id", UUID(as_uuid=False), primary_key=True),
        Column("type", Text, nullable=False),
        Column("receive_time", DateTime(timezone=True), nullable=False, index=True),
    )


async def first_time(transaction: AsyncConnection, event_id: str, event_type: str, now: datetime) -> bool:
    """Takes an event into the inbox; False when it is there already.

    Two deliveries at once wait for each other here, so call it first in the transaction that applies the event.
    """
    found = await transaction.execute(_ACCEPT, {"event_id": event_id, "type": event_type, "now": now})
    return found.one_or_none() is not None
