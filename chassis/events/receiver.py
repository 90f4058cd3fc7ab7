"""Receives other services' events: each takes effect once, however often it is delivered (F-13), and only when the
service that its contract names has stated it (OP-8, F-31).
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncConnection
from zikao.common.v1 import event_pb2, event_pb2_grpc

from chassis.call_context import caller, continued_trace, time_left
from chassis.clock import Clock
from chassis.errors import Code, Refusal
from chassis.events import inbox
from chassis.postgres.database import Database
from chassis.rpc.access_rules import stating_service
from chassis.rpc.server.interceptors.validation import FieldRules
from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)

ReactTo = Callable[[AsyncConnection, Any, event_pb2.Event], Awaitable[None]]
"""Applies one event inside the transaction that also notes it as received."""

ReactToSeveral = Callable[[AsyncConnection, Sequence[Any]], Awaitable[None]]
"""Applies several events of one type, each of another aggregate, inside one transaction: all of them or none."""

AT_ONCE: Final = 4
"""Transactions under way for one delivery."""
TOGETHER: Final = 50
"""Events that share a transaction at most: it must stay short."""
ANSWER_SECONDS: Final = 0.5
"""Kept for the answer: what has been applied must be said while the sender still listens."""


class EventOfAnotherService(Refusal):
    """A service delivers an event that only another one states (OP-8, F-31)."""

    reason = "EVENT_OF_ANOTHER_SERVICE"
    code = Code.PERMISSION_DENIED
    zh = "此类事件（{event_type}）不由该服务发布。"
    en = "Events of this type ({event_type}) are not that service's to state."


class EventReceiver(event_pb2_grpc.EventReceiverServicer):
    """Serves `Deliver` with one handler per type of event."""

    def __init__(
        self,
        handlers: Mapping[type[Message], ReactTo],
        db: Database,
        clock: Clock,
        *,
        together: Mapping[type[Message], ReactToSeveral] = MappingProxyType({}),
    ) -> None:
        """`together`: the handlers of types that come in bursts and of which several are applied at once.

        Raises UnstatedEvent for a type whose contract names no stating service.
        """
        reactions = {kind: _each(handler) for kind, handler in handlers.items()}
        reactions |= {kind: _all(handler) for kind, handler in together.items()}
        rules = FieldRules()
        self._followed = {
            kind.DESCRIPTOR.full_name: _Followed(kind, react, stating_service(kind), rules.of(kind))
            for kind, react in reactions.items()
        }
        self._together = frozenset(kind.DESCRIPTOR.full_name for kind in together)
        self._db = db
        self._clock = clock

    async def Deliver(self, request: event_pb2.DeliverRequest, context: object) -> event_pb2.DeliverResponse:  # noqa: N802
        """Applies a batch: of each aggregate, in order, the events up to the first that cannot be applied.

        Raises EventOfAnotherService, before anything is applied, when the caller is not who states all of them.
        """
        self._require_stated_by(caller().subject_id, request.events)
        aggregates: defaultdict[str, list[event_pb2.Event]] = defaultdict(list)
        for event in request.events:
            aggregates[event.aggregate_id].append(event)
        alike: defaultdict[str, list[event_pb2.Event]] = defaultdict(list)
        accepted: list[str] = []
        room = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for events in aggregates.values():
                kind = events[0].payload.TypeName()
                if len(events) == 1 and kind in self._together:
                    alike[kind] += events
                else:
                    group.create_task(self._apply_in_order(events, accepted, room))
            for events in alike.values():
                for start in range(0, len(events), TOGETHER):
                    several = events[start : start + TOGETHER]
                    group.create_task(self._apply_together(several, accepted, room))
        return event_pb2.DeliverResponse(accepted_event_ids=accepted)

    def _require_stated_by(self, service: str, events: Iterable[event_pb2.Event]) -> None:
        for event_type in {event.payload.TypeName() for event in events}:
            followed = self._followed.get(event_type)
            if followed is not None and followed.stated_by != service:
                raise EventOfAnotherService(event_type=event_type)

    async def _apply_together(
        self, events: Sequence[event_pb2.Event], accepted: list[str], room: asyncio.Semaphore
    ) -> None:
        async with room:
            if len(events) > 1 and _in_time() and await self._applied(events):
                accepted += [event.event_id for event in events]
                return
        for event in events:  # whichever it was, it holds up none but itself
            await self._apply_in_order([event], accepted, room)

    async def _apply_in_order(
        self, events: Iterable[event_pb2.Event], accepted: list[str], room: asyncio.Semaphore
    ) -> None:
        async with room:
            for event in events:
                if not _in_time() or not await self._applied([event]):
                    return
                accepted.append(event.event_id)

    async def _applied(self, events: Sequence[event_pb2.Event]) -> bool:
        """Whether all of these, which are of one type, are applied now; otherwise none is."""
        kind, event_ids = events[0].payload.TypeName(), [event.event_id for event in events]
        with _trace_of(events):
            if kind not in self._followed:
                _log.error("an event of an unknown type stays with its sender", event_type=kind, event_ids=event_ids)
                return False
            try:
                await self._apply(events, self._followed[kind])
            except Exception as error:
                _log.error("an event cannot be applied", event_type=kind, event_ids=event_ids, exc_info=error)
                return False
        return True

    async def _apply(self, events: Sequence[event_pb2.Event], followed: "_Followed") -> None:
        told = [(followed.payload_of(event), event) for event in events]
        event_ids, event_type = [event.event_id for event in events], followed.kind.DESCRIPTOR.full_name
        async with self._db.transaction() as transaction:
            new = await inbox.accept_new_events(transaction, event_ids, event_type, self._clock.now())
            if unheard := [(message, event) for message, event in told if event.event_id in new]:
                await followed.react(transaction, unheard)


_React = Callable[[AsyncConnection, Sequence[tuple[Any, event_pb2.Event]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Followed:
    """A type of event that is followed, and the one service that states it."""

    kind: type[Message]
    react: _React
    stated_by: str
    require_valid: Callable[[Message], None]

    def payload_of(self, event: event_pb2.Event) -> Message:
        """The fact itself. Raises InvalidRequest when it breaks its contract's rules."""
        message = self.kind()
        event.payload.Unpack(message)
        self.require_valid(message)
        return message


def _each(handler: ReactTo) -> _React:
    async def react(transaction: AsyncConnection, told: Sequence[tuple[Any, event_pb2.Event]]) -> None:
        for message, event in told:
            await handler(transaction, message, event)

    return react


def _all(handler: ReactToSeveral) -> _React:
    async def react(transaction: AsyncConnection, told: Sequence[tuple[Any, event_pb2.Event]]) -> None:
        await handler(transaction, [message for message, _ in told])

    return react


def _trace_of(events: Sequence[event_pb2.Event]) -> AbstractContextManager[object]:
    """The trace that one event goes on with; several together belong to their delivery."""
    return continued_trace(events[0].trace_parent) if len(events) == 1 else nullcontext()


def _in_time() -> bool:
    left = time_left()
    return left is None or left >= ANSWER_SECONDS
