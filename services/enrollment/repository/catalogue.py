"""The catalogue: loaded whole, kept in the process, changed by imports and by what operators do with sessions."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Table, delete, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import Clock
from chassis.events import outbox
from chassis.postgres.database import Database
from services.enrollment import tables
from services.enrollment.domain.assembly import assemble
from services.enrollment.domain.catalogue import EMPTY, Catalogue, ExamSession
from services.enrollment.domain.importing import SPECS, Change, Held, Key, Row
from services.enrollment.mapping.messages import refunds_of_session
from services.enrollment.repository.changes import CREATE_REFUND_BATCH
from services.enrollment.repository.windows import announce
from services.enrollment.tables import OUTBOX

CHECKED_EVERY: Final = timedelta(seconds=1)
"""How old a catalogue may be for reading; decisions name the revision they need."""

_STORED: Final = {spec.table: spec for spec in SPECS.values()}
_LOADED: Final = (*_STORED, tables.PRACTICE_SITTING.name)
REVISION: Final = select(tables.CATALOGUE_REVISION.c.revision)
NEXT_REVISION: Final = update(tables.CATALOGUE_REVISION).values(revision=tables.CATALOGUE_REVISION.c.revision + 1)
_SESSION_COLUMNS: Final = (
    "registration_start",
    "registration_end",
    "payment_cutoff",
    "close_time",
    "cancel_time",
    "cancel_reason",
)
_HELD: Final = select(tables.SELECTION.c.session_id, tables.SELECTION.c.course_code).where(tables.SELECTION.c.live)
_ENDED: Final = select(tables.EXAM_SESSION.c.session_id).where(
    tables.EXAM_SESSION.c.close_time.is_not(None) | tables.EXAM_SESSION.c.cancel_time.is_not(None)
)

# Selecting a course takes ROW EXCLUSIVE and waits for this; it then sees the new revision and decides again.
SELECTIONS_WAIT: Final = text("LOCK TABLE selection IN SHARE ROW EXCLUSIVE MODE")


class CatalogueRepository:
    """Reads and changes of the catalogue's tables."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def revision(self) -> int:
        """The revision of the catalogue as it is now."""
        found: int = await self._db.driver.fetchval("SELECT revision FROM catalogue_revision")
        return found

    async def load(self) -> Catalogue:
        """The whole catalogue, of one moment."""
        async with (
            self._db.driver.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            revision = await connection.fetchval("SELECT revision FROM catalogue_revision")
            found: dict[str, Any] = {table: await connection.fetch(f'SELECT * FROM "{table}"') for table in _LOADED}
        found["question"] = [{**row, "options": json.loads(row["options"])} for row in found["question"]]
        return assemble(revision, found)

    @asynccontextmanager
    async def importing(self, *, timetable: bool) -> AsyncIterator["ImportInTransaction"]:
        """One import at a time; with `timetable`, selections wait until it is through."""
        async with self._db.transaction() as connection:
            await connection.execute(REVISION.with_for_update())
            sittings: frozenset[tuple[str, str]] = frozenset()
            if timetable:
                await connection.execute(SELECTIONS_WAIT)
                sittings = frozenset((row[0], row[1]) for row in await connection.execute(_HELD.distinct()))
            sessions = frozenset((await connection.execute(_ENDED)).scalars())
            present = {table: await _present(connection, table) for table in _STORED}
            yield ImportInTransaction(connection, present, Held(sittings, sessions), self._clock)

    async def save_session(self, before: ExamSession, after: ExamSession) -> ExamSession | None:
        """Saves a session if it is still at the version of `before`; the catalogue's revision moves on with it."""
        async with self._db.transaction() as connection:
            return await _save(connection, before, after, self._clock.now())

    async def end_session(self, before: ExamSession, after: ExamSession) -> ExamSession | None:
        """The same for a session that ends, once the selections in flight are through: whatever selects after it sees
        that the session has ended (F-15).
        """
        async with self._db.transaction() as connection:
            await connection.execute(REVISION.with_for_update())
            await connection.execute(SELECTIONS_WAIT)
            saved = await _save(connection, before, after, self._clock.now())
            if saved is not None and saved.cancel_time is not None:
                # PA-12: in the same transaction, so that no cancelled session keeps its money.
                refunds = refunds_of_session(saved.session_id, saved.cancel_reason)
                await outbox.add(connection, OUTBOX, CREATE_REFUND_BATCH, saved.session_id, refunds, self._clock)
            return saved


async def _save(
    connection: AsyncConnection, before: ExamSession, after: ExamSession, now: datetime
) -> ExamSession | None:
    session = tables.EXAM_SESSION
    changed: dict[str, Any] = {name: getattr(after, name) for name in _SESSION_COLUMNS}
    statement = (
        update(session)
        .where(session.c.session_id == before.session_id, session.c.version == before.version)
        .values(changed | {"version": session.c.version + 1, "settle_time": None})
        .returning(session.c.version)
    )
    version = (await connection.execute(statement)).scalar_one_or_none()
    if version is None:
        return None
    await connection.execute(NEXT_REVISION)
    await announce(connection, [before.session_id], now)
    return replace(after, version=version)


class ImportInTransaction:
    """The catalogue's tables as an import found them, locked."""

    def __init__(
        self,
        connection: AsyncConnection,
        present: Mapping[str, Mapping[Key, Row]],
        held: Held,
        clock: Clock,
    ) -> None:
        self.tables = present
        self.held = held
        self._connection = connection
        self._clock = clock

    async def apply(self, changes: Iterable[Change]) -> None:
        """Writes the changes and moves the catalogue's revision on."""
        for change in changes:
            await self._delete(change)
            if change.upserts:
                await self._upsert(change.table, change.upserts)
            if change.table == tables.EXAM_SESSION.name:
                sessions = [str(row["session_id"]) for row in change.upserts]
                await announce(self._connection, sessions, self._clock.now())
        await self._connection.execute(NEXT_REVISION)

    async def _delete(self, change: Change) -> None:
        if change.deletes:
            table = tables.METADATA.tables[change.table]
            key = tuple_(*(table.c[column] for column in _STORED[change.table].key))
            await self._connection.execute(delete(table).where(key.in_(change.deletes)))

    async def _upsert(self, name: str, rows: Sequence[Row]) -> None:
        table, spec = tables.METADATA.tables[name], _STORED[name]
        statement = insert(table)
        changed: dict[str, Any] = {column: statement.excluded[column] for column in spec.kept if column not in spec.key}
        if "version" in table.c and "version" not in spec.kept:
            changed["version"] = table.c.version + 1
        statement = statement.on_conflict_do_update(index_elements=list(spec.key), set_=changed)
        await self._connection.execute(statement, [dict(row) for row in rows])


async def _present(connection: AsyncConnection, name: str) -> dict[Key, Row]:
    spec, table = _STORED[name], _table(name)
    found = await connection.execute(select(*(table.c[column] for column in spec.kept)))
    return {spec.key_of(row): row for row in map(dict, found.mappings())}


def _table(name: str) -> Table:
    return tables.METADATA.tables[name]


class CatalogueCache:
    """The catalogue in the process.

    Never the source of truth: whoever decides names the revision read beside the facts.
    """

    def __init__(self, repository: CatalogueRepository, clock: Clock) -> None:
        self._repository = repository
        self._clock = clock
        self._kept = EMPTY
        self._check_time: datetime | None = None
        self._loading = asyncio.Lock()
        self._checking = asyncio.Lock()

    async def current(self) -> Catalogue:
        """The catalogue as it was at most a second ago."""
        if not self._is_fresh():
            async with self._checking:  # one statement a second at most, however many read
                if not self._is_fresh():
                    return await self.latest()
        return self._kept

    async def latest(self) -> Catalogue:
        """The catalogue as it is now."""
        now = self._clock.now()
        catalogue = await self.at(await self._repository.revision())
        self._check_time = now
        return catalogue

    def _is_fresh(self) -> bool:
        return self._check_time is not None and self._clock.now() < self._check_time + CHECKED_EVERY

    async def at(self, revision: int) -> Catalogue:
        """The catalogue at this revision or a later one."""
        if self._kept.revision >= revision:
            return self._kept
        async with self._loading:
            if self._kept.revision < revision:
                self._kept = await self._repository.load()
        return self._kept
