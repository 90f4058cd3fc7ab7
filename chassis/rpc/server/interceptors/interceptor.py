"""What every RPC passes through, one file each, outermost first:

telemetry → errors → deadline → limits → access → validation → page tokens → idempotency → the servicer.

An interceptor wraps a handler once, when the server is built, and decides there what this method needs; a call then
runs plain nested coroutines and looks nothing up. The handler of a streaming RPC is the coroutine that writes the
whole stream, so the same wrappers serve unary calls and streams.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from chassis.call_context import Call
from chassis.rpc.access_rules import AccessRule

Handler = Callable[[Message, Call], Awaitable[Message | None]]
"""Answers one request: with a message, or with None after writing a stream."""


@dataclass(frozen=True, slots=True)
class Method:
    """One RPC, as its contract declares it."""

    descriptor: MethodDescriptor
    rule: AccessRule

    @property
    def service(self) -> str:
        """The full name of the RPC's service, e.g. `zikao.payment.v1.PaymentService`."""
        return self.descriptor.containing_service.full_name

    @property
    def name(self) -> str:
        """The RPC's name, e.g. `PayOrder`."""
        return self.descriptor.name

    @property
    def path(self) -> str:
        """The RPC's path on the wire, e.g. `/zikao.payment.v1.PaymentService/PayOrder`."""
        return f"/{self.service}/{self.name}"

    @property
    def streams(self) -> bool:
        """Whether the answer is a stream (a `watch`)."""
        return bool(self.descriptor.server_streaming)


Interceptor = Callable[[Method, Handler], Handler]
"""Something every call passes through: the handler of an RPC with it around, or as it is when the RPC needs none of it.
"""


def compose(method: Method, handler: Handler, interceptors: Sequence[Interceptor]) -> Handler:
    """The handler inside all `interceptors`, of which the first is the outermost."""
    for interceptor in reversed(interceptors):
        handler = interceptor(method, handler)
    return handler
