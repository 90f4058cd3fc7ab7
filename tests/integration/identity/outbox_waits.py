"""What the relay still has to do about something, seen in the outbox, and in the messages that are told of it."""

from collections.abc import Iterable
from functools import partial
from typing import Final

from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from tests.support.wait_until import wait_until

TOLD: Final = """
SELECT FROM message_deliveries d JOIN messages m USING (message_id)
WHERE d.state = 'QUEUED' AND (m.candidate_id::text = ANY(:aggregate_ids) OR m.cause = ANY(:aggregate_ids))
"""
NOTHING_LEFT: Final = sql(
    f"SELECT NOT EXISTS (SELECT FROM outbox WHERE aggregate_id = ANY(:aggregate_ids)) AND NOT EXISTS ({TOLD})"
)
TRIED: Final = sql(
    "SELECT EXISTS (SELECT FROM outbox WHERE aggregate_id = ANY(:aggregate_ids) AND attempts > 0) "
    f"OR EXISTS ({TOLD} AND EXISTS (SELECT FROM outbox o WHERE o.event_id = d.delivery_id AND o.attempts > 0))"
)


async def done(db: Database, aggregate_ids: Iterable[str]) -> None:
    """Waits until nothing is left to do."""
    await wait_until(partial(db.hot.fetch_value, NOTHING_LEFT, aggregate_ids=list(aggregate_ids)))


async def postponed(db: Database, aggregate_id: str) -> None:
    """Waits until something was tried in vain."""
    await wait_until(partial(db.hot.fetch_value, TRIED, aggregate_ids=[aggregate_id]))
