"""HTTP/1.1 with bounds: what uvicorn speaks, with deadlines for headers, bodies and readers, and so many connections
from one source (GW-6, F-29). What is wrong before there is a request is told as any other problem (F-26).
"""

import asyncio
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chassis.call_context import Trace, preferred_language
from chassis.errors import Refusal
from gateway.errors import HeadersTooLarge, MalformedHttp, RequestTimeout, TooManyConnections
from gateway.http.front_door.limits import FrontDoorLimits
from gateway.http.front_door.sources import EVERYBODY, Sources
from gateway.http.problems import CONTENT_TYPE, render_problem

CHECKS_OF_A_BODY: Final = 6
"""So many times within its deadline it is looked how fast a body comes; the first of them is for its start."""

MOST_HEADERS: Final = 100


class Stage(Enum):
    """What of a request is being read."""

    NOTHING = auto()
    HEADERS = auto()
    BODY = auto()


class Connections:
    """The open connections of a process by source, the oldest of each first."""

    def __init__(self, limits: FrontDoorLimits, sources: Sources) -> None:
        self.limits = limits
        self._sources = sources
        self._open: dict[str, dict[BoundedHttpProtocol, None]] = {}

    def admit(self, connection: "BoundedHttpProtocol", address: str) -> bool:
        """Counts a connection. Where its source has too many, the oldest that waits for something to arrive makes
        room, so that who opens many and sends nothing keeps nobody out; False when all of them are being answered.
        """
        source = self._sources.of_connection(address)
        if source == EVERYBODY:
            return True
        mine = self._open.setdefault(source, {})
        if len(mine) >= self.limits.connections_per_source:
            oldest = next((one for one in mine if one.waits), None)
            if oldest is None:
                return False
            del mine[oldest]
            oldest.close()
        mine[connection] = None
        return True

    def leave(self, connection: "BoundedHttpProtocol", address: str) -> None:
        """Forgets a connection that has ended."""
        source = self._sources.of_connection(address)
        mine = self._open.get(source, {})
        mine.pop(connection, None)
        if not mine:
            self._open.pop(source, None)


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection; uvicorn makes it."""

    room: ClassVar[Connections]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = self.room.limits
        self.timeout_keep_alive = self._limits.idle_seconds  # type: ignore[assignment]  # parts of a second will do
        self._stage = Stage.NOTHING
        self._timer: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._header_bytes = self._body_bytes = self._checks = 0

    @property
    def waits(self) -> bool:
        """Whether nothing is being answered, or what is has not arrived whole."""
        return not self.pipeline and (self._answers_nothing or self._stage is Stage.BODY)

    @property
    def _answers_nothing(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def close(self) -> None:
        """Ends the connection at once."""
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Counts the connection and waits for its first headers."""
        super().connection_made(transport)
        if self.room.admit(self, self._address):
            self._expect_headers()
        else:
            self._refuse(TooManyConnections())

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets it."""
        self.room.leave(self, self._address)
        self._stop_timer()
        self.resume_writing()
        super().connection_lost(exc)

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""

    def data_received(self, data: bytes) -> None:
        """Reads on, and sees to it that what is not whole yet has a deadline."""
        in_headers = self._stage is Stage.HEADERS
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._stage is Stage.NOTHING and not self._answers_nothing:
            self._stop_timer()
        elif self._stage is Stage.BODY:
            self._expect_body()
        else:
            self._expect_headers()
            if in_headers and self._stage is Stage.HEADERS:
                self._count_headers(len(data))

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._stage, self._header_bytes = Stage.HEADERS, 0
        self._stop_timer()

    def on_headers_complete(self) -> None:
        """Its headers are whole: they are refused, or it is begun to be answered."""
        lengths = [len(name) + len(value) for name, value in self.headers]
        if len(self.url) + sum(lengths) > self._limits.header_bytes or len(lengths) > MOST_HEADERS:
            self._refuse(HeadersTooLarge(limit_bytes=str(self._limits.header_bytes), limit_headers=str(MOST_HEADERS)))
            raise ValueError("too many headers")
        super().on_headers_complete()
        self._stage, self._body_bytes = Stage.BODY, 0
        self._stop_timer()

    def on_body(self, body: bytes) -> None:
        """More of its body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """It is whole."""
        self._stage = Stage.NOTHING
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The reader is slower than we are."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self._limits.unread_seconds, self.close)

    def resume_writing(self) -> None:
        """The reader has read."""
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """What was sent is not HTTP."""
        self._refuse(MalformedHttp(place="header" if self._stage is Stage.HEADERS else "body"))

    def _count_headers(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > self._limits.header_bytes:
            self._refuse(HeadersTooLarge(limit_bytes=str(self._limits.header_bytes), limit_headers=str(MOST_HEADERS)))

    def _expect_headers(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self._limits.header_seconds, self._out_of_time)

    def _expect_body(self) -> None:
        if self._timer is None:
            self._checks = 0
            self._timer = self.loop.call_later(self._limits.body_seconds / CHECKS_OF_A_BODY, self._check_body)

    def _check_body(self) -> None:
        """Looks how fast the body comes; while we do not read on, nobody is to blame."""
        pause = self._limits.body_seconds / CHECKS_OF_A_BODY
        self._checks += not self.flow.read_paused
        due = self._limits.body_bytes_per_second * pause * (self._checks - 1)
        if self._checks >= CHECKS_OF_A_BODY or (self._checks and self._body_bytes <= due):
            self._out_of_time()
        else:
            self._timer = self.loop.call_later(pause, self._check_body)

    def _out_of_time(self) -> None:
        self._refuse(RequestTimeout())

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, refusal: Refusal) -> None:
        """Ends the connection, with what is wrong where nothing else is being said; the application, should it wait for
        the rest, is told that nobody is there.
        """
        self._stop_timer()
        if self.transport.is_closing():
            return
        if not self.pipeline and (self._answers_nothing or not self.cycle.response_started):
            self.transport.write(self._problem(refusal))
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    def _problem(self, refusal: Refusal) -> bytes:
        sent = dict(self.headers or ())
        language = preferred_language(sent.get(b"accept-language", b"").decode("latin-1"))
        problem = render_problem(refusal, language, Trace.start().trace_id)
        lines = [
            f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}",
            f"content-type: {CONTENT_TYPE.decode()}",
            f"content-language: {language.value}",
            f"content-length: {len(problem.body)}",
            "cache-control: no-store",
            "x-content-type-options: nosniff",
            "connection: close",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + problem.body


def bounded_protocol(limits: FrontDoorLimits, sources: Sources) -> type[BoundedHttpProtocol]:
    """The protocol of one server, whose connections are counted together."""

    class Protocol(BoundedHttpProtocol):
        room = Connections(limits, sources)

    return Protocol
