"""Turns what is raised into what is answered.

A refusal becomes a rich status, and so does what is away: `UNAVAILABLE` (GW-7). Anything else is our own fault: it is
logged once, with the trace id, and the caller learns nothing but INTERNAL.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import grpc
from google.protobuf.message import Message

from chassis.call_context import Call
from chassis.dependency_outages import outage_of
from chassis.errors import Code, InternalError, NotYetServed, Refusal, RemoteRefusal
from chassis.postgres.constraint_refusals import NO_COLUMNS, conflict_with_stored
from chassis.postgres.database import violated_constraint
from chassis.rpc.error_details import DETAILS_KEY, grpc_code, to_status
from chassis.rpc.server.interceptors.interceptor import Handler, Method
from chassis.telemetry.logs import get_logger
from chassis.telemetry.security_log import note_refusal

_log = get_logger(__name__)

OURS_TO_FIX: Final = frozenset(
    {
        Code.INVALID_ARGUMENT,
        Code.UNAUTHENTICATED,
        Code.PERMISSION_DENIED,
        Code.UNIMPLEMENTED,
        Code.INTERNAL,
        Code.UNKNOWN,
        Code.DATA_LOSS,
    }
)
"""Answers of another service that speak of how we called it, not of what our caller asked: not to be passed on."""

NOT_AT_ONCE: Final = ("grpc-retry-pushback-ms", "-1")
"""Tells gRPC not to repeat the call by itself, as it does where nobody could be reached: whoever asked decides when to
come again. Otherwise each hop would multiply what a database that comes back has to carry.
"""


class ErrorsInterceptor:
    """Answers every exception but a cancellation: the one place where one becomes a status. `columns` are those of each
    constraint of the service's tables.
    """

    def __init__(self, columns: Mapping[str, Sequence[str]] = NO_COLUMNS) -> None:
        self._columns = columns

    def wrap(self, method: Method, handler: Handler) -> Handler:
        """The handler, which raises nothing else any more."""

        async def answered(request: Message, call: Call) -> Message | None:
            try:
                return await handler(request, call)
            except asyncio.CancelledError:
                call.code = "CANCELLED"
                raise
            except grpc.aio.AbortError:
                call.code = "ABORTED"
                raise
            except Exception as error:
                refusal = self._refusal_for(error, method.path, request)
                note_refusal(refusal, call)
                await _answer(call, refusal)
                return None  # not reached: answering ends the call

        return answered

    def _refusal_for(self, error: Exception, path: str, request: Message) -> Refusal:
        match error:
            case RemoteRefusal() if error.code in OURS_TO_FIX:
                _log.error("another service refused our call", rpc=path, code=error.code.name, reason=error.reason)
                return InternalError()
            case Refusal():
                return error
            case NotImplementedError():
                return NotYetServed()
            case _ if (outage := outage_of(error)) is not None:
                _log.warning("cannot be done now", rpc=path, reason=outage.reason, error=type(error).__name__)
                return outage
            case _ if (constraint := violated_constraint(error)) is not None:
                _log.error("a constraint refused what no rule did", rpc=path, constraint=constraint, exc_info=error)
                return conflict_with_stored(self._columns.get(constraint, ()), request)
            case _:
                _log.error("unexpected error", rpc=path, exc_info=error)
                return InternalError()


async def _answer(call: Call, refusal: Refusal) -> None:
    call.code, call.reason = refusal.code.name, refusal.reason
    assert call.rpc is not None
    status = to_status(refusal)
    trailing: list[tuple[str, str | bytes]] = [(DETAILS_KEY, status.SerializeToString())]
    if refusal.code is Code.UNAVAILABLE:
        trailing.append(NOT_AT_ONCE)
    await call.rpc.abort(grpc_code(refusal.code), status.message, trailing_metadata=tuple(trailing))
