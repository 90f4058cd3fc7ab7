"""Working days as operators know them better (PA-9)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, extract, select
from sqlalchemy.dialects.postgresql import insert

from chassis.audit_log.entries import append_entry
from chassis.audit_log.notes import AuditNote
from chassis.postgres.database import Database
from services.payment.domain.working_days import CalendarChange, DayOverride, PublishedHolidays, WorkingCalendar
from services.payment.tables import complete_years, day_overrides

REMEMBERED: Final = timedelta(minutes=1)


class WorkingDayRepository:
    """Working days in PostgreSQL. Remembers the calendar for a minute: each payment asks, and it changes yearly."""

    def __init__(self, db: Database, published: PublishedHolidays) -> None:
        self._db = db
        self._published = published
        self._loaded: tuple[datetime, WorkingCalendar] | None = None

    async def get_calendar(self, *, now: datetime) -> WorkingCalendar:
        """The published holidays with the operators' overrides over them, at most a minute old."""
        if self._loaded is None or now - self._loaded[0] >= REMEMBERED:
            days = await self._db.fetch(select(day_overrides.c.date, day_overrides.c.working_day))
            years = await self._db.fetch(select(complete_years.c.year))
            known = WorkingCalendar(
                self._published, {row.date: row.working_day for row in days}, frozenset(row.year for row in years)
            )
            self._loaded = (now, known)
        return self._loaded[1]

    async def list_overrides(self, year: int | None) -> Sequence[DayOverride]:
        """The overrides, by date; of a year, or all."""
        wanted = select(day_overrides).order_by(day_overrides.c.date)
        if year is not None:
            wanted = wanted.where(extract("year", day_overrides.c.date) == year)
        rows = await self._db.fetch(wanted)
        return [DayOverride(row.date, row.working_day, row.note, row.update_time) for row in rows]

    async def change_calendar(self, change: CalendarChange, noted: AuditNote, *, now: datetime) -> None:
        """Records and takes back, all or nothing, which is `noted` in the audit log."""
        async with self._db.transaction() as transaction:
            for override in sorted(change.overrides, key=lambda one: one.day):
                said = insert(day_overrides).values(
                    date=override.day, working_day=override.working_day, note=override.note, update_time=now
                )
                await transaction.execute(
                    said.on_conflict_do_update(
                        index_elements=[day_overrides.c.date],
                        set_={name: said.excluded[name] for name in ("working_day", "note", "update_time")},
                    )
                )
            for year in sorted(change.complete_years):
                declared = insert(complete_years).values(year=year, update_time=now)
                await transaction.execute(declared.on_conflict_do_nothing())
            await transaction.execute(delete(day_overrides).where(day_overrides.c.date.in_(change.removed_days)))
            await transaction.execute(delete(complete_years).where(complete_years.c.year.in_(change.withdrawn_years)))
            await append_entry(transaction, noted, at=now)
        self._loaded = None
