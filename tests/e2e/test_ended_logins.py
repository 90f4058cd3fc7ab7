"""Ended is ended, in every process at once (F-32): real processes, over HTTP only."""

import os
import signal
import uuid
from collections.abc import Sequence

import httpx
import pytest

from cli.journey.clients.http_client import Caller
from cli.journey.steps.candidate_steps import PASSWORD, Candidate
from cli.staff.api_client import Api, ApiProblem
from tests.e2e.suite_process import SuiteProcess
from tests.support.wait_until import wait_until

PASSWORDS = ("Chosen-first-1", "Chosen-next-22")
READ_BY_OPERATORS = (
    "/v1/staff",
    "/v1/registrations?candidate_id={id}",
    "/v1/payment-exceptions",
    "/v1/review/audit-entries",
)
READ_BY_CANDIDATES = ("/v1/candidates/me", "/v1/registrations", "/v1/orders", "/v1/candidates/me/cases")
"""One read of each service: identity first."""


async def statuses(http: httpx.AsyncClient, base_url: str, token: str, paths: Sequence[str]) -> set[int]:
    headers = {"authorization": f"Bearer {token}"}
    answers = [await http.get(base_url + path.format(id=uuid.uuid4()), headers=headers) for path in paths]
    return {answer.status_code for answer in answers}


async def refused_everywhere(http: httpx.AsyncClient, base_url: str, token: str, paths: Sequence[str]) -> None:
    """Identity refuses at once; the other services as soon as they have heard of it."""
    assert await statuses(http, base_url, token, paths[:1]) == {401}

    async def refused() -> bool:
        return await statuses(http, base_url, token, paths) == {401}

    await wait_until(refused)


async def new_operator(operator: Api) -> tuple[str, Api]:
    """Another operator's id, and that operator logged in with a password of their own."""
    staff = {"loginName": f"op-{uuid.uuid4().hex[:12]}", "displayName": "王五", "kind": "OPERATOR"}
    body = {"staff": {**staff, "organisation": "AUTHORITY"}, "initialPassword": PASSWORDS[0]}
    made = await operator.send("POST", "/v1/staff", body)
    first = await Api.log_in(operator.http, operator.base_url, staff["loginName"], PASSWORDS[0])
    changed = {"oldPassword": PASSWORDS[0], "newPassword": PASSWORDS[1]}
    tokens = await first.send("POST", "/v1/staff/me:changePassword", changed)
    return str(made["staffId"]), Api(operator.http, operator.base_url, tokens["accessToken"])


async def test_a_disabled_operators_token_makes_no_new_operator(http: httpx.AsyncClient, operator: Api) -> None:
    # F-32, OP-1
    staff_id, leaving = await new_operator(operator)
    assert await statuses(http, leaving.base_url, leaving.token, READ_BY_OPERATORS) == {200}
    await operator.send("POST", f"/v1/staff/{staff_id}:disable", {"reason": "left"})
    with pytest.raises(ApiProblem) as refusal:
        await new_operator(leaving)
    assert refusal.value.reason == "UNAUTHENTICATED"
    await refused_everywhere(http, leaving.base_url, leaving.token, READ_BY_OPERATORS)
    assert await statuses(http, operator.base_url, operator.token, READ_BY_OPERATORS) == {200}


def token_of(candidate: Candidate) -> str:
    assert candidate.caller.token is not None
    return candidate.caller.token


async def log_out(candidate: Caller) -> None:
    await candidate.call("log out", "DELETE", "/v1/login-sessions/current")


async def log_out_everywhere(candidate: Caller) -> None:
    await candidate.send("log out everywhere", "POST", "/v1/login-sessions:revokeAll", {})


@pytest.mark.parametrize("end", [log_out, log_out_everywhere])
async def test_a_logged_out_token_is_refused_by_every_service(
    http: httpx.AsyncClient, suite: SuiteProcess, candidate: Candidate, end
) -> None:  # F-32, ID-14
    token = token_of(candidate)
    assert await statuses(http, suite.gateway_url, token, READ_BY_CANDIDATES) == {200}
    await end(candidate.caller)
    await refused_everywhere(http, suite.gateway_url, token, READ_BY_CANDIDATES)


async def test_a_changed_password_ends_the_tokens_of_before_and_gives_one_that_works(
    http: httpx.AsyncClient, suite: SuiteProcess, candidate: Candidate
) -> None:  # F-32, ID-4
    old = token_of(candidate)
    body = {"oldPassword": PASSWORD, "newPassword": PASSWORDS[0]}
    tokens = await candidate.caller.send("change the password", "POST", "/v1/candidates/me:changePassword", body)
    await refused_everywhere(http, suite.gateway_url, old, READ_BY_CANDIDATES)
    assert await statuses(http, suite.gateway_url, tokens["accessToken"], READ_BY_CANDIDATES) == {200}


async def test_while_nobody_says_whose_login_has_ended_staff_wait_and_candidates_go_on(
    http: httpx.AsyncClient, suite: SuiteProcess, operator: Api, candidate: Candidate
) -> None:  # F-32
    staff, candidates = "/v1/payment-exceptions", "/v1/orders"

    async def answers_staff(status: int) -> bool:
        return await statuses(http, suite.gateway_url, operator.token, [staff]) == {status}

    identity = suite.pid_of("identity")
    os.kill(identity, signal.SIGSTOP)
    try:
        await wait_until(lambda: answers_staff(503))
        refused = await http.get(suite.gateway_url + staff, headers={"authorization": f"Bearer {operator.token}"})
        assert (refused.json()["reason"], int(refused.headers["retry-after"]) > 0) == ("REVOCATIONS_UNKNOWN", True)
        assert await statuses(http, suite.gateway_url, token_of(candidate), [candidates]) == {200}
    finally:
        os.kill(identity, signal.SIGCONT)
    await wait_until(lambda: answers_staff(200))
