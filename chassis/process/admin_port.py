"""The admin port: `/healthz` (the process lives), `/readyz` (it can serve), `/metrics`.

Ready means that everything a call needs answers right now and that the process is not draining. A checker that hangs
is a checker that fails. The same truth is told through gRPC's health service.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)

Check = Callable[[], Awaitable[object]]
"""Asks one dependency whether it is there; raises when it is not."""

CHECK_SECONDS: Final = 1.0
REMEMBER_SECONDS: Final = 1.0
REQUEST_SECONDS: Final = 5.0
DRAINING: Final = "draining"


class PortTaken(Exception):
    """A port the process is configured for cannot be had."""

    def __init__(self, address: str) -> None:
        super().__init__(f"cannot listen on {address}: is another process using the port?")


class Readiness:
    """Whether this process can serve, by asking what it depends on."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        """`checks`: by name, what must answer."""
        self._checks = checks
        self._draining = False
        self._problems: dict[str, str] = {}
        self._asked = float("-inf")
        self._asking = asyncio.Lock()

    def drain(self) -> None:
        """From now on the process is not ready: it finishes what it has."""
        self._draining = True

    async def problems(self) -> dict[str, str]:
        """What keeps the process from serving; empty when it is ready. Asked afresh at most once a second."""
        if self._draining:
            return {DRAINING: "finishing the calls in progress"}
        async with self._asking:
            if time.monotonic() - self._asked >= REMEMBER_SECONDS:
                answers = await asyncio.gather(*(_failure(check) for check in self._checks.values()))
                self._problems = {name: failure for name, failure in zip(self._checks, answers, strict=True) if failure}
                self._asked = time.monotonic()
        return self._problems


async def _failure(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
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
            body = json.dumps({"ready": not problems, "problems": problems}).encode()
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
