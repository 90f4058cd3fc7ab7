"""Enrollment or identity as a listener: who hears what becomes of orders."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from zikao.common.v1 import event_pb2, event_pb2_grpc
from zikao.payment.v1 import events_pb2


class Listener(event_pb2_grpc.EventReceiverServicer):
    """Hears events, and can be deaf for a while."""

    def __init__(self) -> None:
        self.heard: list[event_pb2.Event] = []
        self.deaf = False

    async def Deliver(self, request: event_pb2.DeliverRequest, context: Any) -> event_pb2.DeliverResponse:  # noqa: N802
        if self.deaf:
            await context.abort(grpc.StatusCode.UNAVAILABLE)
        self.heard.extend(request.events)
        return event_pb2.DeliverResponse(accepted_event_ids=[event.event_id for event in request.events])

    def about(self, order_id: str, kind: type[Any]) -> list[Any]:
        """The events of a kind about an order, each delivery counted."""
        found = []
        for event in self.heard:
            if event.aggregate_id == order_id and event.payload.Is(kind.DESCRIPTOR):
                message = kind()
                event.payload.Unpack(message)
                found.append(message)
        return found

    def paid(self, order_id: str) -> list[events_pb2.OrderPaid]:
        """Each OrderPaid about an order."""
        return self.about(order_id, events_pb2.OrderPaid)

    def ended(self, order_id: str) -> list[events_pb2.OrderEndedUnpaid]:
        """Each OrderEndedUnpaid about an order."""
        return self.about(order_id, events_pb2.OrderEndedUnpaid)


@asynccontextmanager
async def listening(listener: Listener) -> AsyncIterator[int]:
    """Serves the listener; its address."""
    server = grpc.aio.server()
    event_pb2_grpc.add_EventReceiverServicer_to_server(listener, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield port
    finally:
        await server.stop(None)
