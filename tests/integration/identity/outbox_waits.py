"""What the relay still has to do about something, seen in the outbox."""

from collections.abc import Iterable
from functools import partial
from typing import Final

from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from tests.support.wait_until import wait_until

NOTHING_LEFT: Final = sql("SELECT count(*) = 0 FROM outbox WHERE aggregate_id = ANY(:aggregate_ids)")
TRIED: Final = sql("SELECT count(*) > 0 FROM outbox WHERE aggregate_id = ANY(:aggregate_ids) AND attempts > 0")


async def done(db: Database, aggregate_ids: Iterable[str]) -> None:
    """Waits until nothing is left to do."""
    await wait_until(partial(db.hot.fetch_value, NOTHING_LEFT, aggregate_ids=list(aggregate_ids)))


async def postponed(db: Database, aggregate_id: str) -> None:
    """Waits until something was tried in vain."""
    await wait_until(partial(db.hot.fetch_value, TRIED, aggregate_ids=[aggregate_id]))
