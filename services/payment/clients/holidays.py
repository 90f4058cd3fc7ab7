"""The public holidays as the `chinesecalendar` library publishes them, a year at a time, each autumn."""

from datetime import date

import chinese_calendar
from chinese_calendar.constants import holidays


class LibraryHolidays:
    """Adapter for the port `PublishedHolidays`."""

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
        return bool(chinese_calendar.is_workday(day))
