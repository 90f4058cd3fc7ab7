"""Receives other services' events: each takes effect once, however often it is delivered (F-13)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncConnection
from zikao.common.v1 import event_pb2, event_pb2_grpc

from chassis import inbox
from chassis.clock import Clock
from chassis.context import continued_trace, time_left
from chassis.db import Database
from chassis.logs import get_logger
from chassis.server import Served

_log = get_logger(__name__)

ReactTo = Callable[[AsyncConnection, Any, event_pb2.Event], Awaitable[None]]
"""Applies one event inside the transaction that also notes it as received."""

AGGREGATES_AT_ONCE: Final = 4
ANSWER_SECONDS: Final = 0.5
"""Kept for the answer: what has been applied must be said while the sender still listens."""


class EventReceiver(event_pb2_grpc.EventReceiverServicer):
    """Serves `Deliver` with one handler per type of event."""

    def __init__(self, handlers: Mapping[type[Message], ReactTo], db: Database, clock: Clock) -> None:
        self._handlers = {kind.DESCRIPTOR.full_name: (kind, handler) for kind, handler in handlers.items()}
        self._db = db
        self._clock = clock

    async def Deliver(self, request: event_pb2.DeliverRequest, context: object) -> event_pb2.DeliverResponse:  # noqa: N802
        """Applies a batch: of each aggregate, in order, the events up to the first that cannot be applied."""
        aggregates: dict[str, list[event_pb2.Event]] = {}
        for event in request.events:
            aggregates.setdefault(event.aggregate_id, []).append(event)
        accepted: list[str] = []
        room = asyncio.Semaphore(AGGREGATES_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for events in aggregates.values():
                group.create_task(self._apply_in_order(events, accepted, room))
        return event_pb2.DeliverResponse(accepted_event_ids=accepted)

    async def _apply_in_order(
        self, events: Iterable[event_pb2.Event], accepted: list[str], room: asyncio.Semaphore
    ) -> None:
        async with room:
            for event in events:
                left = time_left()
                if (left is not None and left < ANSWER_SECONDS) or not await self._applied(event):
                    return
                accepted.append(event.event_id)

    async def _applied(self, event: event_pb2.Event) -> bool:
        kind = event.payload.TypeName()
        with continued_trace(event.trace_parent):
            if kind not in self._handlers:
                _log.error(
                    "an event of an unknown type stays with its sender", event_type=kind, event_id=event.event_id
                )
                return False
            try:
                await self._apply(event, *self._handlers[kind])
            except Exception as error:
                _log.error("an event cannot be applied", event_type=kind, event_id=event.event_id, exc_info=error)
                return False
        return True

    async def _apply(self, event: event_pb2.Event, kind: type[Message], handler: ReactTo) -> None:
        message = kind()
        event.payload.Unpack(message)
        async with self._db.transaction() as transaction:
            if await inbox.first_time(transaction, event.event_id, kind.DESCRIPTOR.full_name, self._clock.now()):
                await handler(transaction, message, event)


def receives(receiver: EventReceiver) -> Served:
    """The entry for a server's list of services."""
    descriptor = event_pb2.DESCRIPTOR.services_by_name["EventReceiver"]
    return descriptor, event_pb2_grpc.add_EventReceiverServicer_to_server, receiver
