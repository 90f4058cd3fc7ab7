"""Open order pages by the thousand on one gateway process (GW-6, PA-4): what their streams hold in memory and take of
the processors while nothing happens, and how soon they tell of a payment.
"""

import asyncio
import os
import resource
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final, cast

from bench.contenders.payment_notifications import NotifyingPlatform, Told
from bench.measurement.cpu_time import own_seconds, seconds_of
from bench.measurement.interleaving import GENERATOR, POSTGRESQL, WrongAnswer
from bench.measurement.medians_and_ratios import percentile
from bench.measurement.memory import resident_bytes
from bench.measurement.open_loop import Prepared, wires
from bench.measurement.report import Section
from bench.seeding.suite_candidates import SuiteCandidates

OPENED_PER_SECOND: Final = 120.0
SETTLING_SECONDS: Final = 62.0
"""After which nobody is known to look at pages whose QR codes were made when the run began."""
IDLE_SECONDS: Final = 35.0
"""Longer than the usual pause between two questions to the platform."""
TOLD: Final = 500
"""How many are paid while their pages are open, at most."""
TOLD_PER_SECOND: Final = 25.0
LAST_NEWS_SECONDS: Final = 60.0
SPARE_FILES: Final = 500
MOST_REFUSED: Final = 0.01
"""The share of pages that may be refused when they are opened."""
PAID: Final = b'"state":"PAID"'
OPENED: Final = b"HTTP/1.1 200"
SHOWN: Final = ("gateway", "payment", "sandbox", "enrollment", POSTGRESQL, GENERATOR)

EXPLAINED: Final = """\
*Open order pages* are streams of the state of as many orders, each awaiting payment, on one gateway process, over a
connection each. *Idle* is measured when nobody is known to look any more: the platform is asked about each twice a
minute. *News* are notifications of payments while all pages are open, each until its page was told. Memory is what the
process holds at the end of a phase, in MB; CPU is in milliseconds a second.
"""


@dataclass(frozen=True, slots=True)
class Phase:
    """What the processes used for a while: CPU seconds by name, and resident bytes at its end."""

    title: str
    seconds: float
    cpu: Mapping[str, float]
    memory: Mapping[str, int]

    def row(self) -> tuple[str, ...]:
        """Under `headings`."""
        used = [f"{self.cpu[name] / self.seconds * 1000:,.0f}" for name in SHOWN]
        return (self.title, *used, *(f"{self.memory[name] / 1e6:,.0f}" for name in SHOWN if name != POSTGRESQL))


HEADINGS: Final = (
    "phase",
    *(f"CPU {name}" for name in SHOWN),
    *(f"memory {name}" for name in SHOWN if name != POSTGRESQL),
)


async def measure(candidates: SuiteCandidates, postgres: int, count: int, say: Callable[[str], None]) -> Section:
    """Opens so many pages, waits, and tells some of their payments. Raises WrongAnswer where a page is not shown its
    order, or not told of its payment although the notification was taken.
    """
    _allow_files(count)
    pids = {**candidates.suite.processes(), POSTGRESQL: postgres}
    people = await NotifyingPlatform(candidates).orders(count)
    say("waiting until nobody looks at pages any more whose QR codes are older than that")
    await asyncio.sleep(SETTLING_SECONDS)
    say(f"opening {count:,} order pages")
    phases, before = list[Phase](), _memory(pids)
    async with _pages(candidates.suite.gateway_port, people) as pages:
        async with _measured("opening them", pids, phases):
            await pages.open()
        say("leaving them open")
        async with _measured("idle", pids, phases):
            await asyncio.sleep(IDLE_SECONDS)
        say("telling some of their payments")
        async with _measured("news", pids, phases):
            seconds = sorted(await pages.tell(people[:: max(1, count // TOLD)][:TOLD]))
        refused, lost = pages.refused, pages.lost
    nothing = Phase("before", 1.0, dict.fromkeys(SHOWN, 0.0), before)
    told = f"{percentile(seconds, 0.5) * 1000:,.0f}", f"{percentile(seconds, 0.99) * 1000:,.0f}"
    each = {name: (phases[1].memory[name] - before[name]) / count / 1000 for name in ("gateway", "payment")}
    figures = [
        ("pages opened, refused, lost while they were open", f"{count:,}, {refused:,}, {lost:,}"),
        ("kB each at the gateway, at payment", f"{each['gateway']:.1f}, {each['payment']:.1f}"),
        ("payments told, of notifications sent, per second", f"{len(seconds):,}, {TOLD:,}, {TOLD_PER_SECOND:.0f}"),
        ("ms from the notification to the page: median, 99 %", ", ".join(told)),
    ]
    tables = ((HEADINGS, [phase.row() for phase in (nothing, *phases)]), (("figure", "value"), figures))
    return Section("open order pages", EXPLAINED, tables)


@dataclass(slots=True)
class _Pages:
    """Connections that watch an order each."""

    port: int
    people: Sequence[Told]
    streams: "dict[str, _Stream]" = field(default_factory=dict)
    refused: int = 0
    """How many were not opened: a page opens its stream anew after a moment."""

    @property
    def lost(self) -> int:
        """How many have ended that were not told of a payment."""
        return sum(one.ended and one.received.startswith(OPENED) for one in self.streams.values() if not one.told)

    async def open(self) -> None:
        """Opens them all, so many a second, and waits for the first picture of each. Raises WrongAnswer."""
        started, loop = time.perf_counter(), asyncio.get_running_loop()
        for number, one in enumerate(self.people):
            assert one.payer.order is not None
            await asyncio.sleep(started + number / OPENED_PER_SECOND - time.perf_counter())
            path = f"/v1/orders/{one.payer.order.order_id}:watch"
            host = f"Host: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {one.payer.token}"
            stream = _Stream(f"GET {path} HTTP/1.1\r\n{host}\r\n\r\n".encode())
            await loop.create_connection(partial(_same, stream), "127.0.0.1", self.port)
            self.streams[one.payer.order.order_id] = stream
        await self._wait([stream.shown for stream in self.streams.values()], "shown their orders")
        wrong = [one.received for one in self.streams.values() if not one.received.startswith(OPENED)]
        self.refused = len(wrong)
        if len(wrong) > MOST_REFUSED * len(self.people):
            raise WrongAnswer(f"an order page's stream was answered {wrong[0][-330:].decode(errors='replace')}")

    async def tell(self, told: Sequence[Told]) -> list[float]:
        """Notifies of the payments of these; how long it took until the page of each was told, in seconds. What the
        suite refuses a platform sends again later; it is left out here.
        """
        requests = [Prepared.of("notification", one.notification, self.port) for one in told]
        streams = [self.streams[one.payer.order.order_id] for one in told if one.payer.order]
        async with wires(self.port) as connections:
            started = time.perf_counter()
            answers = await connections.at_rate(requests, TOLD_PER_SECOND)
        taken = [(stream, one) for stream, one in zip(streams, answers, strict=True) if one.status == 200]
        await self._wait([stream.paid for stream, _ in taken], "told of their payments")
        return [stream.told - started - one.offered for stream, one in taken]

    async def _wait(self, happened: Sequence[asyncio.Event], what: str) -> None:
        """Until everything has happened. Raises WrongAnswer when it does not in time."""
        try:
            await asyncio.wait_for(asyncio.gather(*(one.wait() for one in happened)), LAST_NEWS_SECONDS)
        except TimeoutError:
            count = sum(one.is_set() for one in happened)
            raise WrongAnswer(f"{count:,} of {len(happened):,} order pages were {what}") from None


class _Stream(asyncio.Protocol):
    def __init__(self, head: bytes) -> None:
        self._head = head
        self.received = b""
        self.shown, self.paid = asyncio.Event(), asyncio.Event()
        self.told = 0.0
        self.ended = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self._head)

    def data_received(self, data: bytes) -> None:
        if not self.shown.is_set():
            self.received += data
            if b"data: " in self.received or b"trace_id" in self.received:
                self.shown.set()
        elif PAID in data and not self.told:
            self.told = time.perf_counter()
            self.paid.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.shown.set()


def _same(stream: _Stream) -> _Stream:
    return stream


@asynccontextmanager
async def _pages(port: int, people: Sequence[Told]) -> AsyncIterator[_Pages]:
    pages = _Pages(port, people)
    try:
        yield pages
    finally:
        for stream in pages.streams.values():
            if stream.transport is not None:
                stream.transport.abort()


@asynccontextmanager
async def _measured(title: str, pids: Mapping[str, int], phases: list[Phase]) -> AsyncIterator[None]:
    started, before = time.perf_counter(), _cpu(pids)
    yield
    seconds, after = time.perf_counter() - started, _cpu(pids)
    phases.append(Phase(title, seconds, {name: after[name] - before[name] for name in SHOWN}, _memory(pids)))


def _cpu(pids: Mapping[str, int]) -> dict[str, float]:
    return {**{name: seconds_of(pid) for name, pid in pids.items()}, GENERATOR: own_seconds()}


def _memory(pids: Mapping[str, int]) -> dict[str, int]:
    return {name: resident_bytes(pid) for name, pid in {**pids, GENERATOR: os.getpid()}.items()}


def _allow_files(count: int) -> None:
    """A connection is a file. Raises WrongAnswer where this process may not have so many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < count + SPARE_FILES:
        raise WrongAnswer(f"this process may open {most:,} files, which is too few for {count:,} pages")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
