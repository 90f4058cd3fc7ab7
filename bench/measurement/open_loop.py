"""A load that comes when it comes: requests are sent at a given rate, however long the answers take.

A closed loop slows down with what it measures and never shows an overload. Here a request's latency counts from the
moment at which it was to be sent. The same connections also carry a closed loop, to find what a suite carries at most.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, cast

from bench.measurement.load_generator import END_OF_HEAD, LENGTH, NoAnswer, Sendable

RETRY_AFTER: Final = b"\r\nretry-after:"
CLOSING: Final = b"\r\nconnection: close"
MOST_CONNECTIONS: Final = 6_000
"""Whoever finds no connection free waits for one, and the wait counts."""
TICK_SECONDS: Final = 0.002
PATIENCE_SECONDS: Final = 15.0
"""How long the last answers are waited for. What has none by then has none."""
NO_ANSWER: Final = 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request, of some kind, as bytes on the wire."""

    kind: str
    encoded: bytes

    @classmethod
    def of(cls, kind: str, request: Sendable, port: int) -> "Prepared":
        """A request to 127.0.0.1."""
        return cls(kind, request.encode(f"127.0.0.1:{port}"))


@dataclass(slots=True)
class Exchange:
    """One request and what became of it. Times are seconds since the load began; `status` is NO_ANSWER without one."""

    kind: str
    offered: float
    answered: float = 0.0
    status: int = NO_ANSWER
    retry_after: bool = False

    @property
    def seconds(self) -> float:
        """How long the answer took."""
        return self.answered - self.offered

    @property
    def well(self) -> bool:
        """Whether what was asked for was done."""
        return NO_ANSWER < self.status < 400


@asynccontextmanager
async def wires(port: int) -> AsyncIterator["Wires"]:
    """Connections to 127.0.0.1, opened as they are needed, for the length of a block."""
    opened = Wires(port)
    try:
        yield opened
    finally:
        opened.close()


@dataclass(slots=True)
class Wires:
    """Keep-alive connections that carry one exchange each at a time."""

    port: int
    _idle: "list[_Wire]" = field(default_factory=list)
    _all: "set[_Wire]" = field(default_factory=set)
    _waiting: deque[tuple[bytes, Exchange]] = field(default_factory=deque)
    _opening: set[asyncio.Task[None]] = field(default_factory=set)
    _done: Callable[[Exchange], None] = lambda _: None
    _started: float = 0.0

    async def at_rate(self, requests: Sequence[Prepared], per_second: float) -> list[Exchange]:
        """Sends all requests, so many per second; what became of each, in their order."""
        exchanges = [Exchange(one.kind, number / per_second) for number, one in enumerate(requests)]
        open_yet, finished = len(exchanges), asyncio.Event()

        def done(_: Exchange) -> None:
            nonlocal open_yet
            open_yet -= 1
            if not open_yet:
                finished.set()

        self._begin(done)
        sent = 0
        while sent < len(requests):
            due = min(len(requests), int((time.perf_counter() - self._started) * per_second) + 1)
            for number in range(sent, due):
                self._send(requests[number].encoded, exchanges[number])
            sent = due
            await asyncio.sleep(TICK_SECONDS)
        try:
            await asyncio.wait_for(finished.wait(), PATIENCE_SECONDS)
        except TimeoutError:
            self.close()
        return exchanges

    async def in_turns(self, requests: Sequence[Prepared], at_once: int, seconds: float) -> list[Exchange]:
        """Sends requests for some seconds, the next as soon as one of `at_once` is answered; the answered ones.

        Raises NoAnswer where one is not.
        """
        upcoming, answered, finished, lanes = iter(requests), list[Exchange](), asyncio.Event(), at_once

        def send_next() -> None:
            nonlocal lanes
            now = time.perf_counter() - self._started
            one = next(upcoming, None) if now < seconds else None
            if one is not None:
                self._send(one.encoded, Exchange(one.kind, now))
                return
            lanes -= 1
            if not lanes:
                finished.set()

        def done(exchange: Exchange) -> None:
            answered.append(exchange)
            send_next()

        self._begin(done)
        for _ in range(at_once):
            send_next()
        await asyncio.wait_for(finished.wait(), seconds + PATIENCE_SECONDS)
        if any(one.status == NO_ANSWER for one in answered):
            raise NoAnswer("the suite hung up")
        return answered

    def close(self) -> None:
        """Ends all connections; what is under way then has no answer."""
        for wire in list(self._all):
            wire.abandon()

    def finished(self, wire: "_Wire | None", exchange: Exchange) -> None:
        """Takes back a connection whose exchange is over, or learns that there is none to take back."""
        exchange.answered = time.perf_counter() - self._started
        if wire is not None:
            self._idle.append(wire)
        if self._waiting:
            self._send(*self._waiting.popleft())
        self._done(exchange)

    def lost(self, wire: "_Wire") -> None:
        """Forgets a connection."""
        self._all.discard(wire)
        if wire in self._idle:
            self._idle.remove(wire)

    def _begin(self, done: Callable[[Exchange], None]) -> None:
        self._done, self._started = done, time.perf_counter()

    def _send(self, encoded: bytes, exchange: Exchange) -> None:
        if self._idle:
            self._idle.pop().send(encoded, exchange)
        elif len(self._all) + len(self._opening) < MOST_CONNECTIONS:
            opening = asyncio.get_running_loop().create_task(self._open(encoded, exchange))
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)
        else:
            self._waiting.append((encoded, exchange))

    async def _open(self, encoded: bytes, exchange: Exchange) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, made = await loop.create_connection(lambda: _Wire(self), "127.0.0.1", self.port)
        except OSError:
            self.finished(None, exchange)
            return
        self._all.add(made)
        made.send(encoded, exchange)


class _Wire(asyncio.Protocol):
    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._received = b""
        self._exchange: Exchange | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def send(self, encoded: bytes, exchange: Exchange) -> None:
        assert self._transport is not None
        self._exchange, self._received = exchange, b""
        self._transport.write(encoded)

    def abandon(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(END_OF_HEAD)
        if end < 0 or self._exchange is None:
            return
        head = self._received[: end + 2].lower()
        start = head.find(LENGTH) + len(LENGTH)
        if len(self._received) < end + len(END_OF_HEAD) + int(head[start : head.index(b"\r\n", start)]):
            return
        exchange, self._exchange = self._exchange, None
        exchange.status, exchange.retry_after = int(head[9:12]), RETRY_AFTER in head
        if CLOSING in head:
            self._wires.lost(self)
            self.abandon()
            self._wires.finished(None, exchange)
        else:
            self._wires.finished(self, exchange)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wires.lost(self)
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            self._wires.finished(None, exchange)
