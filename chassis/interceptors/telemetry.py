"""Measures every call: a place in the trace, a span when spans are recorded, duration by status code, deadline left."""

import time

from google.protobuf.message import Message
from opentelemetry.trace import SpanKind
from prometheus_client import Histogram

from chassis.context import Call, Trace
from chassis.interceptors import Handler, Method
from chassis.telemetry import (
    REFUSALS,
    SERVER_DEADLINE_LEFT,
    SERVER_IN_PROGRESS,
    SERVER_SECONDS,
    end_span,
    place_of,
    spans,
)


class TelemetryInterceptor:
    """The outermost interceptor: what it measures is what the caller gets, whatever the others do."""

    def wrap(self, method: Method, handler: Handler) -> Handler:
        """The handler, measured."""
        labels = (method.service, method.name)
        seconds, in_progress = _SecondsByCode(*labels), SERVER_IN_PROGRESS.labels(*labels)
        deadline_left = SERVER_DEADLINE_LEFT.labels(*labels)
        name = method.path[1:]

        async def measured(request: Message, call: Call) -> Message | None:
            parent = Trace.parse(call.text("traceparent"))
            recorder = spans()
            span = recorder.start(name, SpanKind.SERVER, parent) if recorder else None
            call.trace = place_of(span) if span else parent.child() if parent else Trace.start()
            started = time.perf_counter()
            in_progress.inc()
            try:
                return await handler(request, call)
            except BaseException:
                call.code = "UNKNOWN" if call.code == "OK" else call.code
                raise
            finally:
                in_progress.dec()
                seconds.of(call.code).observe(time.perf_counter() - started)
                if call.deadline is not None:
                    deadline_left.observe(max(0.0, call.deadline - time.monotonic()))
                if call.reason:
                    REFUSALS.labels(method.name, call.reason).inc()
                if span is not None:
                    end_span(
                        span,
                        call,
                        {"rpc.system": "grpc", "rpc.method": name, "zikao.request_id": call.text("x-request-id")},
                    )

        return measured


class _SecondsByCode:
    """The duration histogram of one method, with the child of each status code looked up once."""

    def __init__(self, service: str, method: str) -> None:
        self._labels = (service, method)
        self._children: dict[str, Histogram] = {}

    def of(self, code: str) -> Histogram:
        child = self._children.get(code)
        if child is None:
            child = self._children[code] = SERVER_SECONDS.labels(*self._labels, code)
        return child
