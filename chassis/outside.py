"""How the systems outside fare: what their adapters meet, kept where every replica can tell an operator of it (OP-2).

An adapter reports on its *line*; nobody is asked only in order to know. What lines have met goes into the service's
schema every few seconds, off the path of any call, and merges there with what other replicas have met.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx
from sqlalchemy import Column, DateTime, MetaData, Table, Text, text
from zikao.common.v1 import outside_pb2

from chassis.clock import Clock
from chassis.db import Database
from chassis.errors import NotFound
from chassis.logs import get_logger

_log = get_logger(__name__)

Role = outside_pb2.OutsideSystem.Role
WRITE_SECONDS: Final = 5.0
SERVER_ERROR: Final = 500
TOO_SLOW: Final = "NoAnswerInTime"

# Two replicas may meet one system in turn. The newer times win; a failure counts from the first after the last answer.
_MERGE: Final = """
INSERT INTO outside_systems AS kept (role, name, success_time, failure_time, failing_since_time, failure)
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
_READ: Final = "SELECT role, name, success_time, failure_time, failing_since_time, failure FROM outside_systems"


def table(metadata: MetaData) -> Table:
    """What is known of the systems outside, for a service's `tables.py`."""
    return Table(
        "outside_systems",
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
class Line:
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


class Outside:
    """The lines of one service, what is known of them, and the answer to operators."""

    def __init__(self, db: Database, clock: Clock, waiting: CountWaiting | None = None) -> None:
        self._db = db
        self._clock = clock
        self._waiting = waiting
        self._lines: list[Line] = []

    def line(self, role: int, name: str = "") -> Line:
        """The line of one system, which is known to operators from now on."""
        line = Line(role, name, self._clock)
        self._lines.append(line)
        return line

    async def write(self) -> None:
        """Writes down what is new."""
        news = [taken for line in self._lines if (taken := line.take())]
        if news:
            await self._db.driver.executemany(_MERGE, news)

    async def ListOutsideSystems(  # noqa: N802
        self, request: outside_pb2.ListOutsideSystemsRequest, context: object
    ) -> outside_pb2.ListOutsideSystemsResponse:
        """Serves `OutsideService` of any service."""
        await self.write()
        kept = {(row["role"], row["name"]): row for row in await self._db.driver.fetch(_READ)}
        waiting = await self._waiting() if self._waiting else {}
        return outside_pb2.ListOutsideSystemsResponse(
            systems=[
                _shown(line, kept.get((Role.Name(line.role), line.name)), waiting.get((line.role, line.name)))
                for line in self._lines
            ]
        )


@asynccontextmanager
async def outside_systems(db: Database, clock: Clock, waiting: CountWaiting | None = None) -> AsyncIterator[Outside]:
    """The lines of a service for the length of a block, written down every few seconds and at its end."""
    outside = Outside(db, clock, waiting)
    writing = asyncio.create_task(_keep_writing(outside))
    try:
        yield outside
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await _write(outside)


async def _keep_writing(outside: Outside) -> None:
    while True:
        await asyncio.sleep(WRITE_SECONDS)
        await _write(outside)


async def _write(outside: Outside) -> None:
    """While the database is away this much is not known to operators; it is not worth more."""
    try:
        await outside.write()
    except Exception as error:
        _log.warning("how the systems outside fare was not written", error=type(error).__name__)


class WatchedClient(httpx.AsyncClient):
    """An HTTP client that reports on a line: no answer, and an answer that the other side failed, are failures."""

    def __init__(self, line: Line, **settings: Any) -> None:
        super().__init__(**settings)
        self._line = line

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Sends, and reports."""
        try:
            response = await super().send(request, **options)
        except httpx.TransportError as error:
            self._line.failed(type(error).__name__)
            raise
        except asyncio.CancelledError:
            self._line.failed(TOO_SLOW)  # whoever asked has given up
            raise
        if response.status_code >= SERVER_ERROR:
            self._line.failed(f"HTTP {response.status_code}")
        else:
            self._line.answered()
        return response


def _shown(line: Line, kept: Any, waiting: Waiting | None) -> outside_pb2.OutsideSystem:
    shown = outside_pb2.OutsideSystem(role=line.role, name=line.name)  # type: ignore[arg-type]  # an enum value
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
