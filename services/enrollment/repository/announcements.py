"""What was published, and what of it is in force (EN-17)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select, update

from chassis.audit_log.entries import append_entry
from chassis.audit_log.notes import AuditNote
from chassis.clock import Clock
from chassis.errors import NotFound
from chassis.postgres.columns import any_of
from chassis.postgres.database import Database
from chassis.postgres.keyset_pages import rows_after
from chassis.postgres.rows import from_row, row_of
from services.enrollment.domain.announcements import Announcement, Readership
from services.enrollment.tables import announcements

MOST_IN_FORCE: Final = 200

_ORDER: Final = (announcements.c.create_time, announcements.c.announcement_id)
_NEWEST_FIRST: Final = tuple(column.desc() for column in _ORDER)


class AnnouncementRepository:
    """Announcements and frequent questions."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def list_in_force(self, readers: Readership) -> Sequence[Announcement]:
        """What is in force for its readers, the newest first."""
        meant = any_of(announcements.c.audience, [one.value for one in readers.audiences])
        about = any_of(announcements.c.session_id, readers.sessions)
        in_force = announcements.c.withdraw_time.is_(None)
        statement = select(announcements).where(in_force, meant, about).order_by(*_NEWEST_FIRST)
        return await self._read(statement.limit(MOST_IN_FORCE))

    async def list_published(self, after: tuple[datetime, str] | None, size: int) -> Sequence[Announcement]:
        """A page of whatever was published, the newest first."""
        further = rows_after(after, *_ORDER, newest_first=True)
        return await self._read(select(announcements).where(further).order_by(*_NEWEST_FIRST).limit(size))

    async def get_announcement(self, announcement_id: str) -> Announcement:
        """One of them. Raises NotFound."""
        found = await self._read(_one(announcement_id))
        if not found:
            raise NotFound()
        return found[0]

    async def add_announcement(self, announcement: Announcement, note: AuditNote) -> None:
        """Publishes it."""
        async with self._db.transaction() as transaction:
            await transaction.execute(announcements.insert().values(row_of(announcements, announcement)))
            await append_entry(transaction, note, at=self._clock.now())

    async def withdraw_announcement(self, announcement: Announcement, note: AuditNote) -> None:
        """Takes it out of force, unless somebody has done so already."""
        changed = (
            update(announcements)
            .where(
                announcements.c.announcement_id == announcement.announcement_id,
                announcements.c.withdraw_time.is_(None),
            )
            .values(withdraw_time=announcement.withdraw_time)
        )
        async with self._db.transaction() as transaction:
            if (await transaction.execute(changed)).rowcount:
                await append_entry(transaction, note, at=self._clock.now())

    async def _read(self, statement: Select[Any]) -> Sequence[Announcement]:
        return [from_row(Announcement, row) for row in await self._db.fetch(statement)]


def _one(announcement_id: str) -> Select[Any]:
    return select(announcements).where(announcements.c.announcement_id == announcement_id)
