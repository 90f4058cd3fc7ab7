"""Connections that are slow, many or make no sense, on real sockets (GW-6, F-29, F-26)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

import pytest

from gateway.http.asgi import ClientGone, Receive, Request, Response, Scope, Send
from gateway.http.front_door.http_protocol import bounded_protocol
from gateway.http.front_door.limits import FrontDoorLimits
from gateway.http.front_door.sources import Sources
from tests.support.http_server import http_server
from tests.support.wait_until import PATIENCE_SECONDS, wait_until

SHORT = 0.05
LONG = PATIENCE_SECONDS * 2
"""A deadline that no test lives to see."""
PATIENT = FrontDoorLimits(header_seconds=LONG, body_seconds=LONG, idle_seconds=LONG, unread_seconds=LONG)
LARGE = b"x" * 64 * 1024 * 1024
"""More than any socket holds on its way."""


@dataclass
class Echo:
    """An application that answers with the body it was sent, when it may."""

    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0
    gone: int = 0
    answer: bytes | None = None

    def __post_init__(self) -> None:
        self.may_answer.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await Request.of(scope, receive).body(len(LARGE))
        except ClientGone:
            self.gone += 1
            return
        self.waiting += 1
        await self.may_answer.wait()
        await Response(200, b"text/plain", body if self.answer is None else self.answer).send(send)


@dataclass
class Client:
    """One connection, by hand."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, url: str) -> Self:
        place = urlsplit(url)
        return cls(*await asyncio.open_connection(place.hostname, place.port))

    def send(self, text: bytes) -> None:
        self.writer.write(text)

    async def rest(self) -> bytes:
        """Everything until the server ends the connection."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.reader.read()

    async def status(self) -> int:
        """The status of the next answer, which has no body."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = await self.reader.readuntil(b"\r\n\r\n")
        return int(head.split()[1])

    async def ended(self) -> bool:
        """Whether the server ends the connection, without a word."""
        try:
            return await self.rest() == b""
        except ConnectionError:
            return True


@asynccontextmanager
async def served(app: Any, trusted: str = "", **limits: float) -> AsyncIterator[str]:
    """A server whose deadlines are out of sight, but for `limits`."""
    bounds = FrontDoorLimits(**{**PATIENT.model_dump(), **limits})
    async with http_server(app, bounded_protocol(bounds, Sources(trusted))) as url:
        yield url


def problem(answer: bytes) -> tuple[int, str]:
    """Status and reason of an answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert b"connection: close" in head
    return int(head.split()[1]), json.loads(body)["reason"]


@pytest.mark.parametrize("begin", [b"", b"\r\n", b"G", b"GET / HTTP/1.1\r\nhost: a\r\nx-slow: "])
async def test_headers_that_do_not_come_are_not_waited_for(begin: bytes) -> None:  # GW-6, F-29
    async with served(Echo(), header_seconds=SHORT) as url:
        client = await Client.open(url)
        client.send(begin)
        assert problem(await client.rest()) == (408, "REQUEST_TIMEOUT")


async def test_so_it_is_with_the_second_request_of_a_connection() -> None:  # GW-6
    async with served(Echo(), header_seconds=SHORT) as url:
        client = await Client.open(url)
        client.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\nGET /again")
        assert await client.status() == 200
        assert problem(await client.rest()) == (408, "REQUEST_TIMEOUT")


@pytest.mark.parametrize(
    "framing",
    [b"content-length: 100\r\n\r\nx", b"transfer-encoding: chunked\r\n\r\n64\r\nx", b"content-length: 9\r\n\r\n"],
)
async def test_a_body_that_does_not_come_is_not_waited_for(framing: bytes) -> None:  # GW-6, F-29
    app = Echo()
    async with served(app, body_seconds=SHORT) as url:
        client = await Client.open(url)
        client.send(b"POST / HTTP/1.1\r\nhost: a\r\n" + framing)
        assert problem(await client.rest()) == (408, "REQUEST_TIMEOUT")
        await wait_until(lambda: _now(app.gone == 1))


async def test_a_body_that_comes_too_slowly_is_not_waited_for() -> None:  # GW-6
    async with served(Echo(), body_seconds=LONG, body_bytes_per_second=1) as url:
        assert url  # this server waits; the next one, of the same patience, asks for more than ever comes
    async with served(Echo(), body_seconds=6 * SHORT, body_bytes_per_second=1_000_000_000) as url:
        client = await Client.open(url)
        client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n" + b"x" * 200_000)
        assert problem(await client.rest()) == (408, "REQUEST_TIMEOUT")


async def test_a_request_that_is_answered_early_ends_when_the_rest_of_it_does_not_come() -> None:  # GW-6
    async def hasty(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(413, b"text/plain", b"").send(send)

    async with served(hasty, body_seconds=SHORT) as url:
        client = await Client.open(url)
        client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nx")
        assert await client.status() == 413
        await client.rest()


async def test_an_idle_connection_is_closed() -> None:  # GW-6
    async with served(Echo(), idle_seconds=SHORT) as url:
        client = await Client.open(url)
        client.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        assert await client.status() == 200
        assert await client.ended()


async def test_an_answer_that_nobody_reads_is_given_up() -> None:  # GW-6, F-29
    async with served(Echo(answer=LARGE), unread_seconds=SHORT) as url:
        client = await Client.open(url)
        client.writer.transport.pause_reading()
        client.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")

        async def ended() -> bool:
            client.send(b"\r\n")  # which shows whether anybody is still there
            return client.writer.transport.is_closing()

        await wait_until(ended)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 40_000 + b"\r\n\r\n",
        b"GET /" + b"y" * 40_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"x-%d: y\r\n" % number for number in range(101)) + b"\r\n",
    ],
)
async def test_headers_are_bounded(sent: bytes) -> None:  # GW-6, F-26
    async with served(Echo()) as url:
        client = await Client.open(url)
        client.send(sent)
        assert problem(await client.rest()) == (431, "HEADERS_TOO_LARGE")


async def test_headers_without_an_end_are_cut_off() -> None:  # GW-6, F-29
    async with served(Echo()) as url:
        client = await Client.open(url)
        client.send(b"GET / HTTP/1.1\r\nhost: a\r\nx: ")

        async def cut_off() -> bool:
            client.send(b"y" * 10_000)
            return client.reader.at_eof() or client.writer.transport.is_closing()

        await wait_until(cut_off)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"BREW / HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nx y: z\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nx: a\x00b\r\n\r\n",
        b"GET / HTTP/9.9\r\nhost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1e9\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxy",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n-5\r\nhello\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello\r\n",
    ],
)
async def test_what_is_not_http_is_told_so(sent: bytes) -> None:  # F-26
    async with served(Echo()) as url:
        client = await Client.open(url)
        client.send(sent)
        assert problem(await client.rest()) == (400, "MALFORMED_HTTP")


async def test_who_opens_many_connections_and_sends_nothing_keeps_nobody_out() -> None:  # GW-6, F-29
    async with served(Echo(), connections_per_source=5) as url, AsyncExitStack() as stack:
        begun = [await Client.open(url) for _ in range(5)]
        for client in begun:
            stack.callback(client.writer.close)
            client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nx")
        other = await Client.open(url)
        other.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        assert await other.status() == 200
        assert await begun[0].ended()


async def test_a_source_whose_connections_are_all_being_answered_gets_no_more() -> None:  # GW-6
    app = Echo()
    app.may_answer.clear()
    async with served(app, connections_per_source=3) as url:
        busy = [await Client.open(url) for _ in range(3)]
        for client in busy:
            client.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        await wait_until(lambda: _now(app.waiting == 3))
        other = await Client.open(url)
        assert problem(await other.rest()) == (429, "TOO_MANY_CONNECTIONS")
        app.may_answer.set()
        assert [await client.status() for client in busy] == [200, 200, 200]
        busy[0].writer.close()
        again = await Client.open(url)
        again.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        assert await again.status() == 200


async def test_a_trusted_proxy_connects_for_everybody() -> None:  # GW-6
    async with served(Echo(), trusted="127.0.0.1", connections_per_source=1) as url:
        clients = [await Client.open(url) for _ in range(3)]
        for client in clients:
            client.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        assert [await client.status() for client in clients] == [200, 200, 200]


async def _now(found: bool) -> bool:
    return found
