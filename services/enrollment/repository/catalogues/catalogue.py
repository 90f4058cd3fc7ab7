"""The catalogue's tables: loaded whole, changed by imports and by what operators do with sessions."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.audit_log.entries import append_entry
from chassis.audit_log.notes import AuditNote
from chassis.clock import Clock
from chassis.events import outbox as chassis_outbox
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from services.enrollment.domain.catalogue import Catalogue, ExamSession
from services.enrollment.domain.imports.catalogue_draft import Change
from services.enrollment.domain.imports.file_formats import TABLES, Key, Row
from services.enrollment.domain.imports.immovable import Immovable
from services.enrollment.domain.window_operations import moved_end
from services.enrollment.mapping import peer_messages
from services.enrollment.repository.catalogues.catalogue_from_rows import catalogue_from_rows
from services.enrollment.repository.notices.session_notices import add_notice
from services.enrollment.repository.notices.window_announcements import announce_windows
from services.enrollment.repository.outbox_destinations import CREATE_REFUND_BATCH
from services.enrollment.tables import (
    catalogue_revision,
    exam_sessions,
    metadata,
    outbox,
    practice_sittings,
    selections,
)

GET_REVISION: Final = sql("SELECT revision FROM catalogue_revision")
REVISION: Final = select(catalogue_revision.c.revision)
NEXT_REVISION: Final = update(catalogue_revision).values(revision=catalogue_revision.c.revision + 1)

# Selecting a course takes ROW EXCLUSIVE and waits for this; it then sees the new revision and decides again.
SELECTIONS_WAIT: Final = text("LOCK TABLE selections IN SHARE ROW EXCLUSIVE MODE")

_LOADED: Final = (*TABLES, practice_sittings.name)
_SESSION_COLUMNS: Final = (
    "registration_start",
    "registration_end",
    "payment_cutoff",
    "close_time",
    "cancel_time",
    "cancel_reason",
    "refund_request_deadline",
)
_HELD: Final = select(selections.c.session_id, selections.c.course_code).where(selections.c.live).distinct()
_ENDED: Final = select(exam_sessions.c.session_id).where(
    exam_sessions.c.close_time.is_not(None) | exam_sessions.c.cancel_time.is_not(None)
)


class CatalogueRepository:
    """Reads and changes of the catalogue's tables."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def get_revision(self) -> int:
        """The revision of the catalogue as it is now."""
        found: int = await self._db.hot.fetch_value(GET_REVISION)
        return found

    async def load_catalogue(self) -> Catalogue:
        """The whole catalogue, of one moment."""
        async with self._db.snapshot() as connection:
            revision = (await connection.execute(REVISION)).scalar_one()
            found: dict[str, Any] = {
                table: (await connection.execute(select(metadata.tables[table]))).mappings().all() for table in _LOADED
            }
        return catalogue_from_rows(revision, found)

    @asynccontextmanager
    async def begin_import(self, *, timetable: bool) -> AsyncIterator["ImportTransaction"]:
        """One import at a time; with `timetable`, selections wait until it is through."""
        async with self._db.transaction() as connection:
            await connection.execute(REVISION.with_for_update())
            sittings: frozenset[tuple[str, str]] = frozenset()
            if timetable:
                await connection.execute(SELECTIONS_WAIT)
                held = (await connection.execute(_HELD)).all()
                sittings = frozenset((row.session_id, row.course_code) for row in held)
            sessions = frozenset((await connection.execute(_ENDED)).scalars())
            present = {table: await _present(connection, table) for table in TABLES}
            yield ImportTransaction(connection, present, Immovable(sittings, sessions), self._clock)

    async def save_session(self, before: ExamSession, after: ExamSession, note: AuditNote) -> ExamSession | None:
        """Saves a session if it is still at the version of `before`, None otherwise; the catalogue's revision moves on
        with it, and the audit log has an entry.
        """
        async with self._db.transaction() as connection:
            saved = await _save(connection, before, after, self._clock.now())
            if saved is not None:
                await append_entry(connection, note, at=self._clock.now())
            return saved

    async def save_ended_session(self, before: ExamSession, after: ExamSession, note: AuditNote) -> ExamSession | None:
        """The same for a session that ends, once the selections in flight are through.

        Whatever selects after it sees that the session has ended (F-15).
        """
        async with self._db.transaction() as connection:
            await connection.execute(REVISION.with_for_update())
            await connection.execute(SELECTIONS_WAIT)
            saved = await _save(connection, before, after, self._clock.now())
            if saved is not None and saved.cancel_time is not None:
                # PA-12: in the same transaction, so that no cancelled session keeps its money.
                refunds = peer_messages.refunds_of_session(saved.session_id, saved.cancel_reason)
                await chassis_outbox.add(
                    connection, outbox, CREATE_REFUND_BATCH, saved.session_id, refunds, self._clock
                )
            if saved is not None:
                await append_entry(connection, note, at=self._clock.now())
            return saved


class ImportTransaction:
    """The catalogue's tables as an import found them, locked until it ends, and what it may not move."""

    def __init__(
        self,
        connection: AsyncConnection,
        present: Mapping[str, Mapping[Key, Row]],
        immovable: Immovable,
        clock: Clock,
    ) -> None:
        self.tables = present
        self.immovable = immovable
        self._connection = connection
        self._clock = clock

    async def apply(self, changes: Iterable[Change], note: AuditNote) -> None:
        """Writes the changes, moves the catalogue's revision on, and adds the one entry about it to the audit log."""
        for change in changes:
            await self._delete(change)
            if change.upserts:
                await self._upsert(change.table, change.upserts)
            if change.table == exam_sessions.name:
                sessions = [str(row["session_id"]) for row in change.upserts]
                await announce_windows(self._connection, sessions, self._clock.now())
                await self._tell_of_moved_ends(change)
        await self._connection.execute(NEXT_REVISION)
        await append_entry(self._connection, note, at=self._clock.now())

    async def _tell_of_moved_ends(self, change: Change) -> None:
        """EN-19: who has selected something in a session hears that its registration ends at another time."""
        for row in change.upserts:
            before, end = self.tables[change.table].get((row["session_id"],)), row["registration_end"]
            if before is not None and isinstance(end, datetime) and end != before["registration_end"]:
                await add_notice(self._connection, moved_end(str(row["session_id"]), end), self._clock.now())

    async def _delete(self, change: Change) -> None:
        if change.deletes:
            table = metadata.tables[change.table]
            key = tuple_(*(table.c[column] for column in TABLES[change.table].key))
            await self._connection.execute(delete(table).where(key.in_(change.deletes)))

    async def _upsert(self, name: str, rows: Sequence[Row]) -> None:
        table, spec = metadata.tables[name], TABLES[name]
        statement = insert(table)
        changed: dict[str, Any] = {column: statement.excluded[column] for column in spec.kept if column not in spec.key}
        if "version" in table.c and "version" not in spec.kept:
            changed["version"] = table.c.version + 1
        statement = statement.on_conflict_do_update(index_elements=list(spec.key), set_=changed)
        await self._connection.execute(statement, [dict(row) for row in rows])


async def _save(
    connection: AsyncConnection, before: ExamSession, after: ExamSession, now: datetime
) -> ExamSession | None:
    changed: dict[str, Any] = {name: getattr(after, name) for name in _SESSION_COLUMNS}
    statement = (
        update(exam_sessions)
        .where(exam_sessions.c.session_id == before.session_id, exam_sessions.c.version == before.version)
        .values(changed | {"version": exam_sessions.c.version + 1, "settle_time": None})
        .returning(exam_sessions.c.version)
    )
    version = (await connection.execute(statement)).scalar_one_or_none()
    if version is None:
        return None
    await connection.execute(NEXT_REVISION)
    await announce_windows(connection, [before.session_id], now)
    if after.registration_end != before.registration_end:
        await add_notice(connection, moved_end(after.session_id, after.registration_end), now)
    return replace(after, version=version)


async def _present(connection: AsyncConnection, name: str) -> dict[Key, Row]:
    spec, table = TABLES[name], metadata.tables[name]
    found = await connection.execute(select(*(table.c[column] for column in spec.kept)))
    return {spec.key_of(row): row for row in map(dict, found.mappings())}
