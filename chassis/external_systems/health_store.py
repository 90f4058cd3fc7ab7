"""What is known of the systems outside, kept in the service's schema, where the news of all replicas merge.

It is written every few seconds, off the path of any call.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

from chassis.clock import Clock
from chassis.external_systems.passive_health import Monitor
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from chassis.process.periodic_job import PeriodicJob
from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)

WRITTEN_EVERY: Final = timedelta(seconds=5)

# Two replicas may meet one system in turn. The newer times win; a failure counts from the first after the last answer.
_MERGE: Final = sql("""
INSERT INTO external_systems AS kept (role, name, success_time, failure_time, failing_since_time, failure)
VALUES (:role, :name, :success_time, :failure_time, :failing_since_time, :failure)
ON CONFLICT (role, name) DO UPDATE SET
  success_time = GREATEST(kept.success_time, excluded.success_time),
  failure_time = GREATEST(kept.failure_time, excluded.failure_time),
  failing_since_time = CASE
    WHEN GREATEST(kept.success_time, excluded.success_time) >= GREATEST(kept.failure_time, excluded.failure_time)
      THEN NULL
    WHEN kept.failing_since_time > excluded.success_time OR excluded.success_time IS NULL
      THEN LEAST(kept.failing_since_time, excluded.failing_since_time)
    ELSE COALESCE(excluded.failing_since_time, kept.failing_since_time) END,
  failure = CASE WHEN excluded.failure_time >= COALESCE(kept.failure_time, excluded.failure_time)
    THEN excluded.failure ELSE kept.failure END
""")
_READ: Final = sql("SELECT role, name, success_time, failure_time, failing_since_time, failure FROM external_systems")


class ExternalSystems:
    """The monitors of one service, and what all its replicas know of their systems."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._monitors: list[Monitor] = []

    @property
    def monitors(self) -> Sequence[Monitor]:
        """Every system that somebody may ask about."""
        return self._monitors

    def monitor(self, role: int, name: str = "") -> Monitor:
        """The monitor of one system, which is known to operators from now on."""
        monitor = Monitor(role, name, self._clock)
        self._monitors.append(monitor)
        return monitor

    async def write(self) -> None:
        """Writes down what is new."""
        if news := [taken for monitor in self._monitors if (taken := monitor.take())]:
            await self._db.hot.execute_each(_MERGE, news)

    async def known(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        """What is known of each system, up to now, by its role's name and its own."""
        await self.write()
        return {(row["role"], row["name"]): dict(row) for row in await self._db.hot.fetch(_READ)}


@asynccontextmanager
async def external_systems(db: Database, clock: Clock) -> AsyncIterator[ExternalSystems]:
    """The systems of a service for the length of a block, written down every few seconds and at its end.

    While the database is away this much is not known to operators; it is not worth more.
    """
    systems = ExternalSystems(db, clock)
    writing = PeriodicJob("external systems", systems.write, WRITTEN_EVERY)
    task = asyncio.create_task(writing.run())
    try:
        yield systems
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await writing.once()
