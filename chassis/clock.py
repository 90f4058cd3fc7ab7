"""The time. Nothing else in the suite asks the operating system what time it is, so that tests can say it.

Instants are aware and in UTC everywhere inside; Asia/Shanghai is for the edge.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The operating system's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, start: datetime) -> None:
        """`start` must be aware. Raises ValueError otherwise."""
        if start.tzinfo is None:
            raise ValueError("a clock needs an aware instant")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The instant it was last set to."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Moves time on. Raises ValueError for a step backwards."""
        if by < timedelta():
            raise ValueError("time does not run backwards")
        self._now += by
