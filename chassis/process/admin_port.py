"""The admin port: `/healthz` (the process lives), `/readyz` (it can serve), `/metrics`.

Ready means that the process has come to where it can serve, and is not draining. What it stands on and is away later
changes nothing of that, since all replicas stand on the same: if each took itself away, a lost database would take
every page with it (GW-7). It is told beside, here and as a metric. A check that hangs is a check that fails. gRPC's
health service says the same.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Gauge, generate_latest

from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)

Check = Callable[[], Awaitable[object]]
"""Asks for one thing that must be so; raises when it is not."""

WATCH_SECONDS: Final = 1.0
PREPARE_SECONDS: Final = 10.0
REMEMBER_SECONDS: Final = 1.0
REQUEST_SECONDS: Final = 5.0
DRAINING: Final = "draining"
NO_CHECKS: Final[Mapping[str, Check]] = MappingProxyType({})

DEPENDENCY_UP: Final = Gauge(
    "zikao_dependency_up", "Whether what the process stands on answers: 1, or 0 while it is away.", ["dependency"]
)


class PortTaken(Exception):
    """A port the process is configured for cannot be had."""

    def __init__(self, address: str) -> None:
        super().__init__(f"cannot listen on {address}: is another process using the port?")


class Readiness:
    """Whether this process can serve, and what of that which it stands on is away."""

    def __init__(self, *, until: Mapping[str, Check] = NO_CHECKS, watched: Mapping[str, Check] = NO_CHECKS) -> None:
        """`until`: what must have been so once before the process is ready. `watched`: what is only told."""
        self._until = dict(until)
        self._watched = watched
        self._draining = False
        self._problems: dict[str, str] = {}
        self._away: dict[str, str] = {}
        self._asked = float("-inf")
        self._asking = asyncio.Lock()

    def drain(self) -> None:
        """From now on the process is not ready: it finishes what it has."""
        self._draining = True

    async def problems(self) -> dict[str, str]:
        """What keeps the process from serving; empty when it is ready. Asked afresh at most once a second."""
        if self._draining:
            return {DRAINING: "finishing the calls in progress"}
        await self._ask()
        return self._problems

    async def away(self) -> dict[str, str]:
        """What is watched and does not answer, with the kind of its failure. Asked afresh at most once a second."""
        await self._ask()
        return self._away

    async def _ask(self) -> None:
        async with self._asking:
            if time.monotonic() - self._asked < REMEMBER_SECONDS:
                return
            self._problems, self._away = await asyncio.gather(
                _failures(self._until, PREPARE_SECONDS), _failures(self._watched, WATCH_SECONDS)
            )
            self._until = {name: check for name, check in self._until.items() if name in self._problems}
            for name in self._watched:
                DEPENDENCY_UP.labels(name).set(name not in self._away)
            self._asked = time.monotonic()


async def _failures(checks: Mapping[str, Check], seconds: float) -> dict[str, str]:
    answers = await asyncio.gather(*(_failure(check, seconds) for check in checks.values()))
    return {name: failure for name, failure in zip(checks, answers, strict=True) if failure}


async def _failure(check: Check, seconds: float) -> str:
    try:
        async with asyncio.timeout(seconds):
            await check()
    except Exception as error:
        return type(error).__name__
    return ""


@asynccontextmanager
async def admin_port(host: str, port: int, readiness: Readiness) -> AsyncIterator[int]:
    """Serves the admin port for the length of a block and gives the port's number (`port` 0: any free one).

    Raises PortTaken.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(await _respond(head, readiness))
                await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            writer.close()

    try:
        server = await asyncio.start_server(answer, host, port)
    except OSError as error:
        raise PortTaken(f"{host}:{port}") from error
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _respond(head: bytes, readiness: Readiness) -> bytes:
    method, _, rest = head.partition(b" ")
    path = rest.split(b" ", 1)[0].split(b"?", 1)[0]
    if method not in (b"GET", b"HEAD"):
        return _response(405, "text/plain", b"only GET\n")
    match path:
        case b"/healthz":
            return _response(200, "text/plain", b"alive\n")
        case b"/readyz":
            problems = await readiness.problems()
            told = {"ready": not problems, "problems": problems, "away": await readiness.away()}
            body = json.dumps(told).encode()
            return _response(503 if problems else 200, "application/json", body)
        case b"/metrics":
            return _response(200, CONTENT_TYPE_LATEST, generate_latest(REGISTRY))
        case _:
            return _response(404, "text/plain", b"/healthz /readyz /metrics\n")


def _response(status: int, content_type: str, body: bytes) -> bytes:
    reason = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}[status]
    head = [
        f"HTTP/1.1 {status} {reason}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        "\r\n",
    ]
    return "\r\n".join(head).encode() + body
