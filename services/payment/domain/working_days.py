"""Working days (PA-9): Chinese public holidays and make-up working days (调休) counted, loud for years nobody has
published yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from chassis.clock import SHANGHAI
from services.payment.errors import CalendarUnpublished

RECEIPT_WORKING_DAYS: Final = 3
SATURDAY: Final = 5


class PublishedHolidays(Protocol):
    """The public holidays as published, for example by a library."""

    last_year: int
    """The last year whose holidays are known."""

    def knows(self, year: int) -> bool:
        """Whether the year's holidays are known."""
        ...

    def is_working_day(self, day: date) -> bool:
        """Whether `day`, of a known year, is a working day."""
        ...


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The published holidays, and over them what operators know better: single days, and years declared complete."""

    published: PublishedHolidays
    overrides: Mapping[date, bool] = field(default_factory=dict)
    complete_years: frozenset[int] = frozenset()

    @property
    def last_known_year(self) -> int:
        """The last year of which every day is known."""
        return max(self.published.last_year, *self.complete_years, 0)

    def knows(self, year: int) -> bool:
        """Whether every day of a year is known."""
        return self.published.knows(year) or year in self.complete_years

    def is_working_day(self, day: date) -> bool:
        """Whether `day` is a working day. Raises CalendarUnpublished when its year is known to nobody."""
        if (said := self.overrides.get(day)) is not None:
            return said
        if self.published.knows(day.year):
            return self.published.is_working_day(day)
        if day.year in self.complete_years:
            return day.weekday() < SATURDAY
        raise CalendarUnpublished(year=str(day.year))

    def receipt_date(self, paid: date) -> date:
        """PA-9: the day on which the e-receipt of a payment becomes available, three working days after its local day.

        Raises CalendarUnpublished.
        """
        day, left = paid, RECEIPT_WORKING_DAYS
        while left:
            day += timedelta(days=1)
            left -= self.is_working_day(day)
        return day


@dataclass(frozen=True, slots=True)
class DayOverride:
    """What an operator knows better about one day."""

    day: date
    working_day: bool
    note: str
    update_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """What an operator changes: days recorded and taken back, years declared complete and withdrawn (PA-9)."""

    overrides: tuple[DayOverride, ...] = ()
    complete_years: frozenset[int] = frozenset()
    removed_days: frozenset[date] = frozenset()
    withdrawn_years: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class KnownDays:
    """What operators know better, and the calendar with it."""

    overrides: Sequence[DayOverride]
    calendar: WorkingCalendar


def local_date(instant: datetime) -> date:
    """The day in Asia/Shanghai of an instant."""
    return instant.astimezone(SHANGHAI).date()
