"""How the systems outside fare: what their adapters meet, kept where every replica can tell an operator of it (OP-2).

An adapter reports to its *monitor*; nobody is asked only in order to know. What monitors have met goes into the
service's schema every few seconds, off the path of any call, and merges there with what other replicas have met.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx
from sqlalchemy import Column, DateTime, MetaData, Table, Text, text
from zikao.common.v1 import external_system_pb2

from chassis.clock import Clock
from chassis.errors import NotFound
from chassis.postgres.database import Database
from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)

Role = external_system_pb2.ExternalSystem.Role
WRITE_SECONDS: Final = 5.0
SERVER_ERROR: Final = 500
TOO_SLOW: Final = "NoAnswerInTime"

# Two replicas may meet one system in turn. The newer times win; a failure counts from the first after the last answer.
_MERGE: Final = """
INSERT INTO external_systems AS kept (role, name, success_time, failure_time, failing_since_time, failure)
VALUES ($1, $2, $3, $4, $5, $6)
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
"""
_READ: Final = "SELECT role, name, success_time, failure_time, failing_since_time, failure FROM external_systems"


def table(metadata: MetaData) -> Table:
    """What is known of the systems outside, for a service's `tables.py`."""
    return Table(
        "external_systems",
        metadata,
        Column("role", Text, primary_key=True),
        Column("name", Text, primary_key=True),
        Column("success_time", DateTime(timezone=True)),
        Column("failure_time", DateTime(timezone=True)),
        Column("failing_since_time", DateTime(timezone=True)),
        Column("failure", Text, nullable=False, server_default=text("''")),
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits for a system, and since when the oldest of it does."""

    count: int
    since: datetime | None


System = tuple[int, str]
"""A role, and which of several with it."""

CountWaiting = Callable[[], Awaitable[Mapping[System, Waiting]]]
"""What waits, by system; one for which nothing is ever kept waiting is left out."""


@dataclass(slots=True)
class Monitor:
    """One system outside, as this process has met it since it last wrote that down."""

    role: int
    name: str
    clock: Clock
    success_time: datetime | None = None
    failure_time: datetime | None = None
    failing_since_time: datetime | None = None
    failure: str = ""

    def answered(self) -> None:
        """It answered, be it with a refusal."""
        self.success_time, self.failing_since_time = self.clock.now(), None

    def failed(self, kind: str) -> None:
        """It did not answer, or said that it cannot. `kind` names the failure and nothing of what was sent."""
        self.failure_time, self.failure = self.clock.now(), kind
        self.failing_since_time = self.failing_since_time or self.failure_time

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Reports how the block ends. What is not found has been looked for: that is an answer."""
        try:
            yield
        except NotFound:
            self.answered()
            raise
        except Exception as error:
            self.failed(type(error).__name__)
            raise
        self.answered()

    def take(self) -> tuple[Any, ...] | None:
        """The news, once; None where there are none."""
        if self.success_time is None and self.failure_time is None:
            return None
        role = Role.Name(self.role)
        news = (role, self.name, self.success_time, self.failure_time, self.failing_since_time, self.failure)
        self.success_time = self.failure_time = None
        return news


class ExternalSystems:
    """The monitors of one service, what is known of them, and the answer to operators."""

    def __init__(self, db: Database, clock: Clock, waiting: CountWaiting | None = None) -> None:
        self._db = db
        self._clock = clock
        self._waiting = waiting
        self._monitors: list[Monitor] = []

    def monitor(self, role: int, name: str = "") -> Monitor:
        """The monitor of one system, which is known to operators from now on."""
        monitor = Monitor(role, name, self._clock)
        self._monitors.append(monitor)
        return monitor

    async def write(self) -> None:
        """Writes down what is new."""
        news = [taken for monitor in self._monitors if (taken := monitor.take())]
        if news:
            await self._db.driver.executemany(_MERGE, news)

    async def ListExternalSystems(  # noqa: N802
        self, request: external_system_pb2.ListExternalSystemsRequest, context: object
    ) -> external_system_pb2.ListExternalSystemsResponse:
        """Serves `ExternalSystemService` of any service."""
        await self.write()
        kept = {(row["role"], row["name"]): row for row in await self._db.driver.fetch(_READ)}
        waiting = await self._waiting() if self._waiting else {}
        return external_system_pb2.ListExternalSystemsResponse(
            systems=[
                _shown(
                    monitor,
                    kept.get((Role.Name(monitor.role), monitor.name)),
                    waiting.get((monitor.role, monitor.name)),
                )
                for monitor in self._monitors
            ]
        )


@asynccontextmanager
async def external_systems(
    db: Database, clock: Clock, waiting: CountWaiting | None = None
) -> AsyncIterator[ExternalSystems]:
    """The monitors of a service for the length of a block, written down every few seconds and at its end."""
    outside = ExternalSystems(db, clock, waiting)
    writing = asyncio.create_task(_keep_writing(outside))
    try:
        yield outside
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await _write(outside)


async def _keep_writing(outside: ExternalSystems) -> None:
    while True:
        await asyncio.sleep(WRITE_SECONDS)
        await _write(outside)


async def _write(outside: ExternalSystems) -> None:
    """While the database is away this much is not known to operators; it is not worth more."""
    try:
        await outside.write()
    except Exception as error:
        _log.warning("how the systems outside fare was not written", error=type(error).__name__)


class MonitoredClient(httpx.AsyncClient):
    """An HTTP client that reports on a monitor: no answer, and an answer that the other side failed, are failures."""

    def __init__(self, monitor: Monitor, **settings: Any) -> None:
        super().__init__(**settings)
        self._monitor = monitor

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Sends, and reports."""
        try:
            response = await super().send(request, **options)
        except httpx.TransportError as error:
            self._monitor.failed(type(error).__name__)
            raise
        except asyncio.CancelledError:
            self._monitor.failed(TOO_SLOW)  # whoever asked has given up
            raise
        if response.status_code >= SERVER_ERROR:
            self._monitor.failed(f"HTTP {response.status_code}")
        else:
            self._monitor.answered()
        return response


def _shown(monitor: Monitor, kept: Any, waiting: Waiting | None) -> external_system_pb2.ExternalSystem:
    shown = external_system_pb2.ExternalSystem(role=monitor.role, name=monitor.name)  # type: ignore[arg-type]  # an enum value
    if kept is not None:
        shown.failure = kept["failure"]
        for field in ("success_time", "failure_time", "failing_since_time"):
            if kept[field] is not None:
                getattr(shown, field).FromDatetime(kept[field])
    if waiting is not None:
        shown.waiting_count = waiting.count
        if waiting.since is not None:
            shown.waiting_since_time.FromDatetime(waiting.since)
    return shown
