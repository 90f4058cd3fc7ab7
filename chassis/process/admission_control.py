"""Admits as much work as can be answered in time, and refuses the rest at once.

How much that is nobody knows beforehand: it follows from what the requests cost, and from who else uses the machine. By
Little's law, what is under way is what is answered in a second times how long an answer takes; so the limit of what may
be under way is moved until half of what is admitted is answered within a given time. Nothing waits before it is
admitted, and what is admitted waits no longer than that, wherever it does: for the processor, a connection, a peer.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum
from random import uniform
from typing import Final, Self

from chassis.config import ServerConfig
from chassis.errors import Overloaded
from chassis.telemetry.lock_free_metrics import Gauge

USUAL: Final = 128
"""Under way at once while nothing is known of what they cost: a burst that an idle process can well take."""
LEAST: Final = 32
"""Under way at once in any case: few enough to be answered in time by what is slowest here."""
COHORT_SECONDS: Final = 0.1
"""Who is admitted within so long is judged together."""
MOST_GROWTH: Final = 1.2
MOST_CUT: Final = 0.5
"""By how much one cohort may move the limit."""
FORGETTING: Final = 0.02
"""By what share of the difference a limit that is not reached returns to USUAL with every cohort: what was carried of
cheap requests says little about dear ones, and the other way round.
"""
RETRY_SECONDS: Final = (0.5, 1.5)
"""Between these, at random, times how many times too many there are: who is refused together must not come back
together.
"""
LONGEST_RETRY: Final = timedelta(seconds=30)

LIMIT: Final = Gauge("zikao_admission_limit", "How many requests may be under way at present.", ["kind"])


class Priority(IntEnum):
    """Who goes before whom when not everybody can."""

    LOW = 1
    NORMAL = 2
    HIGH = 3


SHARES: Final = {Priority.LOW: 0.7, Priority.NORMAL: 0.85, Priority.HIGH: 1.0}
"""The share of the limit up to which each priority is admitted: above it there is room for higher ones only."""


@dataclass(slots=True)
class _Cohort:
    """Those admitted within COHORT_SECONDS, its members, with how long each took that is answered, in seconds. Until it
    is judged: how many were admitted and refused, and the most that was under way.
    """

    began: float = 0.0
    members: int = 0
    taken: list[float] = field(default_factory=list)
    admitted: int = 0
    refused: int = 0
    peak: int = 0


class AdmissionControl:
    """The limit of one process or kind of work. Belongs to the event loop's thread."""

    def __init__(self, target: timedelta, most: int, *, kind: str, now: Callable[[], float] = time.monotonic) -> None:
        """Half of what is admitted shall be answered within `target`; more than `most` is never under way. `now` gives
        seconds.
        """
        self._target = target.total_seconds()
        self._most = most
        self._now = now
        self._shown = LIMIT.of(kind)
        self._under_way = 0
        self._excess = 1.0
        self._cohort = _Cohort()
        self._set_limit(USUAL)

    @classmethod
    def of(cls, config: ServerConfig, kind: str) -> Self:
        """As a server is configured."""
        return cls(timedelta(seconds=config.target_seconds), config.max_concurrency, kind=kind)

    @property
    def limit(self) -> float:
        """How many may be under way at present."""
        return self._limit

    def require_room(self, priority: Priority) -> None:
        """Refuses what would not be admitted now, before anything is done for it. Raises Overloaded."""
        if self._under_way >= self._limit * SHARES[priority]:
            self._cohort.refused += 1
            wait = timedelta(seconds=uniform(*RETRY_SECONDS) * self._excess)  # noqa: S311  # no secret
            raise Overloaded(retry_after=min(wait, LONGEST_RETRY))

    @contextmanager
    def admitted(self, priority: Priority) -> Iterator[None]:
        """Has a place for the length of a block. Raises Overloaded."""
        self.require_room(priority)
        began, cohort = self._enter()
        try:
            yield
        finally:
            self._leave(began, cohort)

    def _enter(self) -> tuple[float, _Cohort]:
        now, cohort = self._now(), self._cohort
        if not cohort.admitted:
            cohort.began = now
        if now < cohort.began + COHORT_SECONDS:
            cohort.members += 1
        self._under_way += 1
        cohort.admitted += 1
        cohort.peak = max(cohort.peak, self._under_way)
        return now, cohort

    def _leave(self, began: float, cohort: _Cohort) -> None:
        self._under_way -= 1
        if cohort is not self._cohort:
            return
        now, end = self._now(), cohort.began + COHORT_SECONDS
        if began < end:
            cohort.taken.append(now - began)
        # Half of a cohort tells its median: whoever is not answered yet takes longer.
        if now >= end and 2 * len(cohort.taken) > cohort.members:
            self._judge(cohort)
            self._cohort = _Cohort()

    def _judge(self, cohort: _Cohort) -> None:
        median = sorted(cohort.taken)[cohort.members // 2]
        change = self._target / max(median, self._target / MOST_GROWTH)
        if median > self._target:
            self._set_limit(min(self._limit, cohort.peak) * max(MOST_CUT, change))
        elif cohort.refused or cohort.peak >= self._limit * SHARES[Priority.LOW]:
            self._set_limit(self._limit * change)
        else:
            self._set_limit(self._limit + (USUAL - self._limit) * FORGETTING)
        self._excess = (cohort.admitted + cohort.refused) / cohort.admitted

    def _set_limit(self, limit: float) -> None:
        self._limit = min(float(self._most), max(float(LEAST), limit))
        self._shown.now = int(self._limit)
