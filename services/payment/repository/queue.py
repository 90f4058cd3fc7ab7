"""The operator's queue."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, select, tuple_, update

from chassis.errors import NotFound
from chassis.postgres.database import Database
from services.payment.domain.exceptions import (
    SYSTEM,
    Detail,
    ExceptionKind,
    ExceptionState,
    Finding,
    QueueEntry,
    Resolution,
)
from services.payment.repository.healing import heal
from services.payment.repository.rows import finding_values, raise_finding
from services.payment.tables import exceptions as table

_ADD: Final = raise_finding(1)
_HEAL: Final = heal(1)


class QueueRepository:
    """Adapter for the port `ExceptionQueue`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, finding: Finding, *, now: datetime) -> None:
        """As the port says."""
        await self._db.driver.execute(_ADD, *finding_values(finding, now))

    async def settle(self, order_id: str, kind: ExceptionKind, how: Resolution, *, now: datetime) -> None:
        """As the port says."""
        waits = update(table).where(
            table.c.order_id == order_id, table.c.kind == kind.value, table.c.state == ExceptionState.OPEN.value
        )
        resolved = {"state": ExceptionState.RESOLVED.value, "resolved_by": SYSTEM, "resolution_note": how.value}
        await self._db.execute(waits.values(**resolved, resolve_time=now, version=table.c.version + 1))

    async def heal(self, kind: ExceptionKind, about: str, *, now: datetime) -> None:
        """As the port says."""
        await self._db.driver.execute(_HEAL, Finding(kind, about).key, now)

    async def get(self, exception_id: str) -> QueueEntry:
        """As the port says."""
        row = await self._db.fetch_one(select(table).where(table.c.exception_id == exception_id))
        if row is None:
            raise NotFound()
        return _entry_from(row)

    async def page(
        self,
        state: ExceptionState,
        kind: ExceptionKind | None,
        order_id: str | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> list[QueueEntry]:
        """As the port says."""
        wanted = select(table).where(table.c.state == state.value)
        if kind is not None:
            wanted = wanted.where(table.c.kind == kind.value)
        if order_id is not None:
            wanted = wanted.where(table.c.order_id == order_id)
        if after is not None:
            wanted = wanted.where(tuple_(table.c.create_time, table.c.exception_id) > after)
        rows = await self._db.fetch(wanted.order_by(table.c.create_time, table.c.exception_id).limit(limit))
        return [_entry_from(row) for row in rows]

    async def resolve(self, entry: QueueEntry, *, by: str, note: str, now: datetime) -> bool:
        """As the port says."""
        resolved = (
            update(table)
            .where(table.c.exception_id == entry.exception_id, table.c.version == entry.version)
            .values(
                state=ExceptionState.RESOLVED.value,
                resolved_by=by,
                resolution_note=note,
                resolve_time=now,
                version=entry.version + 1,
            )
        )
        return await self._db.execute(resolved) == 1


def _entry_from(row: Row[Any]) -> QueueEntry:
    finding = Finding(
        kind=ExceptionKind(row.kind),
        about=row.key.partition(":")[2],
        order_id=row.order_id or "",
        provider=row.provider,
        out_trade_no=row.out_trade_no,
        expected_fen=row.expected_fen,
        found_fen=row.found_fen,
        detail=Detail(row.detail) if row.detail in Detail.__members__ else None,
        facts=row.facts,
    )
    return QueueEntry(
        exception_id=row.exception_id,
        finding=finding,
        state=ExceptionState(row.state),
        occurrence_count=row.occurrence_count,
        create_time=row.create_time,
        last_time=row.last_time,
        version=row.version,
        resolved_by=row.resolved_by,
        resolution_note=row.resolution_note,
        resolve_time=row.resolve_time,
    )
