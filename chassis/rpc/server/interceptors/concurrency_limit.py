"""Bounds how much is in progress at once.

The excess is turned away at once, with a delay after which to try again; nothing queues.
"""

import asyncio
from datetime import timedelta
from random import uniform
from typing import Final

from google.protobuf.message import Message

from chassis.call_context import Call
from chassis.errors import Overloaded
from chassis.rpc.server.interceptors.interceptor import Handler, Method

RETRY_SECONDS: Final = (0.5, 1.5)
"""Between these, at random: callers turned away together must not come back together."""


class LimitsInterceptor:
    """Two bounds: one for calls that work, one for streams, which mostly wait."""

    def __init__(self, max_concurrency: int, max_streams: int) -> None:
        """At most `max_concurrency` unary calls and `max_streams` streams are in progress at once."""
        self._calls, self._streams = asyncio.Semaphore(max_concurrency), asyncio.Semaphore(max_streams)

    def wrap(self, method: Method, handler: Handler) -> Handler:
        """The handler, reached only while there is room."""
        room = self._streams if method.streams else self._calls

        async def with_room(request: Message, call: Call) -> Message | None:
            if room.locked():
                raise Overloaded(retry_after=timedelta(seconds=uniform(*RETRY_SECONDS)))  # noqa: S311  # no secret
            async with room:
                return await handler(request, call)

        return with_room
