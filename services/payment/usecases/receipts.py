"""When receipts become available (PA-9), and what operators say about working days."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from chassis.clock import SHANGHAI
from services.payment.domain.calendar import RECEIPT_WORKING_DAYS, WorkingCalendar, receipt_date
from services.payment.domain.exceptions import Detail, ExceptionKind, Finding
from services.payment.errors import CalendarUnpublished
from services.payment.ports import CalendarChange, DayOverride, ReceiptDates
from services.payment.usecases.till import Till


def receipt_dates(paid_time: datetime, calendar: WorkingCalendar) -> ReceiptDates:
    """PA-9: the local day of payment and the day of its receipt. Raises CalendarUnpublished."""
    return ReceiptDates(paid_time.astimezone(SHANGHAI).date(), receipt_date(paid_time, SHANGHAI, calendar))


async def dates_or_raise_it(till: Till, paid_time: datetime) -> ReceiptDates:
    """The dates for a payment that is being settled: holidays not yet published hold up no payment, but operators
    are told.
    """
    try:
        return receipt_dates(paid_time, await till.calendar.load(now=till.clock.now()))
    except CalendarUnpublished as unpublished:
        await _raise_unpublished(till, unpublished)
        return ReceiptDates(paid_time.astimezone(SHANGHAI).date(), None)


@dataclass(frozen=True, slots=True)
class KnownDays:
    """What operators know better, and the calendar with it."""

    overrides: list[DayOverride]
    calendar: WorkingCalendar


async def list_overrides(till: Till, year: int | None) -> KnownDays:
    """What operators have recorded, for a year or altogether."""
    return KnownDays(await till.calendar.overrides(year), await till.calendar.load(now=till.clock.now()))


async def change_calendar(till: Till, change: CalendarChange) -> KnownDays:
    """Records what operators know and takes back what they do not, and computes afresh the dates of receipts that are
    still to come.
    """
    now = till.clock.now()
    await till.calendar.change(change, now=now)
    calendar = await till.calendar.load(now=now)
    for day in await till.calendar.awaited_days():
        await till.calendar.set_available(day, await _available(till, day, calendar))
    for year in filter(calendar.knows, change.complete_years):
        await till.queue.heal(ExceptionKind.CALENDAR_UNPUBLISHED, str(year), now=now)
    return KnownDays(await till.calendar.overrides(None), calendar)


async def date_what_is_known_now(till: Till) -> None:
    """Dates receipts that had none, where the holidays they waited for are known by now."""
    calendar = await till.calendar.load(now=till.clock.now())
    for day in await till.calendar.awaited_days(undated=True):
        with suppress(CalendarUnpublished):
            await till.calendar.set_available(day, calendar.add_working_days(day, RECEIPT_WORKING_DAYS))


async def _available(till: Till, paid: date, calendar: WorkingCalendar) -> date | None:
    """The day of receipts for payments of a day. Where it has become unknown, operators are told."""
    try:
        return calendar.add_working_days(paid, RECEIPT_WORKING_DAYS)
    except CalendarUnpublished as unpublished:
        await _raise_unpublished(till, unpublished)
        return None


async def _raise_unpublished(till: Till, unpublished: CalendarUnpublished) -> None:
    year = unpublished.metadata["year"]
    missing = Finding(
        ExceptionKind.CALENDAR_UNPUBLISHED, about=year, detail=Detail.HOLIDAYS_MISSING, facts={"year": year}
    )
    await till.queue.add(missing, now=till.clock.now())
