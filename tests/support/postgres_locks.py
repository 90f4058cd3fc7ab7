"""Two transactions that meet: a test goes on when one of them waits for the other."""

from typing import Final

from chassis.postgres.database import Database
from tests.support.wait_until import wait_until

WAITING: Final = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


async def somebody_waits(db: Database) -> bool:
    """Whether a statement in this database waits for a lock that another transaction holds."""
    return bool(await db.driver.fetchval(WAITING))


async def wait_until_somebody_waits(db: Database) -> None:
    """Returns as soon as one does. Raises TimeoutError."""
    await wait_until(lambda: somebody_waits(db), every_seconds=0)
