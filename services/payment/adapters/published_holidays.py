"""The public holidays as the `chinesecalendar` library publishes them, a year at a time, each autumn."""

from datetime import date
from functools import lru_cache

import chinese_calendar
from chinese_calendar.constants import holidays


class LibraryHolidays:
    """The holidays that the installed release knows."""

    def __init__(self) -> None:
        years = [day.year for day in holidays]
        self._first, self._last = min(years), max(years)

    @property
    def last_year(self) -> int:
        """The last year whose holidays the installed release knows."""
        return self._last

    def knows(self, year: int) -> bool:
        """Whether the installed release knows the year's holidays."""
        return self._first <= year <= self._last

    def is_working_day(self, day: date) -> bool:
        """Whether `day` is a working day, make-up days counted. Raises NotImplementedError for a year that is not
        known.
        """
        return _is_working_day(day)


@lru_cache(maxsize=4096)
def _is_working_day(day: date) -> bool:
    """The library looks through all its holidays for every day it is asked about, and payments ask about the same few
    days.
    """
    return bool(chinese_calendar.is_workday(day))
