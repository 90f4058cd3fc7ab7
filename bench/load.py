"""A load generator that costs little: keep-alive connections, prepared requests, no parsing beyond the status line.

It runs on the same cores as what it measures, so every microsecond it spends is one the server lacks.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

END_OF_HEAD: Final = b"\r\n\r\n"
LENGTH: Final = b"content-length:"
LONGEST_RUN_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Request:
    """One prepared POST of JSON."""

    path: str
    token: str
    body: bytes

    def encode(self, host: str) -> bytes:
        """The bytes on the wire."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run went: how many were answered 200 and otherwise, in how many seconds, and the latencies in seconds."""

    succeeded: int
    refused: int
    seconds: float
    latencies: Sequence[float]

    @property
    def per_second(self) -> float:
        """Successes per second."""
        return self.succeeded / self.seconds

    @property
    def median_ms(self) -> float:
        """The median latency in milliseconds."""
        return statistics.median(self.latencies) * 1000


async def drive(port: int, requests: Sequence[Request], connections: int) -> Outcome:
    """Sends every request once over `connections` connections to 127.0.0.1, each as soon as the one before is answered.

    Stops by itself when all are answered, and raises TimeoutError after five minutes in any case.
    """
    prepared = iter([request.encode(f"127.0.0.1:{port}") for request in requests])
    latencies: list[float] = []
    statuses: list[bytes] = []
    started = time.perf_counter()
    async with asyncio.timeout(LONGEST_RUN_SECONDS), asyncio.TaskGroup() as lanes:
        for _ in range(connections):
            lanes.create_task(_lane(port, prepared, latencies, statuses))
    succeeded = statuses.count(b"200")
    return Outcome(succeeded, len(statuses) - succeeded, time.perf_counter() - started, latencies)


async def _lane(port: int, prepared: Iterator[bytes], latencies: list[float], statuses: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in prepared:
        started = time.perf_counter()
        writer.write(request)
        statuses.append(await _answer(reader))
        latencies.append(time.perf_counter() - started)
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(END_OF_HEAD)
    lowered = head.lower()
    start = lowered.index(LENGTH) + len(LENGTH)
    await reader.readexactly(int(lowered[start : lowered.index(b"\r\n", start)]))
    return head[9:12]
