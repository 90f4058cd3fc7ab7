"""Calls to the other services. Stubs are made on a `Peer` as on any channel, and each call of theirs

has a deadline, shaved from the caller's own; proves itself with a short-lived service token; carries the trace and
the language on; is retried where its contract says that a repetition is harmless and nobody could be reached; and
raises `RemoteRefusal` with what the other side said.

Plain wrappers rather than gRPC's client interceptors, which make a task of every call.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import grpc

from chassis.call_context import Call, Trace, current_call
from chassis.clock import Clock
from chassis.config import PeersConfig
from chassis.errors import Code, Refusal, RemoteRefusal, ServiceTimeout, ServiceUnavailable
from chassis.rpc.channel import FreshChannel
from chassis.rpc.deadlines import for_outgoing
from chassis.rpc.error_details import from_rpc_error
from chassis.rpc.service_descriptors import services_of
from chassis.security.tokens import Signer
from chassis.telemetry.rpc_metrics import CLIENT_SECONDS
from chassis.telemetry.tracing import end_span, spans, trace_of

CALL_SECONDS: Final = 5.0
"""How long a call may take unless its caller says otherwise."""
STREAM_SECONDS: Final = 300.0
TOKEN_TTL: Final = timedelta(minutes=5)
TOKEN_RENEWED_BEFORE_END: Final = timedelta(minutes=1)
CARRIED_ON: Final = ("accept-language", "x-request-id")
"""What goes along from the call in progress to whatever is called from it."""

Metadata = Sequence[tuple[str, str | bytes]]


class ServiceTokens:
    """The token by which this process proves itself to one peer, signed afresh before it expires."""

    def __init__(self, signer: Signer, audience: str, clock: Clock) -> None:
        self._signer = signer
        self._audience = audience
        self._clock = clock
        self._header = ""
        self._renew_time: datetime | None = None

    def header(self) -> str:
        """The value of `authorization`."""
        now = self._clock.now()
        if self._renew_time is None or now >= self._renew_time:
            self._header = f"Bearer {self._signer.sign_as_service(self._audience, TOKEN_TTL)}"
            self._renew_time = now + TOKEN_TTL - TOKEN_RENEWED_BEFORE_END
        return self._header


class Peer:
    """Another service, as a channel on which generated stubs can be made."""

    def __init__(self, name: str, channel: FreshChannel, tokens: ServiceTokens | None) -> None:
        self.name = name
        self._channel = channel
        self._tokens = tokens

    def unary_unary(self, path: str, *serializers: Any, **generated: Any) -> "UnaryCall":
        """The unary RPC at `path`; without the serializers of a generated stub it takes and gives bytes."""
        return UnaryCall(self, path, *serializers, **generated)

    def unary_stream(self, path: str, *serializers: Any, **generated: Any) -> "StreamCall":
        """The RPC at `path` that answers with a stream."""
        return StreamCall(self, path, *serializers, **generated)

    def channel(self) -> grpc.aio.Channel:
        """The connection for the next call."""
        return self._channel.current()

    def metadata(self, given: Metadata, call: Call | None, trace: Trace) -> list[tuple[str, str | bytes]]:
        """What goes along with a call: what the caller gives, and whatever of ours is not in it."""
        metadata = [*given, ("traceparent", trace.header)]
        names = {name for name, _ in given}
        if call is not None:
            metadata += [(name, value) for name in CARRIED_ON if name not in names and (value := call.text(name))]
        if self._tokens is not None and "authorization" not in names:
            metadata.append(("authorization", self._tokens.header()))
        return metadata


class _Rpc:
    """One RPC of a peer; its raw callable is made once per connection."""

    kind: str

    def __init__(
        self,
        peer: Peer,
        path: str,
        request_serializer: Callable[[Any], bytes] | None = None,
        response_deserializer: Callable[[bytes], Any] | None = None,
        _registered_method: bool = False,
    ) -> None:
        self._peer = peer
        self._path = path
        self._serializers = (request_serializer, response_deserializer)
        self._channel: grpc.aio.Channel | None = None
        self._raw: Any = None

    def _callable(self) -> Any:
        channel = self._peer.channel()
        if channel is not self._channel:
            self._channel, self._raw = channel, getattr(channel, self.kind)(self._path, *self._serializers)
        return self._raw

    @contextmanager
    def _measured(self, call: Call | None) -> Iterator[Trace]:
        """The place in the trace for one call, whose duration and outcome are kept."""
        recorder = spans()
        span = recorder.start_client_span(self._path[1:], call) if recorder else None
        outcome = Call(self._path)
        started = time.monotonic()
        try:
            yield trace_of(span) if span else call.trace.child() if call else Trace.start()
        except grpc.aio.AioRpcError as error:
            outcome.code = error.code().name
            refusal = _told(from_rpc_error(error), self._peer.name)
            outcome.reason = refusal.reason
            raise refusal from error
        except BaseException as error:
            outcome.code = "CANCELLED" if isinstance(error, asyncio.CancelledError | GeneratorExit) else "UNKNOWN"
            raise
        finally:
            CLIENT_SECONDS.of(self._peer.name, self._path, outcome.code).observe(time.monotonic() - started)
            if span is not None:
                end_span(span, outcome)


def _told(refusal: RemoteRefusal, service: str) -> Refusal:
    """What the other side says; where only the network speaks, what that means to whoever asked."""
    if refusal.reason != refusal.code.name:
        return refusal
    if refusal.code is Code.DEADLINE_EXCEEDED:
        return ServiceTimeout(service=service)
    if refusal.code in (Code.UNAVAILABLE, Code.CANCELLED):
        return ServiceUnavailable(service=service)
    return refusal


class UnaryCall(_Rpc):
    """A unary RPC of a peer."""

    kind = "unary_unary"

    async def __call__(
        self,
        request: Any,
        *,
        timeout: float = CALL_SECONDS,  # noqa: ASYNC109  # named as in gRPC's own stubs
        metadata: Metadata = (),
    ) -> Any:
        """The answer, within `timeout` seconds or what is left of the caller's own deadline.

        Raises RemoteRefusal with what the peer answered, ServiceUnavailable and ServiceTimeout when it did not, and
        TooLittleTime when there is no time left to ask.
        """
        seconds, call = for_outgoing(timeout), current_call()
        with self._measured(call) as trace:
            return await self._callable()(request, timeout=seconds, metadata=self._peer.metadata(metadata, call, trace))


class StreamCall(_Rpc):
    """An RPC of a peer that answers with a stream."""

    kind = "unary_stream"

    async def __call__(
        self,
        request: Any,
        *,
        timeout: float = STREAM_SECONDS,  # noqa: ASYNC109  # named as in gRPC's own stubs
        metadata: Metadata = (),
    ) -> AsyncGenerator[Any, None]:
        """The messages of the answer. Close the iterator to stop watching. Raises as `UnaryCall` does."""
        seconds, call = for_outgoing(timeout), current_call()
        with self._measured(call) as trace:
            stream = self._callable()(request, timeout=seconds, metadata=self._peer.metadata(metadata, call, trace))
            try:
                async for message in stream:
                    yield message
            finally:
                stream.cancel()


class Peers:
    """The services this process calls, each connected to at its first use."""

    def __init__(self, config: PeersConfig, signer: Signer | None, clock: Clock) -> None:
        self._config = config
        self._signer = signer
        self._clock = clock
        self._channels: dict[str, FreshChannel] = {}
        self._peers: dict[str, Peer] = {}

    @property
    def identity(self) -> Peer:
        """The person: account, standing, login sessions."""
        return self.named("identity")

    @property
    def enrollment(self) -> Peer:
        """Registrations and selections."""
        return self.named("enrollment")

    @property
    def payment(self) -> Peer:
        """Money."""
        return self.named("payment")

    @property
    def review(self) -> Peer:
        """Cases and their decisions."""
        return self.named("review")

    def named(self, name: str) -> Peer:
        """The peer `name`. Raises AttributeError when the configuration has no address for such a peer."""
        if name not in self._peers:
            channel = FreshChannel(getattr(self._config, name), services_of(name), self._config.tls)
            tokens = ServiceTokens(self._signer, name, self._clock) if self._signer else None
            self._channels[name], self._peers[name] = channel, Peer(name, channel, tokens)
        return self._peers[name]

    async def close(self) -> None:
        """Ends all connections."""
        await asyncio.gather(*(channel.close() for channel in self._channels.values()))


@asynccontextmanager
async def channels(config: PeersConfig, *, signer: Signer | None, clock: Clock) -> AsyncIterator[Peers]:
    """The other services, for the length of a block.

    `signer` proves this process to them; without one (the gateway, which passes its users' tokens on) calls prove
    what their own metadata proves.
    """
    peers = Peers(config, signer, clock)
    try:
        yield peers
    finally:
        await peers.close()
