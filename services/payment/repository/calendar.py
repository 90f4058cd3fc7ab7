"""Working days as operators know them better, and the receipts whose dates depend on them (PA-9)."""

from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, extract, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.postgres.database import Database
from services.payment.domain.calendar import PublishedHolidays, WorkingCalendar
from services.payment.domain.receipts import AWAITED
from services.payment.ports import CalendarChange, DayOverride, ReceiptRow
from services.payment.tables import complete_years, day_overrides, receipts

REMEMBERED: Final = timedelta(minutes=1)
_AWAITED: Final = receipts.c.state.in_([state.value for state in AWAITED])


class CalendarRepository:
    """Adapter for the port `Calendar`. Remembers the calendar for a minute: it changes once a year and is asked
    for with every payment.
    """

    def __init__(self, db: Database, published: PublishedHolidays) -> None:
        self._db = db
        self._published = published
        self._loaded: tuple[datetime, WorkingCalendar] | None = None

    async def load(self, *, now: datetime) -> WorkingCalendar:
        """As the port says."""
        if self._loaded is None or now - self._loaded[0] >= REMEMBERED:
            days = await self._db.fetch(select(day_overrides.c.date, day_overrides.c.working_day))
            years = await self._db.fetch(select(complete_years.c.year))
            known = WorkingCalendar(
                self._published, {row.date: row.working_day for row in days}, frozenset(row.year for row in years)
            )
            self._loaded = (now, known)
        return self._loaded[1]

    async def overrides(self, year: int | None) -> list[DayOverride]:
        """As the port says."""
        wanted = select(day_overrides).order_by(day_overrides.c.date)
        if year is not None:
            wanted = wanted.where(extract("year", day_overrides.c.date) == year)
        rows = await self._db.fetch(wanted)
        return [DayOverride(row.date, row.working_day, row.note, row.update_time) for row in rows]

    async def change(self, change: CalendarChange, *, now: datetime) -> None:
        """As the port says."""
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
        self._loaded = None

    async def receipt(self, order_id: str) -> ReceiptRow | None:
        """As the port says."""
        shown = [receipts.c[field.name] for field in fields(ReceiptRow)]
        row = await self._db.fetch_one(select(*shown).where(receipts.c.order_id == order_id))
        return ReceiptRow(**row._mapping) if row else None

    async def awaited_days(self, *, undated: bool = False) -> list[date]:
        """As the port says."""
        days = select(receipts.c.paid_date).where(_AWAITED).distinct()
        if undated:
            days = days.where(receipts.c.available_date.is_(None))
        return [row.paid_date for row in await self._db.fetch(days.order_by(receipts.c.paid_date))]

    async def set_available(self, paid: date, available: date | None) -> None:
        """As the port says."""
        awaited = update(receipts).where(receipts.c.paid_date == paid, _AWAITED)
        # Whatever was planned for another day is planned anew.
        moved = awaited.where(receipts.c.available_date.is_distinct_from(available))
        await self._db.execute(moved.values(available_date=available, due_time=None, tries=0))
