"""A load generator that costs little: keep-alive connections, prepared requests, no parsing while the clock runs.

It runs on the same cores as what it measures, so every microsecond it spends is one the server lacks. Answers are kept
and checked afterwards.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from bench.measurement.medians_and_ratios import Outcome

END_OF_HEAD: Final = b"\r\n\r\n"
LENGTH: Final = b"content-length:"
ONE_ANSWER_SECONDS: Final = 30.0

Work = Callable[[int], Awaitable[None]]
"""Does the piece of work of that number."""


class NoAnswer(Exception):
    """The application hung up, or took longer than anybody would wait."""


class Sendable(Protocol):
    """Something that can be put on a wire."""

    def encode(self, host: str) -> bytes:
        """The bytes."""
        ...


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
class Answer:
    """What came back: the status code and the body."""

    status: int
    body: bytes


Answers = dict[int, Answer]
"""Answers by the number of their request, as far as requests were sent."""


async def closed_loop(lanes: Sequence[Work], count: int, seconds: float) -> Outcome:
    """Does the pieces of work 0 to `count` - 1, each once, the next as soon as a lane is free.

    Nothing new is begun after `seconds`; what is under way then still counts, and so does its time. Raises what a piece
    of work raised first.
    """
    numbers, latencies = iter(range(count)), list[float]()
    started = time.perf_counter()
    deadline = started + seconds
    try:
        async with asyncio.TaskGroup() as running:
            for work in lanes:
                running.create_task(_lane(work, numbers, latencies, deadline))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from failed
    return Outcome(len(latencies), time.perf_counter() - started, tuple(latencies))


@asynccontextmanager
async def opened(
    port: int, requests: Sequence[Sendable], connections: int
) -> AsyncIterator[tuple[Callable[[float], Awaitable[Outcome]], Answers]]:
    """Connections to 127.0.0.1, ready to send the requests in a closed loop for some seconds, and where the answers
    will be.
    """
    encoded, answers = [request.encode(f"127.0.0.1:{port}") for request in requests], Answers()
    wires = [await _Wire.open(port, encoded, answers) for _ in range(connections)]
    try:
        yield lambda seconds: closed_loop([wire.ask for wire in wires], len(encoded), seconds), answers
    finally:
        for wire in wires:
            wire.writer.close()


async def _lane(work: Work, numbers: Iterator[int], latencies: list[float], deadline: float) -> None:
    for number in numbers:
        started = time.perf_counter()
        await work(number)
        ended = time.perf_counter()
        latencies.append(ended - started)
        if ended > deadline:
            return


@dataclass(frozen=True, slots=True)
class _Wire:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    encoded: Sequence[bytes]
    answers: Answers

    @classmethod
    async def open(cls, port: int, encoded: Sequence[bytes], answers: Answers) -> "_Wire":
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        return cls(reader, writer, encoded, answers)

    async def ask(self, number: int) -> None:
        self.writer.write(self.encoded[number])
        try:
            async with asyncio.timeout(ONE_ANSWER_SECONDS):
                self.answers[number] = await self._answer()
        except (OSError, EOFError) as gone:
            raise NoAnswer(f"the application did not answer: {type(gone).__name__}") from gone

    async def _answer(self) -> Answer:
        head = (await self.reader.readuntil(END_OF_HEAD)).lower()
        start = head.index(LENGTH) + len(LENGTH)
        body = await self.reader.readexactly(int(head[start : head.index(b"\r\n", start)]))
        return Answer(int(head[9:12]), body)
