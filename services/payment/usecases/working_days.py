"""Working days as operators know them better, and the dates of receipts that depend on them (PA-9)."""

from contextlib import suppress
from datetime import date, datetime

from chassis.audit_log.notes import AuditAction, AuditNote
from services.payment.dependencies import Dependencies
from services.payment.domain.operator_queue import Detail, ExceptionKind, Finding
from services.payment.domain.receipts import ReceiptDates
from services.payment.domain.working_days import CalendarChange, KnownDays, WorkingCalendar, local_date
from services.payment.errors import CalendarUnpublished


async def receipt_dates_or_raise(deps: Dependencies, paid_time: datetime) -> ReceiptDates:
    """The local day of a payment that is being settled and the day of its receipt: holidays not yet published hold up
    no payment, but operators are told.
    """
    paid, calendar = local_date(paid_time), await deps.working_days.get_calendar(now=deps.clock.now())
    return ReceiptDates(paid, await _available(deps, paid, calendar))


async def unpublished_year(deps: Dependencies, paid: date) -> int:
    """The year whose holidays the receipts for payments of a day wait for; 0 when they are known."""
    calendar = await deps.working_days.get_calendar(now=deps.clock.now())
    try:
        calendar.receipt_date(paid)
    except CalendarUnpublished as unpublished:
        return int(unpublished.metadata["year"])
    return 0


async def list_overrides(deps: Dependencies, year: int | None) -> KnownDays:
    """What operators have recorded, for a year or altogether."""
    overrides = await deps.working_days.list_overrides(year)
    return KnownDays(overrides, await deps.working_days.get_calendar(now=deps.clock.now()))


async def change_calendar(deps: Dependencies, change: CalendarChange) -> KnownDays:
    """Records what operators know, takes back what they do not, and dates afresh the receipts still to come."""
    now = deps.clock.now()
    days = [*(one.day for one in change.overrides), *change.removed_days]
    facts = {"days": " ".join(day.isoformat() for day in sorted(days))}
    noted = AuditNote(AuditAction.DAY_OVERRIDES_SET, "working days", "", facts=facts)
    await deps.working_days.change_calendar(change, noted, now=now)
    calendar = await deps.working_days.get_calendar(now=now)
    for day in await deps.receipts.list_awaited_days():
        await deps.receipts.set_available_date(day, await _available(deps, day, calendar))
    for year in filter(calendar.knows, change.complete_years):
        await deps.operator_queue.heal_finding(ExceptionKind.CALENDAR_UNPUBLISHED, str(year), now=now)
    return KnownDays(await deps.working_days.list_overrides(None), calendar)


async def date_undated_receipts(deps: Dependencies) -> None:
    """Dates receipts that had none, where the holidays they waited for are known by now."""
    calendar = await deps.working_days.get_calendar(now=deps.clock.now())
    for day in await deps.receipts.list_awaited_days(undated=True):
        with suppress(CalendarUnpublished):
            await deps.receipts.set_available_date(day, calendar.receipt_date(day))


async def _available(deps: Dependencies, paid: date, calendar: WorkingCalendar) -> date | None:
    """The day of receipts for payments of a day. Where it is unknown, operators are told."""
    try:
        return calendar.receipt_date(paid)
    except CalendarUnpublished as unpublished:
        kind, year = ExceptionKind.CALENDAR_UNPUBLISHED, unpublished.metadata["year"]
        missing = Finding(kind, about=year, detail=Detail.HOLIDAYS_MISSING, facts={"year": year})
        await deps.operator_queue.add_finding(missing, now=deps.clock.now())
        return None
