"""Forgets kept answers and heard events when nobody can ask for them again: answers may repeat what people sent, and
neither table may grow for ever.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.postgres.database import Database
from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)

EVERY_SECONDS: Final = 3600.0
AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """A table whose rows lose their use: the column that says how old a row is, and how long it is kept."""

    table: str
    column: str
    kept: timedelta


ANSWERS: Final = RetentionRule("idempotency", "claim_time", timedelta(days=2))
"""A caller that repeats a request does so within minutes; two days outlast any client that was switched off."""

EVENTS: Final = RetentionRule("inbox", "receive_time", timedelta(days=90))
"""An event is delivered again until it is acknowledged; ninety days outlast any outage of a receiver."""


class Retention:
    """A background job: removes what is too old, a few rows at a time, so that no lock lasts."""

    def __init__(self, db: Database, clock: Clock, aging: Sequence[RetentionRule]) -> None:
        self._db = db
        self._clock = clock
        self._aging = aging

    async def run(self) -> None:
        """Once an hour, until cancelled; a database that is away is asked again an hour later."""
        while True:
            try:
                await self.forget()
            except Exception as error:
                _log.warning("what nobody can ask for any more was not removed", error=type(error).__name__)
            await asyncio.sleep(EVERY_SECONDS)

    async def forget(self) -> int:
        """Once; the number of rows removed."""
        return sum([await self._forget(aging) for aging in self._aging])

    async def _forget(self, aging: RetentionRule) -> int:
        oldest = self._clock.now() - aging.kept
        statement = (
            f"DELETE FROM {aging.table} WHERE ctid = ANY (ARRAY("
            f"SELECT ctid FROM {aging.table} WHERE {aging.column} < $1 LIMIT {AT_ONCE}))"
        )
        removed = 0
        while True:
            count = int((await self._db.driver.execute(statement, oldest)).rpartition(" ")[2])
            removed += count
            if count < AT_ONCE:
                return removed
