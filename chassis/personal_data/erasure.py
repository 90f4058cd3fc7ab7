"""Erases what a service holds about a candidate (ID-20), inside one transaction."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.audit_log.entries import erase_reasons
from chassis.events.outbox import relay_lock
from chassis.personal_data.own_rows import Erasure, OwnRows
from chassis.security.tokens import Access

_WAIT_FOR_RELAY: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_TAKE_BACK: Final = text(
    "DELETE FROM outbox WHERE aggregate_id = ANY(:aggregates) AND destination = ANY(:destinations)"
)
_FORGET_ANSWERS: Final = text("DELETE FROM kept_answers WHERE caller = :caller OR candidate_id = :candidate_id")


async def stop_deliveries(transaction: AsyncConnection, schema: str, destinations: Sequence[str]) -> None:
    """Waits for what is being delivered to these destinations and holds back everything else until the transaction
    ends; the first thing to do in it: what is delivered may wait for a row.
    """
    for destination in sorted(destinations):
        await transaction.execute(_WAIT_FOR_RELAY, {"name": relay_lock(schema, destination)})


async def erase_rows(transaction: AsyncConnection, tables: Sequence[OwnRows], candidate_id: str) -> None:
    """Removes the rows that are to be gone and blanks those that stay, table by table in the given order."""
    for own in tables:
        if own.erasure is Erasure.GONE:
            await transaction.execute(delete(own.table).where(own.whose), {"owner_id": candidate_id})
        elif own.blank is not None:
            await transaction.execute(update(own.table).where(own.whose).values(own.blank), {"owner_id": candidate_id})


async def erase_traces(
    transaction: AsyncConnection, candidate_id: str, aggregates: Sequence[str], destinations: Sequence[str]
) -> None:
    """Takes back what is on its way about a candidate, by `aggregates`, once deliveries to its `destinations` are
    stopped; forgets kept answers, and what people typed in the audit log.
    """
    on_its_way = {"aggregates": [candidate_id, *aggregates], "destinations": list(destinations)}
    await transaction.execute(_TAKE_BACK, on_its_way)
    caller = f"{Access.CANDIDATE.value} {candidate_id}"
    await transaction.execute(_FORGET_ANSWERS, {"caller": caller, "candidate_id": candidate_id})
    await erase_reasons(transaction, candidate_id)
