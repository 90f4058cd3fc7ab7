"""The public holidays as the `chinesecalendar` library publishes them, a year at a time, each autumn."""

from datetime import date
from functools import lru_cache

import chinese_calendar
from chinese_calendar.constants import holidays


class LibraryHolidays:
    """The holidays that the installed release knows."""

    def __init__(self) -> None:
        years = [day.year for day in holidays]
        self._first_year, self.last_year = min(years), max(years)

    def knows(self, year: int) -> bool:
        """Whether the installed release knows the year's holidays."""
        return self._first_year <= year <= self.last_year

    @staticmethod
    @lru_cache(maxsize=4096)  # the library looks through all its holidays each time, and payments ask about few days
    def is_working_day(day: date) -> bool:
        """Whether `day` is a working day, make-up days counted. Raises NotImplementedError for an unknown year."""
        return bool(chinese_calendar.is_workday(day))
