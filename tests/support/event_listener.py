"""Who hears a service's events where no other service runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message
from zikao.common.v1 import event_pb2, event_pb2_grpc

from tests.support.grpc_server import grpc_server

Told = TypeVar("Told", bound=Message)


class EventListener(event_pb2_grpc.EventReceiverServicer):
    """Remembers every event, each delivery of it. While `deaf` it hears none; while `forgetful` its answer is lost."""

    def __init__(self) -> None:
        self.heard: list[event_pb2.Event] = []
        self.deaf = False
        self.forgetful = False

    async def Deliver(self, request: event_pb2.DeliverRequest, context: Any) -> event_pb2.DeliverResponse:  # noqa: N802
        if self.deaf:
            await context.abort(grpc.StatusCode.UNAVAILABLE)
        self.heard.extend(request.events)
        if self.forgetful:
            await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED)
        return event_pb2.DeliverResponse(accepted_event_ids=[event.event_id for event in request.events])

    def told_of(self, aggregate_id: str, kind: type[Told]) -> list[Told]:
        """The messages of a kind about something, each delivery counted, in the order they came."""
        payloads = [event.payload for event in self.heard if event.aggregate_id == aggregate_id]
        return [kind.FromString(payload.value) for payload in payloads if payload.Is(kind.DESCRIPTOR)]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """The listener's address, for the length of a block."""
        async with grpc_server((event_pb2_grpc.add_EventReceiverServicer_to_server, self)) as address:
            yield address
