"""Every RPC of every service, from the contracts, and how a call of one ends."""

from dataclasses import dataclass
from typing import Any, Final

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from chassis.rpc.access_rules import AccessRule, access_rule
from chassis.rpc.service_descriptors import services_of
from tests.support.wait_until import PATIENCE_SECONDS

SERVICES: Final = ("identity", "enrollment", "payment", "review")


@dataclass(frozen=True, slots=True)
class Rpc:
    """One RPC of one process."""

    process: str
    method: MethodDescriptor

    @property
    def rule(self) -> AccessRule:
        return access_rule(self.method)

    @property
    def may_be_absent(self) -> bool:
        """Whether it is one that a process serves only where it follows events of others."""
        return self.method.containing_service.name == "EventReceiver"

    @property
    def path(self) -> str:
        return f"/{self.method.containing_service.full_name}/{self.method.name}"


RPCS: Final = [Rpc(process, method) for process in SERVICES for one in services_of(process) for method in one.methods]


async def outcome(channel: grpc.aio.Channel, rpc: Rpc, request: Message, token: str) -> grpc.StatusCode:
    """How a call ends; a stream that says something is taken for admitted."""
    method, answer = rpc.method, message_factory.GetMessageClass(rpc.method.output_type)
    metadata = (("authorization", f"Bearer {token}"),) if token else ()
    make: Any = channel.unary_stream if method.server_streaming else channel.unary_unary
    call = make(rpc.path, request_serializer=type(request).SerializeToString, response_deserializer=answer.FromString)
    try:
        if not method.server_streaming:
            await call(request, metadata=metadata, timeout=PATIENCE_SECONDS)
        else:
            stream = call(request, metadata=metadata, timeout=PATIENCE_SECONDS)
            await stream.read()
            stream.cancel()
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK
