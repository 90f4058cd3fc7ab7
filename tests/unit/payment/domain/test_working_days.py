"""Receipt dates by Chinese working days (PA-9)."""

from datetime import date, datetime

import pytest

from chassis.clock import SHANGHAI
from services.payment.adapters.published_holidays import LibraryHolidays
from services.payment.domain.working_days import WorkingCalendar, local_date
from services.payment.errors import CalendarUnpublished

CALENDAR = WorkingCalendar(LibraryHolidays())


def due(paid: str, calendar: WorkingCalendar = CALENDAR) -> str:
    return calendar.receipt_date(local_date(datetime.fromisoformat(paid).replace(tzinfo=SHANGHAI))).isoformat()


@pytest.mark.parametrize(
    ("paid", "available"),
    [
        ("2025-03-03T10:00", "2025-03-06"),  # a Monday in an ordinary week
        ("2025-03-06T23:59", "2025-03-11"),  # over a weekend
        ("2025-03-08T09:00", "2025-03-12"),  # on a Saturday: the count begins on Monday
        ("2025-09-26T09:00", "2025-09-30"),  # Sunday the 28th is a make-up working day
        ("2025-09-30T09:00", "2025-10-11"),  # over the eight days of National Day and its make-up Saturday
        ("2025-01-24T09:00", "2025-02-05"),  # over the Spring Festival, with Sunday the 26th a make-up day
        ("2025-12-30T09:00", "2026-01-05"),  # into the next year, whose first make-up day is a Sunday
    ],
)
def test_a_receipt_comes_on_the_third_working_day_after_payment(paid, available):  # PA-9
    assert due(paid) == available


def test_the_day_of_payment_is_the_local_day():  # PA-9
    midnight_in_shanghai = datetime.fromisoformat("2025-03-03T16:00+00:00")  # already Tuesday there
    assert CALENDAR.receipt_date(local_date(midnight_in_shanghai)) == date(2025, 3, 7)


def test_a_year_nobody_has_published_is_refused_by_name():  # PA-9
    year = LibraryHolidays().last_year + 1
    with pytest.raises(CalendarUnpublished) as refused:
        due(f"{year - 1}-12-30T09:00")
    assert refused.value.metadata == {"year": str(year)}


def test_what_operators_know_overrides_the_calendar():  # PA-9
    storm = WorkingCalendar(LibraryHolidays(), {date(2025, 3, 4): False, date(2025, 3, 8): True})
    assert due("2025-03-03T10:00", storm) == "2025-03-07"
    assert due("2025-03-06T10:00", storm) == "2025-03-10"


def test_a_year_declared_complete_is_weekdays_and_its_overrides():  # PA-9
    year = LibraryHolidays().last_year + 1
    told = WorkingCalendar(LibraryHolidays(), {date(year, 1, 1): False}, frozenset({year}))
    assert told.last_known_year == year
    assert told.is_working_day(date(year, 1, 4)) is (date(year, 1, 4).weekday() < 5)
    assert not told.is_working_day(date(year, 1, 1))


def test_days_recorded_before_a_year_is_complete_are_known_and_the_others_are_not():  # PA-9
    year = LibraryHolidays().last_year + 1
    partly = WorkingCalendar(LibraryHolidays(), {date(year, 1, 1): False})
    assert not partly.is_working_day(date(year, 1, 1))
    with pytest.raises(CalendarUnpublished):
        partly.is_working_day(date(year, 1, 2))
