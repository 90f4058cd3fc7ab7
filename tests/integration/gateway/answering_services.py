"""A process that answers as services do, whatever it is asked: one gRPC server, the answers a test gives it, and what
it was asked.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2

from chassis.config import PeersConfig
from chassis.errors import Refusal
from chassis.rpc.error_details import grpc_code, to_status
from gateway.contracts.rpcs import Contracts

HEALTH = "/grpc.health.v1.Health/Check"


@dataclass(frozen=True, slots=True)
class Asked:
    """One call as it came: its request on the wire, its metadata, and how long its caller would wait."""

    path: str
    wire: bytes
    metadata: Mapping[str, str]
    seconds: float


Said = Message | Refusal | bytes
Answer = Said | Callable[[], Awaitable[Said]] | Callable[[], AsyncIterator[Said]]
"""What a test has a service say: at once, when something else has happened, or as a stream."""


@dataclass
class Services(grpc.GenericRpcHandler):  # type: ignore[type-arg]
    """Answers by RPC name, such as `PaymentService.GetOrder`; an RPC without one fails as a broken service does."""

    contracts: Contracts
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        if details.method == HEALTH:
            serving = health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)
            return grpc.unary_unary_rpc_method_handler(_saying(serving.SerializeToString()))
        if any(rpc.path == details.method and rpc.streams for rpc in self.contracts.rpcs):
            return grpc.unary_stream_rpc_method_handler(self._stream(details))
        return grpc.unary_unary_rpc_method_handler(self._unary(details))

    def _unary(self, details: grpc.HandlerCallDetails) -> Any:
        async def answer(wire: bytes, context: Any) -> bytes:
            self._remember(details, wire, context)
            said: Any = self.answers[_name(details.method)]
            return await _told(await said() if callable(said) else said, context)

        return answer

    def _stream(self, details: grpc.HandlerCallDetails) -> Any:
        async def answer(wire: bytes, context: Any) -> AsyncIterator[bytes]:
            self._remember(details, wire, context)
            messages: Any = self.answers[_name(details.method)]
            async for message in messages():
                yield await _told(message, context)

        return answer

    def _remember(self, details: grpc.HandlerCallDetails, wire: bytes, context: Any) -> None:
        metadata = {str(name): str(value) for name, value in details.invocation_metadata or ()}
        self.asked.append(Asked(details.method, wire, metadata, context.time_remaining()))


async def _told(answer: Said, context: Any) -> bytes:
    if isinstance(answer, Refusal):
        status = to_status(answer)
        details = (("grpc-status-details-bin", status.SerializeToString()),)
        await context.abort(grpc_code(answer.code), status.message, details)
    if isinstance(answer, bytes):
        return answer
    assert not isinstance(answer, Refusal)
    return answer.SerializeToString()


def _saying(wire: bytes) -> Any:
    async def answer(_: bytes, __: Any) -> bytes:
        return wire

    return answer


def _name(path: str) -> str:
    service, method = path.removeprefix("/").split("/")
    return f"{service.rpartition('.')[2]}.{method}"


@asynccontextmanager
async def answering(services: Services) -> AsyncIterator[PeersConfig]:
    """The services on one free port, for the length of a block, and where they are."""
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((services,))
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        yield PeersConfig(identity=address, enrollment=address, payment=address, review=address)
    finally:
        await server.stop(0)
