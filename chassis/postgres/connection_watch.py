"""A database that says nothing is away (GW-7, F-30): a stopped process, a machine that hangs, a network that swallows.

A broken connection tells by itself; silence does not, and a statement that waits for it would wait until its caller has
gone. So each process asks a small question of its own, again and again. Where the answer does not come, all connections
are given up at once, without asking the same silence to cancel anything; and nobody else is let wait for a new one
until the question is answered again. A statement that takes long in a database that answers is left alone.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final
from weakref import WeakSet

import asyncpg

from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)

PAUSE_SECONDS: Final = 0.5
SECOND_LOOK_SECONDS: Final = 0.25
"""For an answer that has come while this process was too busy to read it."""

Connect = Callable[..., Awaitable["asyncpg.Connection[asyncpg.Record]"]]


class DatabaseSilent(ConnectionAbortedError):
    """The database does not answer at the moment; nothing was asked of it."""


class ConnectionWatch:
    """Opens the connections of a process, and gives them up when the database has been silent for `silence` seconds."""

    def __init__(self, connect: Connect, silence: float) -> None:
        self._connect = connect
        self._silence = silence
        self._open: WeakSet[Any] = WeakSet()
        self._probe: Any = None
        self._silent = False

    async def open(self, *args: Any, **options: Any) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection, with the arguments of `asyncpg.connect`. Raises DatabaseSilent."""
        if self._silent:
            raise DatabaseSilent()
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(*args, **options)
        self._open.add(connection)
        return connection

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watches for the length of a block."""
        watch = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
            self._drop_probe()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            if self._open or self._silent:  # a process that is not connected has nothing to lose
                self._note(answering=await self._answers())

    def _note(self, *, answering: bool) -> None:
        if answering == self._silent:
            _log.warning("the database answers again" if answering else "the database is silent")
        self._silent = not answering
        if self._silent:
            for connection in list(self._open):
                connection.terminate()
            self._open.clear()

    async def _answers(self) -> bool:
        """Whether anything comes back; a refusal is an answer, and whoever asked is told of that by itself."""
        asked = asyncio.ensure_future(self._ask())
        try:
            await asyncio.wait({asked}, timeout=self._silence)
            if not asked.done():
                await asyncio.wait({asked}, timeout=SECOND_LOOK_SECONDS)
        finally:
            answered = asked.done()
            asked.cancel()
            if not answered:
                self._drop_probe()
        return answered and not isinstance(asked.exception(), TimeoutError)

    async def _ask(self) -> None:
        try:
            if self._probe is None:
                self._probe = await self._connect()
            await self._probe.execute("")
        except asyncio.CancelledError:
            raise
        except Exception:
            self._drop_probe()
            raise

    def _drop_probe(self) -> None:
        if self._probe is not None:
            self._probe.terminate()
            self._probe = None
