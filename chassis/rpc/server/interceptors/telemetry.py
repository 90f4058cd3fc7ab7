"""Measures every call: a place in the trace, a span when spans are recorded, duration by status code, deadline left."""

import time
from collections.abc import Callable

from google.protobuf.message import Message

from chassis.call_context import Call
from chassis.rpc.server.interceptors.interceptor import Handler, Method
from chassis.telemetry.rpc_metrics import REFUSALS, SERVER_DEADLINE_LEFT, SERVER_IN_PROGRESS, SERVER_SECONDS
from chassis.telemetry.tracing import end_span, spans


class TelemetryInterceptor:
    """Measures; `note_refusal` hears of every call that was refused."""

    def __init__(self, note_refusal: Callable[[Call], None]) -> None:
        self._note_refusal = note_refusal

    def wrap(self, method: Method, handler: Handler) -> Handler:
        """The handler, measured. It is outermost: what is measured is what the caller gets, whatever the others do."""
        return _measured(method, handler, self._note_refusal)


def _measured(method: Method, handler: Handler, note_refusal: Callable[[Call], None]) -> Handler:
    labels = (method.service, method.name)
    seconds, finished_well = SERVER_SECONDS, SERVER_SECONDS.of(*labels, "OK")
    in_progress, deadline_left = SERVER_IN_PROGRESS.of(*labels), SERVER_DEADLINE_LEFT.of(*labels)

    async def measured(request: Message, call: Call) -> Message | None:
        recorder = spans()
        span = recorder.start_server_span(method.path[1:], call) if recorder else None
        started = time.monotonic()
        in_progress.now += 1
        try:
            return await handler(request, call)
        except BaseException:
            call.code = "UNKNOWN" if call.code == "OK" else call.code
            raise
        finally:
            in_progress.now -= 1
            ended = time.monotonic()
            (finished_well if call.code == "OK" else seconds.of(*labels, call.code)).observe(ended - started)
            if call.deadline is not None:
                deadline_left.observe(call.deadline - ended)
            if call.reason:
                REFUSALS.labels(method.name, call.reason).inc()
                note_refusal(call)
            if span is not None:
                end_span(span, call)

    return measured
