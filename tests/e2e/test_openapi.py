"""The OpenAPI document against the running gateway: whatever a caller invents within it is answered as the document
says and never with an internal error (GW-1, GW-3).
"""

import asyncio
import random

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks

from cli.demo.invented_people import invent
from cli.journey.clients.http_client import Caller
from cli.journey.clients.latency_meter import Meter
from cli.journey.steps import candidate_steps
from cli.journey.steps.candidate_steps import Candidate
from gateway.api.openapi import openapi_document
from gateway.contracts.rpcs import Contracts
from tests.e2e.suite_process import SuiteProcess
from tests.support.wait_until import PATIENCE_SECONDS

EXAMPLES = 5

load_all_checks()
CONFORMS = CHECKS.get_by_names(["content_type_conformance", "response_schema_conformance", "status_code_conformance"])
OPERATIONS = [
    found.ok() for found in schemathesis.openapi.from_dict(openapi_document(Contracts.load())).get_all_operations()
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.label for operation in OPERATIONS])
def test_every_operation_answers_as_documented(  # GW-1
    suite: SuiteProcess, candidate_token: str, operation: schemathesis.schemas.APIOperation
) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: schemathesis.Case) -> None:
        for headers in ({}, {"authorization": f"Bearer {candidate_token}"}):
            answer = case.call(base_url=suite.gateway_url, headers=headers, timeout=PATIENCE_SECONDS)
            assert answer.status_code != 500, answer.text
            case.validate_response(answer, checks=CONFORMS)

    ask()


@pytest.fixture(scope="module")
def candidate_token(suite: SuiteProcess) -> str:
    """A candidate's login session."""

    async def made() -> Candidate:
        async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
            return await candidate_steps.create_account(
                Caller(http, Meter(), suite.gateway_url), invent(random.SystemRandom())
            )

    return str(asyncio.run(made()).caller.token)
