"""One request's trace crosses the processes, and personal data reaches no log and no trace."""

import asyncio
import json
import random
from concurrent import futures

import grpc
import httpx
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from cli.demo.invented_people import Person, invent
from cli.deployment.service_process import MODULES
from cli.journey.clients.latency_meter import Meter
from cli.journey.steps import candidate_stories
from cli.journey.steps.journey_context import read_context, silent
from tests.e2e.suite_process import SuiteProcess, temporary_suite
from tests.support.wait_until import wait_until


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Receives spans as an OpenTelemetry collector does."""

    def __init__(self) -> None:
        self.spans: dict[bytes, tuple[str, Span]] = {}

    def Export(self, request, context):  # noqa: N802
        for resource in request.resource_spans:
            service = next(a.value.string_value for a in resource.resource.attributes if a.key == "service.name")
            for scope in resource.scope_spans:
                self.spans.update({span.span_id: (service, span) for span in scope.spans})
        return trace_service_pb2.ExportTraceServiceResponse()

    def edges(self) -> set[tuple[str, str]]:
        """(`caller name`, `answerer name`) for every span whose parent is known, names with their process."""
        named = {span_id: f"{service}: {span.name}" for span_id, (service, span) in self.spans.items()}
        return {
            (named[span.parent_span_id], named[span_id])
            for span_id, (_, span) in self.spans.items()
            if span.parent_span_id in named
        }


@pytest.fixture(scope="module")
def collector():
    server = grpc.server(futures.ThreadPoolExecutor(2))
    one = Collector()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(one, server)
    one.address = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield one
    server.stop(None)


@pytest.fixture(scope="module")
def traced(collector, tmp_path_factory):
    """A suite that exports every trace and writes every log line it has."""
    telemetry = {
        "ZIKAO_TELEMETRY__OTLP_ENDPOINT": collector.address,
        "ZIKAO_TELEMETRY__SAMPLE_RATIO": "1",
        "ZIKAO_TELEMETRY__LOG_LEVEL": "debug",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    with temporary_suite(tmp_path_factory.mktemp("traced") / "home", telemetry) as suite:
        yield suite


@pytest.fixture(scope="module")
def people(traced: SuiteProcess) -> list[Person]:
    """Who has used the suite: a journey of every story."""
    return asyncio.run(_play(traced))


async def _play(suite: SuiteProcess) -> list[Person]:
    from cli.journey.steps import reviewer_steps
    from cli.staff.api_client import Api

    cast = [invent(random.SystemRandom()) for _ in range(4)]
    accounts = suite.home.known_accounts()
    async with httpx.AsyncClient(timeout=30.0, trust_env=False) as http:
        journey = await read_context(http, Meter(), suite.gateway_url, suite.sandbox_url, silent)
        await candidate_stories.new_candidate(journey, cast[0])
        staff = {name: (accounts[name]["loginName"], accounts[name]["password"]) for name in ("operator", "reviewer")}
        operator = await Api.log_in(http, suite.gateway_url, *staff["operator"])
        await candidate_stories.enrolled_candidate(journey, operator, cast[1])
        reviewer = await reviewer_steps.log_in(journey.visitor, *staff["reviewer"])
        await candidate_stories.mistaken_portrait(journey, reviewer, cast[2], cast[3])
    return cast


CHECK_OUT = "zikao.enrollment.v1.EnrollmentService/CheckOut"
CREATE_ORDER = "zikao.payment.v1.PaymentService/CreateOrder"
PAY_ORDER = "zikao.payment.v1.PaymentService/PayOrder"
OPEN_CASE = "zikao.review.v1.ReviewService/OpenCase"
EDGES = [
    ("gateway: POST /v1/sessions/{session_id}:checkout", f"gateway: {CHECK_OUT}"),
    (f"gateway: {CHECK_OUT}", f"enrollment: {CHECK_OUT}"),
    (f"enrollment: {CREATE_ORDER}", f"payment: {CREATE_ORDER}"),
    (f"gateway: {PAY_ORDER}", f"payment: {PAY_ORDER}"),
    (f"identity: {OPEN_CASE}", f"review: {OPEN_CASE}"),
]


@pytest.mark.parametrize("edge", EDGES, ids=[child for _, child in EDGES])
async def test_a_trace_crosses_the_processes(collector, people: list[Person], edge: tuple[str, str]) -> None:  # OP-2
    async def crossed() -> bool:
        return edge in collector.edges()

    await wait_until(crossed)


def written(suite: SuiteProcess) -> dict[str, str]:
    """Everything that was written while the suite ran: each process's log, PostgreSQL's, and what it told its
    operator.
    """
    logs = {log.name: log.read_text() for log in suite.home.logs.iterdir()}
    return {**logs, "output": suite.printed()}


def secrets_of(person: Person) -> set[str]:
    """What of a person must stand nowhere, a phone without its country code, too, and a name as JSON escapes it."""
    known = {person.document_number, person.name, person.phone, person.phone.removeprefix("+86"), person.email}
    return known | {json.dumps(person.name)[1:-1]}


def test_no_personal_data_reaches_a_log(traced: SuiteProcess, people: list[Person]) -> None:  # OP-2
    outputs = written(traced)
    assert {f"{name}.log" for name in (*MODULES, "postgres")} < outputs.keys()
    assert all(outputs.values())
    secrets = {secret for person in people for secret in secrets_of(person)}
    assert {(name, secret) for name, text in outputs.items() for secret in secrets if secret in text} == set()


def test_no_personal_data_reaches_a_trace(collector, people: list[Person]) -> None:  # OP-2
    spans = [span.SerializeToString().decode(errors="replace") for _, span in collector.spans.values()]
    assert any(CHECK_OUT in span for span in spans)
    for person in people:
        assert [span for span in spans if any(secret in span for secret in secrets_of(person))] == []


def test_every_log_line_is_json_with_its_process(traced: SuiteProcess, people: list[Person]) -> None:  # OP-2
    for name in MODULES:
        for line in (traced.home.logs / f"{name}.log").read_text().splitlines():
            assert json.loads(line)["service"] == name
