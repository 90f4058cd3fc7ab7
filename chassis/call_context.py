"""What is known about the call in progress: the caller, the language, the deadline, the trace.

The server's interceptors fill in one `Call` per RPC; servicers and use cases read it through the functions below.
Outside a call (a background job, a test) there is no caller and no deadline.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache
from random import getrandbits
from typing import Any, Final, Self

import grpc

from chassis.errors import NotFound, PermissionDenied, Unauthenticated
from chassis.security.tokens import Access, Principal

ME: Final = "me"

_TRACE_PARENT: Final = re.compile(
    "(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})(?:-.*)?"
)
"""As W3C writes it; later versions may say more behind it."""


class Language(Enum):
    """The languages the suite speaks; the value is the BCP 47 tag."""

    CHINESE = "zh-CN"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Trace:
    """A place in a distributed trace, as W3C `traceparent` carries it: ids in lower-case hex."""

    trace_id: str
    span_id: str
    sampled: bool

    @classmethod
    def start(cls) -> Self:
        """A new trace, not sampled."""
        return cls(f"{getrandbits(128) or 1:032x}", _span_id(), False)

    @classmethod
    def parse(cls, header: str) -> Self | None:
        """The trace that a `traceparent` header names, or None when there is none to be had from it."""
        found = _TRACE_PARENT.fullmatch(header)
        if found is None or found["version"] == "ff" or not int(found["trace"], 16) or not int(found["span"], 16):
            return None
        return cls(found["trace"], found["span"], bool(int(found["flags"], 16) & 1))

    def child(self) -> "Trace":
        """The same trace, one span further."""
        return Trace(self.trace_id, _span_id(), self.sampled)

    @property
    def header(self) -> str:
        """The `traceparent` header for whatever is called from here."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


def _span_id() -> str:
    return f"{getrandbits(64) or 1:016x}"


@dataclass(slots=True)
class Call:
    """One call in progress; the interceptors fill it in as they learn more.

    `deadline` is in seconds of `time.monotonic()`. `code` and `reason` tell, once the call has ended, how.
    """

    method: str
    metadata: Mapping[str, str | bytes] = field(default_factory=dict)
    rpc: grpc.aio.ServicerContext[Any, Any] | None = None
    deadline: float | None = None
    principal: Principal | None = None
    source: str = ""
    """The network address that limits are counted by: of whoever called the gateway, or this service without one."""
    code: str = "OK"
    reason: str = ""
    _trace: Trace | None = None

    @property
    def trace(self) -> Trace:
        """Where the call stands in its trace, made when first asked for: under its caller or at the start of one."""
        if self._trace is None:
            parent = self.parent_trace()
            self._trace = parent.child() if parent else Trace.start()
        return self._trace

    @trace.setter
    def trace(self, trace: Trace) -> None:
        self._trace = trace

    def parent_trace(self) -> Trace | None:
        """Where its caller stands in the trace."""
        return Trace.parse(self.text("traceparent"))

    def time_left(self) -> float | None:
        """Seconds until the caller stops waiting, or None when nobody waits."""
        return None if self.deadline is None else self.deadline - time.monotonic()

    def text(self, name: str) -> str:
        """The metadata entry `name`, or an empty string."""
        value = self.metadata.get(name, "")
        return value if isinstance(value, str) else ""


_current: ContextVar[Call | None] = ContextVar("call", default=None)


def current_call() -> Call | None:
    """The call in progress, if there is one."""
    return _current.get()


def enter(call: Call) -> None:
    """Makes `call` the one in progress for the rest of this task. gRPC gives each RPC a task of its own."""
    _current.set(call)


@contextmanager
def in_call(call: Call) -> Iterator[Call]:
    """Makes `call` the one in progress for the length of a block."""
    token = _current.set(call)
    try:
        yield call
    finally:
        _current.reset(token)


@contextmanager
def continued_trace(trace_parent: str) -> Iterator[None]:
    """Continues, in this block, the trace of the request that caused an event; caller and deadline stay as they are."""
    call, trace = _current.get(), Trace.parse(trace_parent)
    if trace is None:
        yield
        return
    known = call or Call("event")
    with in_call(replace(known, _trace=trace.child())):
        yield


def caller() -> Principal:
    """Who is calling. Raises Unauthenticated when nobody has proven who they are."""
    principal = optional_caller()
    if principal is None:
        raise Unauthenticated()
    return principal


def optional_caller() -> Principal | None:
    """Who is calling; None for an anonymous call of a PUBLIC method, and for every call of a public read that does not
    say `varies_by_caller`.
    """
    call = _current.get()
    return call.principal if call else None


def own_candidate_id(requested: str) -> str:
    """The calling candidate's id, asked for as `me` or by itself. Raises PermissionDenied for anybody else's."""
    principal = caller()
    if principal.kind is not Access.CANDIDATE or requested not in (ME, principal.subject_id):
        raise PermissionDenied()
    return principal.subject_id


def named_candidate_id(requested: str) -> str:
    """The candidate asked for: the caller, as `me`, by no id or by their own, or for operators anybody by id. Raises
    NotFound for another's.
    """
    principal = caller()
    if principal.kind is Access.CANDIDATE and requested in ("", ME, principal.subject_id):
        return principal.subject_id
    if principal.kind is Access.OPERATOR and requested not in ("", ME):
        return requested
    raise NotFound()


@lru_cache(maxsize=256)
def preferred_language(accept_language: str) -> Language:
    """The best of our languages for an `Accept-Language` header (RFC 9110, section 12.5.4), Chinese for want of any."""
    best, weight = Language.CHINESE, 0.0
    for position, entry in enumerate(accept_language.split(",")):
        tag, _, parameters = entry.strip().partition(";")
        language = {"zh": Language.CHINESE, "en": Language.ENGLISH}.get(tag.strip().lower().split("-")[0])
        quality = _quality(parameters) - position * 1e-6
        if language is not None and quality > weight:
            best, weight = language, quality
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def time_left() -> float | None:
    """Seconds until the caller stops waiting, or None when nobody waits."""
    call = _current.get()
    return call.time_left() if call else None


def trace_parent() -> str:
    """The `traceparent` of the work in progress, for an outbox row or an outgoing call; empty when untraced."""
    call = _current.get()
    return call.trace.header if call else ""
