"""Work that a process does by itself, again and again, beside what it is asked for."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from chassis.errors import Refusal
from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)

AT_ONCE = timedelta(0)
"""What a round answers when there is more to do already."""


class Job(Protocol):
    """Something that runs beside a server until it is cancelled."""

    async def run(self) -> None:
        """Runs until cancelled; an error that leaves it ends the process."""
        ...


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """Rounds of some work with a pause after each. Whatever a round fails with, the next one is due all the same."""

    name: str
    work: Callable[[], Awaitable[timedelta | None]]
    """One round. It may answer how long to pause this time; None means as usual."""
    pause: timedelta

    async def run(self) -> None:
        """Works until cancelled. A database that is away stops nothing for good."""
        while True:
            pause = await self.once()
            await asyncio.sleep((self.pause if pause is None else pause).total_seconds())

    async def once(self) -> timedelta | None:
        """One round, and the pause that it asks for; a failure is logged."""
        try:
            return await self.work()
        except Refusal as refusal:
            _log.warning("a round failed", job=self.name, reason=refusal.reason)
        except Exception as error:
            _log.warning("a round failed", job=self.name, error=type(error).__name__)
        return None
