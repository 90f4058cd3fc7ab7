"""What the relay still has to do about something, seen in the outbox."""

import asyncio
from collections.abc import Iterable

from chassis.postgres.database import Database
from tests.support.wait_until import PATIENCE_SECONDS


async def done(db: Database, aggregate_ids: Iterable[str]) -> None:
    """Waits until nothing is left to do."""
    await _until(db, "SELECT count(*) = 0 FROM outbox WHERE aggregate_id = ANY($1)", list(aggregate_ids))


async def postponed(db: Database, aggregate_id: str) -> None:
    """Waits until something was tried in vain."""
    await _until(db, "SELECT count(*) > 0 FROM outbox WHERE aggregate_id = ANY($1) AND attempts > 0", [aggregate_id])


async def _until(db: Database, question: str, aggregate_ids: list[str]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await db.driver.fetchval(question, aggregate_ids):
            await asyncio.sleep(0)
