"""How a process meets the systems outside: each adapter reports to the monitor of its system what came of every call.

Nobody is asked only in order to know (OP-2).
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx
from zikao.common.v1 import external_system_pb2

from chassis.clock import Clock
from chassis.errors import NotFound

Role = external_system_pb2.ExternalSystem.Role
SERVER_ERROR: Final = 500
TOO_SLOW: Final = "NoAnswerInTime"


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

    def take(self) -> Mapping[str, Any] | None:
        """The news by column, once; None where there are none."""
        if self.success_time is None and self.failure_time is None:
            return None
        news = {
            "role": Role.Name(self.role),
            "name": self.name,
            "success_time": self.success_time,
            "failure_time": self.failure_time,
            "failing_since_time": self.failing_since_time,
            "failure": self.failure,
        }
        self.success_time = self.failure_time = None
        return news


class MonitoredClient(httpx.AsyncClient):
    """An HTTP client that reports on a monitor: no answer, and an answer that the other side failed, are failures."""

    def __init__(self, monitor: Monitor, **settings: Any) -> None:
        super().__init__(**settings)
        self.monitor = monitor
        """For whoever finds that an answer is none."""

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Sends, and reports."""
        try:
            response = await super().send(request, **options)
        except httpx.TransportError as error:
            self.monitor.failed(type(error).__name__)
            raise
        except asyncio.CancelledError:
            self.monitor.failed(TOO_SLOW)  # whoever asked has given up
            raise
        if response.status_code >= SERVER_ERROR:
            self.monitor.failed(f"HTTP {response.status_code}")
        else:
            self.monitor.answered()
        return response
