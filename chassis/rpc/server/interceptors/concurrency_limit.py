"""Bounds how much is in progress at once.

The excess is turned away at once, with a delay after which to try again; nothing queues.
"""

from datetime import timedelta
from typing import Final

from google.protobuf.message import Message

from chassis.call_context import Call
from chassis.config import ServerConfig
from chassis.errors import Overloaded
from chassis.process.admission_control import AdmissionControl
from chassis.rpc.priorities import priority_of
from chassis.rpc.server.interceptors.interceptor import Handler, Method

KIND: Final = "call"
RETRY_STREAM: Final = timedelta(seconds=5)


class LimitsInterceptor:
    """Two bounds: one by time for calls, which work, and one by number for streams, which mostly wait."""

    def __init__(self, config: ServerConfig) -> None:
        self._admission = AdmissionControl.of(config, KIND)
        self._most_streams = config.max_streams
        self._streams = 0

    def wrap(self, method: Method, handler: Handler) -> Handler:
        """The handler, reached only while there is room for its priority."""
        priority, admission = priority_of(method.descriptor), self._admission

        async def in_time(request: Message, call: Call) -> Message | None:
            with admission.admitted(priority):
                return await handler(request, call)

        async def streamed(request: Message, call: Call) -> Message | None:
            if self._streams >= self._most_streams:
                raise Overloaded(retry_after=RETRY_STREAM)
            self._streams += 1
            try:
                return await handler(request, call)
            finally:
                self._streams -= 1

        return streamed if method.streams else in_time
