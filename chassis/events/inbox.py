"""The inbox: which events a service has applied, so that a second delivery changes nothing (F-13)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.ext.asyncio import AsyncConnection

_ACCEPT: Final = text(
    "INSERT INTO inbox (event_id, type, receive_time) SELECT unnest(:event_ids), :type, :now "
    "ON CONFLICT (event_id) DO NOTHING RETURNING event_id"
).bindparams(bindparam("event_ids", type_=ARRAY(UUID(as_uuid=False))))


async def accept_new_events(
    transaction: AsyncConnection, event_ids: Iterable[str], event_type: str, now: datetime
) -> frozenset[str]:
    """Takes events of one type into the inbox, and says which were not there yet.

    Two deliveries at once wait for each other here, so call it first in the transaction that applies the events. They
    are taken in one order everywhere, so that two that share several wait in line.
    """
    found = await transaction.execute(_ACCEPT, {"event_ids": sorted(event_ids), "type": event_type, "now": now})
    return frozenset(str(event_id) for event_id in found.scalars())
