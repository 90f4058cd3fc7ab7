"""Calls to the services, from bytes to bytes."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

import grpc

from chassis.errors import Code, Refusal
from chassis.telemetry import CLIENT_SECONDS
from chassis.wire_errors import from_rpc_error
from gateway.contracts import Rpc
from gateway.errors import ServiceTimeout, ServiceUnavailable

RETRY_AFTER: Final = timedelta(seconds=1)

Metadata = Sequence[tuple[str, str]]


class Connected(Protocol):
    """A service that can be called."""

    def channel(self) -> grpc.aio.Channel:
        """The connection for the next call."""
        ...


Upstreams = Callable[[str], Connected]
"""The service of a name."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A service's answer, and the metadata it sent ahead."""

    wire: bytes
    metadata: dict[str, str]


class Upstream:
    """One RPC of a service; its raw callable is made once per connection."""

    def __init__(self, rpc: Rpc, upstreams: Upstreams) -> None:
        self._service = rpc.upstream
        self._path = rpc.path
        self._streams = rpc.streams
        self._upstreams = upstreams
        self._channel: grpc.aio.Channel | None = None
        self._raw: Any = None

    async def ask(self, wire: bytes, seconds: float, metadata: Metadata, *, wanted: bool = False) -> Reply:
        """The answer within `seconds`; with `wanted`, also the metadata sent ahead of it.

        Raises RemoteRefusal with what the service says, ServiceUnavailable and ServiceTimeout where it says nothing.
        """
        started, code = time.perf_counter(), "OK"
        try:
            call = self._callable()(wire, timeout=seconds, metadata=metadata)
            answer = await call
            return Reply(answer, _texts(await call.initial_metadata()) if wanted else {})
        except grpc.aio.AioRpcError as error:
            code = error.code().name
            raise _refusal(error, self._service) from error
        except BaseException:
            code = "CANCELLED"
            raise
        finally:
            CLIENT_SECONDS.labels(self._service, self._path, code).observe(time.perf_counter() - started)

    async def watch(self, wire: bytes, seconds: float, metadata: Metadata) -> AsyncIterator[bytes]:
        """The messages of a stream; closing the iterator ends the call. Raises as `ask` does."""
        call = self._callable()(wire, timeout=seconds, metadata=metadata)
        try:
            async for message in call:
                yield message
        except grpc.aio.AioRpcError as error:
            raise _refusal(error, self._service) from error
        finally:
            call.cancel()

    def _callable(self) -> Any:
        channel = self._upstreams(self._service).channel()
        if channel is not self._channel:
            self._channel = channel
            self._raw = (channel.unary_stream if self._streams else channel.unary_unary)(self._path)
        return self._raw


def _texts(metadata: Any) -> dict[str, str]:
    return {name: value for name, value in metadata or () if isinstance(value, str)}


def _refusal(error: grpc.aio.AioRpcError, service: str) -> Refusal:
    """What the service says; where it says nothing, what that means to the caller."""
    refusal = from_rpc_error(error)
    spoken = refusal.reason != refusal.code.name
    if spoken or refusal.code not in (Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.CANCELLED):
        return refusal
    if refusal.code is Code.DEADLINE_EXCEEDED:
        return ServiceTimeout(service=service)
    return ServiceUnavailable(service=service, retry_after=RETRY_AFTER)
