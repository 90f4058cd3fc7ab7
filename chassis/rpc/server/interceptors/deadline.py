"""Refuses calls that have no deadline, or too little of it left to be worth starting."""

from google.protobuf.message import Message

from chassis.call_context import Call
from chassis.rpc import deadlines
from chassis.rpc.server.interceptors.interceptor import Handler, Method


def with_deadline(method: Method, handler: Handler) -> Handler:
    """The handler, reached only by calls with enough time left; `chassis.rpc.client` shaves what it asks of others."""

    async def in_time(request: Message, call: Call) -> Message | None:
        if call.rpc is not None:
            call.deadline = deadlines.accept(call.rpc.time_remaining())
        return await handler(request, call)

    return in_time
