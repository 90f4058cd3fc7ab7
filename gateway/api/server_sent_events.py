"""A stream of messages as server-sent events (`text/event-stream`), as browsers' `EventSource` reads them.

Every message is one event with JSON as its data; a silent stream gets a comment now and then, so that nothing in
between closes it. A stream that ends well says `event: end`, one that fails `event: problem` with the problem as its
data; a client that sees neither should ask again.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Final

from chassis.errors import Refusal
from gateway.http.asgi import Header, Receive, Send

CONTENT_TYPE: Final = b"text/event-stream"
SIGN_OF_LIFE: Final = b": still here\n\n"


@dataclass(frozen=True, slots=True)
class Event:
    """What is sent at once, and whether it is the last."""

    text: bytes
    last: bool = False


END: Final = Event(b"event: end\ndata: {}\n\n", last=True)


@dataclass(frozen=True, slots=True)
class EventStream:
    """A client that watches: how to send to it, how to render a problem for it, and what ends its watching."""

    receive: Receive
    send: Send
    headers: list[Header]
    render: Callable[[Refusal], bytes]
    heartbeat_seconds: float
    leaving: asyncio.Event
    """Set when the process is about to end."""

    async def watch(self, messages: AsyncGenerator[bytes, None]) -> None:
        """Sends `messages`, JSON texts, until they end, the client leaves or the process does; then closes them.

        Raises the Refusal that comes instead of a first message: it can still be answered with a status of its own.
        """
        ends = {asyncio.create_task(self._until_gone()), asyncio.create_task(self.leaving.wait())}
        upcoming = asyncio.create_task(_next(messages))
        started = False
        try:
            while True:
                done, _ = await asyncio.wait(
                    {upcoming, *ends}, timeout=self.heartbeat_seconds, return_when=asyncio.FIRST_COMPLETED
                )
                if done & ends:
                    break
                event = self._event(upcoming, started=started) if done else Event(SIGN_OF_LIFE)
                if not started:
                    await self._start()
                    started = True
                await self.send({"type": "http.response.body", "body": event.text, "more_body": True})
                if event.last:
                    break
                if done:
                    upcoming = asyncio.create_task(_next(messages))
            if started:
                await self.send({"type": "http.response.body", "body": b""})
        finally:
            await _cancel(upcoming, *ends)
            await messages.aclose()

    def _event(self, arrived: "asyncio.Task[Event]", *, started: bool) -> Event:
        try:
            return arrived.result()
        except Refusal as refusal:
            if not started:
                raise
            return Event(b"event: problem\ndata: " + self.render(refusal) + b"\n\n", last=True)

    async def _start(self) -> None:
        headers = [(b"content-type", CONTENT_TYPE), (b"x-accel-buffering", b"no"), *self.headers]
        await self.send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _until_gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass


async def _next(messages: AsyncGenerator[bytes, None]) -> Event:
    try:
        return Event(b"data: " + await anext(messages) + b"\n\n")
    except StopAsyncIteration:
        return END


async def _cancel(*tasks: "asyncio.Task[object]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
