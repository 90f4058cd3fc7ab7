"""Receipts on real processes (PA-9): fetched from the portal and shown, though the portal is away and payment is
killed.
"""

from collections.abc import Callable

import pytest

from cli.journey.clients.http_client import Json, eventually
from cli.journey.steps import candidate_steps
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.journey_context import JourneyContext
from tests.e2e.course_selection import select
from tests.e2e.suite_process import SuiteProcess
from tests.e2e.test_journey import play
from tests.support.wait_until import PATIENCE_SECONDS


@pytest.fixture
async def checkout(journey: JourneyContext, candidate: Candidate) -> Json:
    """An order that waits for its payment."""
    registration = (await candidate.caller.get("read", "/v1/registrations"))["registrations"][0]
    await select(journey, candidate, registration)
    return await candidate_steps.check_out(candidate, journey.session_id)


async def paid(journey: JourneyContext, candidate: Candidate, checkout: Json) -> None:
    await journey.outside.scan_and_pay(await candidate_steps.ask_for_qr(candidate, checkout))
    await candidate_steps.becomes_effective(candidate, journey.session_id, checkout["orderId"])


async def receipt_that(candidate: Candidate, order_id: str, holds: Callable[[Json], bool]) -> Json:
    async def look() -> Json:
        return await candidate.caller.get("read the receipt", f"/v1/orders/{order_id}/receipt")

    return await eventually("the receipt", candidate.caller.meter, look, holds, PATIENCE_SECONDS)


def test_a_receipt_and_a_statement_as_an_operator_and_a_candidate_see_them(suite: SuiteProcess) -> None:  # PA-9, PA-10
    played = play(suite, "--scenario", "receipt-and-statement")
    assert played.returncode == 0, played.stdout + played.stderr
    assert "code, number" not in played.stderr


async def test_a_portal_that_is_away_and_a_kill_lose_no_receipt(  # PA-9, F-13
    suite: SuiteProcess, journey: JourneyContext, candidate: Candidate, checkout: Json
) -> None:
    order_id = checkout["orderId"]
    body = {"target": "receipts", "kind": "OUTAGE"}
    await journey.outside.sandbox.call("set a fault", "PUT", f"/faults/{order_id}", json=body, status=None)
    await paid(journey, candidate, checkout)
    waiting = await receipt_that(candidate, order_id, lambda seen: seen["state"] == "PENDING")
    assert waiting["availableDate"]
    suite.kill("payment")
    await journey.outside.sandbox.call("clear the faults", "DELETE", f"/faults/{order_id}", status=None)
    await receipt_that(candidate, order_id, lambda seen: seen["state"] == "REQUESTED")
    suite.kill("payment")
    await journey.outside.issue_receipt(order_id)
    issued = await receipt_that(candidate, order_id, lambda seen: seen["state"] == "ISSUED")
    assert issued["code"]
    assert issued["number"]
    assert issued["url"].endswith(order_id)
