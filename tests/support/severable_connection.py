"""What lies between a test and a real server, and can be cut: the server is away then, and back after."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.support.free_port import free_port

AT_ONCE = 65_536


@dataclass
class SeverableConnection:
    """A port on this machine that leads to a server on another."""

    server_port: int
    port: int = field(default_factory=free_port)
    _loses_answers: bool = False
    _listening: asyncio.Server | None = None
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def cut(self) -> None:
        """Ends every connection and takes no other, as a server that was killed."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        under_way = list(self._under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def restore(self) -> None:
        """The server is back at its port."""
        self._loses_answers = False
        self._listening = await asyncio.start_server(self._connected, "127.0.0.1", self.port, reuse_address=True)

    def lose_answers(self) -> None:
        """From now on whatever is asked is done, and the connection ends before the answer is there."""
        self._loses_answers = True

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        with suppress(asyncio.CancelledError, ConnectionError):
            await self._pass_on(reader, writer)
        self._under_way.discard(task)
        writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.server_port)
        asking = asyncio.create_task(_copied(reader, there_writer))
        try:
            while answer := await there_reader.read(AT_ONCE):
                if self._loses_answers:
                    break
                writer.write(answer)
                await writer.drain()
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            there_writer.transport.abort()


@asynccontextmanager
async def severable(server_port: int) -> AsyncIterator[SeverableConnection]:
    """A way to the server on `server_port` of this machine, whole at first, for the length of a block."""
    connection = SeverableConnection(server_port)
    await connection.restore()
    try:
        yield connection
    finally:
        await connection.cut()


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while said := await reader.read(AT_ONCE):
            writer.write(said)
            await writer.drain()
