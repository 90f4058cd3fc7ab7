"""Rows of the outbox that need not be delivered, because what they say was carried out in line."""

import asyncio
from typing import Final

from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)

CLEANUP_DELAY_SECONDS: Final = 0.05

_DELETE: Final = sql("DELETE FROM outbox WHERE event_id = ANY(:event_ids::uuid[])")


class InlineCompletions:
    """Removes rows whose intent was carried out in line, many with one statement: off the hot path.

    A row that is still here when the process dies is delivered later and, being idempotent at its destination, changes
    nothing.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._done: list[str] = []
        self._some = asyncio.Event()

    def remove(self, event_id: str) -> None:
        """Says that the row need not be delivered any more."""
        self._done.append(event_id)
        self._some.set()

    async def run(self) -> None:
        """Removes such rows until cancelled."""
        while True:
            await self._some.wait()
            await asyncio.sleep(CLEANUP_DELAY_SECONDS)
            self._some.clear()
            done, self._done = self._done, []
            try:
                await self._db.hot.execute(_DELETE, event_ids=done)
            except Exception as error:  # the relay will deliver them; the receiver knows them already
                _log.warning("not_removed_from_the_outbox", rows=len(done), error=type(error).__name__)
