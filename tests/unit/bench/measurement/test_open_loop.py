"""The open loop: requests come when they are due, whatever became of those before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bench.measurement.load_generator import NoAnswer
from bench.measurement.open_loop import NO_ANSWER, Prepared, wires

REQUEST = b"GET /%s HTTP/1.1\r\n\r\n"


@asynccontextmanager
async def answering(answer: bytes, pieces: int = 1) -> AsyncIterator[int]:
    """A server that gives every request the same answer, in so many pieces; nothing at all for an empty one."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            await reader.readline()
            if not answer:
                break
            size = -(-len(answer) // pieces)
            for start in range(0, len(answer), size):
                writer.write(answer[start : start + size])
                await writer.drain()
                await asyncio.sleep(0)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def requests(count: int) -> list[Prepared]:
    return [Prepared("some", REQUEST % str(number).encode()) for number in range(count)]


@pytest.mark.parametrize("pieces", [1, 3])
async def test_every_request_is_sent_once_and_counts_from_when_it_was_due(pieces):
    async with answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", pieces) as port, wires(port) as connections:
        exchanges = await connections.at_rate(requests(50), 1_000)
    assert [one.offered for one in exchanges] == [number / 1_000 for number in range(50)]
    assert all(one.well and one.seconds > 0 for one in exchanges)


async def test_a_refusal_says_whether_it_says_when_to_come_back():
    refusal = b"HTTP/1.1 429 Too Many\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    async with answering(refusal) as port, wires(port) as connections:
        exchanges = await connections.at_rate(requests(5), 1_000)
    assert {(one.status, one.retry_after, one.well) for one in exchanges} == {(429, True, False)}


async def test_what_has_no_answer_is_told_from_what_has():
    async with answering(b"") as port, wires(port) as connections:
        exchanges = await connections.at_rate(requests(5), 1_000)
        assert {one.status for one in exchanges} == {NO_ANSWER}
        with pytest.raises(NoAnswer):
            await connections.in_turns(requests(5), 2, 1.0)


async def test_in_turns_no_more_are_under_way_than_were_wanted():
    async with answering(b"HTTP/1.1 303 See Other\r\ncontent-length: 0\r\n\r\n") as port, wires(port) as connections:
        answered = await connections.in_turns(requests(20), 4, 60.0)
    assert len(answered) == 20
    assert all(one.well for one in answered)
