"""The audit log: entries are added one after the other, each chained to the last (RE-7)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import Clock
from chassis.postgres.database import Database
from chassis.postgres.rows import from_row, row_of
from services.review.domain.audit_log import GENESIS, AuditEntry, AuditNote, chained
from services.review.tables import audit_entries

# One writer at a time: a chain has one end. It is held until the transaction ends, so it is taken last.
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('zikao.review.audit', 0))")
_LAST: Final = select(audit_entries.c.number, audit_entries.c.hash).order_by(audit_entries.c.number.desc()).limit(1)


class AuditLogRepository:
    """The log by itself: what changes nothing is noted here, and everything is read here."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def add_entry(self, note: AuditNote) -> None:
        """Notes what changes nothing: a look, an export."""
        async with self._db.transaction() as transaction:
            await append_entry(transaction, note, at=self._clock.now())

    async def list_entries(
        self, case_id: str, *, since: datetime | None, after: int, size: int
    ) -> Sequence[AuditEntry]:
        """A page of the log, oldest first, after entry number `after`; of all cases when `case_id` is empty."""
        statement = select(audit_entries).where(audit_entries.c.number > after)
        if case_id:
            statement = statement.where(audit_entries.c.case_id == case_id)
        if since is not None:
            statement = statement.where(audit_entries.c.create_time >= since)
        found = await self._db.fetch(statement.order_by(audit_entries.c.number).limit(size))
        return [from_row(AuditEntry, row, note=from_row(AuditNote, row)) for row in found]


async def append_entry(transaction: AsyncConnection, note: AuditNote, *, at: datetime) -> None:
    """Adds an entry inside the transaction that does what it notes; the last thing to do in it."""
    await transaction.execute(_LOCK)
    last = (await transaction.execute(_LAST)).one_or_none()
    number, previous = (last.number + 1, last.hash) if last else (1, GENESIS)
    entry = chained(note, number=number, at=at, previous=previous)
    noted = row_of(audit_entries, note, facts=dict(note.facts or {}))
    await transaction.execute(insert(audit_entries).values(row_of(audit_entries, entry, **noted)))
