"""Traces of one process.

Traces always have ids, which travel as W3C `traceparent` and stand in every log line; spans are recorded and exported
only when an OTLP endpoint is configured.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from opentelemetry import context as otel_context
from opentelemetry import trace as otel
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from chassis.call_context import Call, Trace
from chassis.config import TelemetryConfig
from chassis.telemetry.logs import configure_logs

FAULTS: Final = frozenset({"INTERNAL", "UNKNOWN", "DATA_LOSS", "UNAVAILABLE", "DEADLINE_EXCEEDED"})
"""Codes that mark a span as failed; the others are answers."""


class Spans:
    """Records spans. One instance per process that exports; none where the exporter is off."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("zikao")

    def start_server_span(self, name: str, call: Call) -> otel.Span:
        """The span of a call that is being answered, under that of its caller; the call stands there from now on."""
        span = self._start(name, SpanKind.SERVER, call.parent_trace())
        call.trace = trace_of(span)
        return span

    def start_client_span(self, name: str, call: Call | None) -> otel.Span:
        """The span of a call to another service, under that of the call in progress."""
        return self._start(name, SpanKind.CLIENT, call.trace if call else None)

    def _start(self, name: str, kind: SpanKind, parent: Trace | None) -> otel.Span:
        context = otel_context.Context()
        if parent is not None:
            flags = TraceFlags(TraceFlags.SAMPLED if parent.sampled else TraceFlags.DEFAULT)
            remote = SpanContext(int(parent.trace_id, 16), int(parent.span_id, 16), is_remote=True, trace_flags=flags)
            context = otel.set_span_in_context(NonRecordingSpan(remote), context)
        return self._tracer.start_span(name, context=context, kind=kind, attributes={"rpc.system": "grpc"})


def trace_of(span: otel.Span) -> Trace:
    """Where a span stands in its trace."""
    context = span.get_span_context()
    return Trace(f"{context.trace_id:032x}", f"{context.span_id:016x}", context.trace_flags.sampled)


def end_span(span: otel.Span, call: Call) -> None:
    """Ends the span of a call with how the call ended. A refusal is an answer, not a fault of the server's."""
    span.set_attribute("rpc.grpc.status_code", call.code)
    if call.reason:
        span.set_attribute("zikao.reason", call.reason)
    if request_id := call.text("x-request-id"):
        span.set_attribute("zikao.request_id", request_id)
    if (left := call.time_left()) is not None:
        span.set_attribute("zikao.deadline_left_seconds", left)
    if call.code in FAULTS:
        span.set_status(Status(StatusCode.ERROR))
    span.end()


_spans: Spans | None = None


def spans() -> Spans | None:
    """The process's recorder of spans, or None while the exporter is off."""
    return _spans


@asynccontextmanager
async def telemetry(
    config: TelemetryConfig, service: str, *, processor: SpanProcessor | None = None
) -> AsyncIterator[None]:
    """Logs, metrics and traces for the process `service`; on leaving, sends what spans are left.

    Tests pass their own `processor`.
    """
    global _spans
    configure_logs(service, config.log_level)
    processor = processor or _exporter(config)
    if processor is None:
        yield
        return
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(config.sample_ratio)), resource=Resource({SERVICE_NAME: service})
    )
    provider.add_span_processor(processor)
    _spans = Spans(provider)
    try:
        yield
    finally:
        _spans = None
        provider.shutdown()


def _exporter(config: TelemetryConfig) -> SpanProcessor | None:
    if config.otlp_endpoint is None:
        return None
    # Only when asked for: slow to import.
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return BatchSpanProcessor(OTLPSpanExporter(endpoint=config.otlp_endpoint))
