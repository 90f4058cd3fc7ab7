"""The audit log's statements: entries are added one after the other, each chained to the last (RE-7)."""

from datetime import datetime
from typing import Final

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.review.domain.audit import GENESIS, Note, chained
from services.review.repository import rows
from services.review.tables import audit_entries

# One writer at a time: a chain has one end. It is held until the transaction ends, so it is taken last.
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('zikao.review.audit', 0))")
_LAST: Final = select(audit_entries.c.number, audit_entries.c.hash).order_by(audit_entries.c.number.desc()).limit(1)


async def append(transaction: AsyncConnection, note: Note, *, at: datetime) -> None:
    """Adds an entry inside the transaction that does what it notes; the last thing to do in it."""
    await transaction.execute(_LOCK)
    last = (await transaction.execute(_LAST)).one_or_none()
    number, previous = (last.number + 1, last.hash) if last else (1, GENESIS)
    entry = chained(note, number=number, at=at, previous=previous)
    await transaction.execute(insert(audit_entries).values(rows.of_entry(entry)))
