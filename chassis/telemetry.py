"""Traces and metrics of one process.

Traces always have ids, which travel as W3C `traceparent` and stand in every log line; spans are recorded and exported
only when an OTLP endpoint is configured. Metrics are always kept and served on the admin port.
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
from opentelemetry.util.types import AttributeValue
from prometheus_client import Counter, Gauge, Histogram

from chassis.config import TelemetryConfig
from chassis.context import Call, Trace
from chassis.logs import configure_logs

LATENCY_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

SERVER_SECONDS: Final = Histogram(
    "zikao_rpc_server_seconds", "Time taken to answer an RPC.", ["service", "method", "code"], buckets=LATENCY_BUCKETS
)
SERVER_DEADLINE_LEFT: Final = Histogram(
    "zikao_rpc_server_deadline_left_seconds",
    "Time the caller would still have waited when the answer was ready.",
    ["service", "method"],
    buckets=LATENCY_BUCKETS,
)
SERVER_IN_PROGRESS: Final = Gauge("zikao_rpc_server_in_progress", "RPCs being answered.", ["service", "method"])
REFUSALS: Final = Counter("zikao_refusals_total", "Answers that were not OK.", ["method", "reason"])
CLIENT_SECONDS: Final = Histogram(
    "zikao_rpc_client_seconds",
    "Time taken by an RPC of another service.",
    ["peer", "method", "code"],
    buckets=LATENCY_BUCKETS,
)


class Spans:
    """Records spans. One instance per process that exports; none where the exporter is off."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("zikao")

    def start(self, name: str, kind: SpanKind, parent: Trace | None) -> otel.Span:
        """A span under `parent`, or the first of a new trace."""
        context = otel_context.Context()
        if parent is not None:
            flags = TraceFlags(TraceFlags.SAMPLED if parent.sampled else TraceFlags.DEFAULT)
            remote = SpanContext(int(parent.trace_id, 16), int(parent.span_id, 16), is_remote=True, trace_flags=flags)
            context = otel.set_span_in_context(NonRecordingSpan(remote), context)
        return self._tracer.start_span(name, context=context, kind=kind)


def place_of(span: otel.Span) -> Trace:
    """Where a span stands in its trace."""
    context = span.get_span_context()
    return Trace(f"{context.trace_id:032x}", f"{context.span_id:016x}", context.trace_flags.sampled)


def end_span(span: otel.Span, call: Call, attributes: dict[str, AttributeValue]) -> None:
    """Ends the span of an RPC with how the RPC ended. A refusal is an answer, not a fault of the server's."""
    span.set_attributes({"rpc.grpc.status_code": call.code, **attributes})
    if call.reason:
        span.set_attribute("zikao.reason", call.reason)
    if call.code in ("INTERNAL", "UNKNOWN", "DATA_LOSS", "UNAVAILABLE", "DEADLINE_EXCEEDED"):
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
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (
        OTLPSpanExporter,
    )  # only when asked for: slow to import
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return BatchSpanProcessor(OTLPSpanExporter(endpoint=config.otlp_endpoint))
