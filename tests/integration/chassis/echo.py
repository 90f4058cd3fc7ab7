"""A contract made on the spot, with one RPC of each kind, and a servicer that does what the test at hand says."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import grpc
from buf.validate import validate_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import ServiceDescriptor
from zikao.common.v1 import access_pb2

from chassis.rpc.client import Peer
from chassis.rpc.server.rpc_handlers import Served

PACKAGE = "zikao.testing.v1"
IDEMPOTENT = descriptor_pb2.MethodOptions.IDEMPOTENT
NO_SIDE_EFFECTS = descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS
UNKNOWN = descriptor_pb2.MethodOptions.IDEMPOTENCY_UNKNOWN


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name="zikao/testing/v1/echo.proto",
        package=PACKAGE,
        syntax="proto3",
        dependency=["zikao/common/v1/access.proto", "buf/validate/validate.proto"],
    )
    for message in ("EchoRequest", "EchoResponse"):
        fields = file.message_type.add(name=message).field
        for number, name in enumerate(("request_id", "text", "caller"), start=1):
            field = fields.add(name=name, number=number, type="TYPE_STRING", label="LABEL_OPTIONAL")
            if (message, name) == ("EchoRequest", "text"):
                field.options.Extensions[validate_pb2.field].string.max_len = 20
                field.options.Extensions[access_pb2.personal] = True
    service = file.service.add(name="EchoService")
    _method(service, "ForAll", "PUBLIC")
    _method(service, "SameForAll", "PUBLIC", level=NO_SIDE_EFFECTS)
    _method(service, "ByCaller", "PUBLIC", level=NO_SIDE_EFFECTS, varies_by_caller=True)
    _method(service, "ForCandidates", "CANDIDATE")
    _method(service, "ForRestricted", "CANDIDATE", open_to_restricted=True)
    _method(service, "ForStaff", "REVIEWER", "OPERATOR")
    _method(service, "ForServices", "SERVICE", called_by=("enrollment",))
    _method(service, "ForPayment", "CANDIDATE", "SERVICE", called_by=("payment",))
    _method(service, "Change", "CANDIDATE", level=UNKNOWN)
    _method(service, "Watch", "CANDIDATE", stream=True)
    _method(service, "Unserved", "PUBLIC")
    _method(file.service.add(name="UndeclaredService"), "Forgotten")
    _method(file.service.add(name="ForAnyService"), "Unnamed", "SERVICE")
    _method(file.service.add(name="ForPeople"), "Misnamed", "OPERATOR", called_by=("review",))
    return file


def _method(
    service: descriptor_pb2.ServiceDescriptorProto,
    name: str,
    *kinds: str,
    level: "descriptor_pb2.MethodOptions.IdempotencyLevel" = IDEMPOTENT,
    stream: bool = False,
    open_to_restricted: bool = False,
    varies_by_caller: bool = False,
    called_by: Sequence[str] = (),
) -> None:
    method = service.method.add(name=name, server_streaming=stream)
    method.input_type, method.output_type = f".{PACKAGE}.EchoRequest", f".{PACKAGE}.EchoResponse"
    method.options.idempotency_level = level
    method.options.Extensions[access_pb2.access].extend(access_pb2.Access.Value(kind) for kind in kinds)
    method.options.Extensions[access_pb2.called_by].extend(called_by)
    if open_to_restricted:
        method.options.Extensions[access_pb2.open_to_restricted] = True
    if varies_by_caller:
        method.options.Extensions[access_pb2.varies_by_caller] = True


_POOL = descriptor_pool.Default()
FILE = _POOL.AddSerializedFile(_file().SerializeToString())
SERVICE: ServiceDescriptor = _POOL.FindServiceByName(f"{PACKAGE}.EchoService")
UNSAFE: tuple[ServiceDescriptor, ...] = tuple(
    _POOL.FindServiceByName(f"{PACKAGE}.{name}") for name in ("UndeclaredService", "ForAnyService", "ForPeople")
)
"""Contracts that leave open who may call."""
EchoRequest: Any = message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"{PACKAGE}.EchoRequest"))
EchoResponse: Any = message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"{PACKAGE}.EchoResponse"))

Behaviour = Callable[[Any], Awaitable[str]]


async def repeat(request: Any) -> str:
    """What the servicer does unless a test says otherwise."""
    return str(request.text)


class EchoServicer:
    """Answers every RPC with what `behaviour` makes of the request; counts how often that ran."""

    def __init__(self) -> None:
        self.behaviour: Behaviour = repeat
        self.executed = 0

    async def answer(self, request: Any, _: object) -> Any:
        self.executed += 1
        return EchoResponse(text=await self.behaviour(request))

    async def answers(self, request: Any, _: object) -> AsyncIterator[Any]:
        while True:
            yield EchoResponse(text=await self.behaviour(request))


def add_to_server(servicer: EchoServicer, server: Any) -> None:
    """What generated code would do."""
    handlers = {}
    for method in SERVICE.methods:
        kind = grpc.unary_stream_rpc_method_handler if method.server_streaming else grpc.unary_unary_rpc_method_handler
        behaviour = servicer.answers if method.server_streaming else servicer.answer
        handlers[method.name] = kind(
            _unserved if method.name == "Unserved" else behaviour,
            request_deserializer=EchoRequest.FromString,
            response_serializer=EchoResponse.SerializeToString,
        )
    server.add_registered_method_handlers(SERVICE.full_name, handlers)


def _unserved(_: object, __: object) -> None:
    raise NotImplementedError("Method not implemented!")


_unserved.__module__ = "zikao.testing.v1.echo_service_pb2_grpc"


def served(servicer: EchoServicer) -> Served:
    """An entry for a server's list of services."""
    return Served(SERVICE, add_to_server, servicer)


class Stub:
    """What a generated stub would be, on a peer or on a bare channel."""

    def __init__(self, channel: Peer | grpc.aio.Channel) -> None:
        self._channel = channel

    def __getattr__(self, name: str) -> Any:
        method = SERVICE.methods_by_name[name]
        make = self._channel.unary_stream if method.server_streaming else self._channel.unary_unary
        return make(
            f"/{SERVICE.full_name}/{name}",
            request_serializer=EchoRequest.SerializeToString,
            response_deserializer=EchoResponse.FromString,
        )
