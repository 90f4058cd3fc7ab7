"""The outbox: what other services must learn, written in the same transaction as the change, delivered afterwards until
acknowledged.

A row goes to a *destination*: a service, whose `Deliver` receives it as an event, or a name for which the owner gives
the relay a sender of its own. Rows of one destination and aggregate arrive in the order in which they were written.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from google.protobuf.message import Message
from sqlalchemy import Table, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.call_context import trace_parent
from chassis.clock import Clock
from chassis.ids import new_id

_TYPES: Final = {
    "event_id": "uuid",
    "destination": "text",
    "aggregate_id": "text",
    "type": "text",
    "payload": "bytea",
    "trace": "text",
    "create_time": "timestamptz",
    "available_time": "timestamptz",
}
COLUMNS: Final = tuple(_TYPES)

INSERT_INTO: Final = f"INSERT INTO outbox ({', '.join(COLUMNS)})"


def insert_from(step: str) -> str:
    """A fragment that writes one event if `step`, an earlier part of the statement, has a row; its parameters are those
    of `parameters`.
    """
    values = ", ".join(f":outbox_{column}::{kind}" for column, kind in _TYPES.items())
    return f"{INSERT_INTO} SELECT {values} FROM {step}"


def insert_all_if(condition: str) -> str:
    """A fragment that writes any number of events if `condition` holds; its parameters are those of
    `parameters_of_all`.
    """
    arrays = ", ".join(f":outbox_{column}::{kind}[]" for column, kind in _TYPES.items())
    return f"{INSERT_INTO} SELECT * FROM unnest({arrays}) WHERE {condition}"


def parameters(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row as the named parameters of `insert_from`."""
    return {f"outbox_{column}": row[column] for column in COLUMNS}


def parameters_of_all(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Rows as the named parameters of `insert_all_if`."""
    return {f"outbox_{column}": [row[column] for row in rows] for column in COLUMNS}


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
    removed (`InlineCompletions`).
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


async def add(
    transaction: AsyncConnection, outbox: Table, destination: str, aggregate_id: str, message: Message, clock: Clock
) -> None:
    """Writes a row inside a transaction that changes something else too."""
    await transaction.execute(insert(outbox).values(row(destination, aggregate_id, message, clock.now())))


async def take_back(transaction: AsyncConnection, outbox: Table, schema: str, destination: str, event_id: str) -> bool:
    """Removes a row that was held back, inside a transaction that undoes what it tells. False when it has been sent.

    A relay that is delivering to the destination is waited for: whatever is taken back has reached nobody.
    """
    lock = func.pg_advisory_xact_lock(func.hashtextextended(relay_lock(schema, destination), 0))
    await transaction.execute(select(lock))
    taken = await transaction.execute(delete(outbox).where(outbox.c.event_id == event_id))
    return taken.rowcount == 1


def relay_lock(schema: str, destination: str) -> str:
    """The name of the lock that whoever delivers the rows of a destination holds."""
    return f"zikao.outbox.{schema}.{destination}"


async def add_all(transaction: AsyncConnection, outbox: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes any number of rows inside such a transaction; one whose `event_id` is there already is left out."""
    if rows:
        await transaction.execute(insert(outbox).on_conflict_do_nothing(), rows)
