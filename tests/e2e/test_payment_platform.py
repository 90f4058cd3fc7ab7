"""What the platform says too early, or about what is not ours, and what is shown when nobody answers."""

import asyncio
import json
import random
import uuid
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from cli.demo.invented_people import invent
from cli.journey.clients.http_client import Json, eventually
from cli.journey.steps import candidate_steps
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.journey_context import JourneyContext
from cli.staff.api_client import Api
from sandbox.payments.signatures import NOTIFICATION, open_keys
from sandbox.portraits import portrait
from tests.e2e.course_selection import select
from tests.e2e.suite_process import SuiteProcess
from tests.e2e.test_payment_faults import fault, state_of
from tests.support.wait_until import PATIENCE_SECONDS

MORE_THAN_TRIES = 4


@pytest.fixture
async def checkout(journey: JourneyContext, candidate: Candidate) -> Json:
    """One course checked out, without a QR code."""
    registration = (await candidate.caller.get("read", "/v1/registrations"))["registrations"][0]
    await select(journey, candidate, registration)
    return await candidate_steps.check_out(candidate, journey.session_id)


async def test_money_that_comes_before_the_platform_has_answered_the_order_counts(  # F-3
    journey: JourneyContext, candidate: Candidate, checkout: Json
) -> None:
    known = await trades(journey)
    await fault(journey, "global", "create", "SLOW", seconds=4, times=1)
    path, body = f"/v1/orders/{checkout['orderId']}:pay", {"undertakingVersion": checkout["undertakingVersion"]}
    asking = asyncio.create_task(candidate.caller.call("ask for the QR code", "POST", path, json=body, status=None))

    async def look() -> Json:
        return {"new": (await trades(journey)).keys() - known.keys()}

    made = await eventually("make the trade", candidate.caller.meter, look, lambda seen: bool(seen["new"]), 10.0)
    [number] = made["new"]
    await journey.outside.scan_and_pay({"attempt": (await trades(journey))[number]})
    await candidate_steps.becomes_effective(candidate, journey.session_id, checkout["orderId"])
    assert not asking.done(), "the platform had answered before anything was settled"
    await asking
    assert await state_of(candidate, checkout) == "PAID"


async def trades(journey: JourneyContext) -> dict[str, Json]:
    """The platform's newest trades that nobody has paid."""
    found = await journey.outside.sandbox.get("look", "/orders", state="NOTPAY")
    return {one["out_trade_no"]: {"platformTradeNo": one["platform_trade_no"]} for one in found["orders"]}


@pytest.mark.parametrize(
    ("wrong", "raised"),
    [({"merchant": "somebody-else"}, "WRONG_MERCHANT"), ({"out_trade_no": "z" * 28}, "UNKNOWN_ORDER")],
    ids=["another merchant's", "of an unknown order"],
)
async def test_what_the_platform_signs_about_something_else_changes_nothing_and_is_raised(  # F-4, PA-5
    suite: SuiteProcess,
    http: httpx.AsyncClient,
    journey: JourneyContext,
    candidate: Candidate,
    checkout: Json,
    operator: Api,
    wrong: dict[str, str],
    raised: str,
) -> None:
    order = await candidate_steps.ask_for_qr(candidate, checkout)
    said = {
        "event_id": "e-1",
        "merchant": "zikao",
        "out_trade_no": order["attempt"]["outTradeNo"],
        "platform_trade_no": order["attempt"]["platformTradeNo"],
        "amount_fen": int(order["totalFen"]),
        "state": "SUCCESS",
        "paid_time": datetime.now(UTC).isoformat(),
    }
    answer = await notified(suite, http, said | wrong)
    assert not answer.is_success
    exceptions = await operator.get("/v1/payment-exceptions", kind=raised)
    assert exceptions["exceptions"]
    assert await state_of(candidate, order) == "AWAITING_PAYMENT"


async def notified(suite: SuiteProcess, http: httpx.AsyncClient, content: dict[str, Any]) -> httpx.Response:
    """The answer to a notification that the platform itself has signed."""
    key, _ = open_keys(suite.home.keys)
    body = json.dumps(content).encode()
    headers = dict(key.headers(datetime.now(UTC), NOTIFICATION, body))
    return await http.post(f"{suite.gateway_url}/v1/payment-notifications/sandbox", content=body, headers=headers)


async def test_a_platform_that_does_not_answer_never_shows_an_order_as_failed(  # F-18, PA-4
    journey: JourneyContext, candidate: Candidate, checkout: Json
) -> None:
    order = await candidate_steps.ask_for_qr(candidate, checkout)
    await fault(journey, order["attempt"]["outTradeNo"], "query", "OUTAGE")
    path = f"/v1/orders/{order['orderId']}:refresh"

    async def refresh() -> Json:
        return (await candidate.caller.call("refresh", "POST", path, json={}, status=None)).json()

    def asked_in_vain(seen: Json) -> bool:
        return bool(seen.get("asked") and not seen["providerReachable"])

    seen = await eventually("ask in vain", candidate.caller.meter, refresh, asked_in_vain, PATIENCE_SECONDS)
    assert (seen["order"]["state"], seen["order"]["guidance"]["nextStep"]) == ("AWAITING_PAYMENT", "PAY")


async def test_a_register_that_does_not_answer_is_not_a_mismatch(  # F-18, ID-7
    http: httpx.AsyncClient, journey: JourneyContext
) -> None:
    person = invent(random.SystemRandom())
    await journey.outside.know(person)
    one = await candidate_steps.create_account(journey.visitor, person)
    await candidate_steps.register(one)
    await candidate_steps.verify_phone(one, journey.outside)
    await candidate_steps.fill_in_details(one)
    await candidate_steps.upload_portrait(one, portrait(person.portrait_seed))
    await fault(journey, person.document_number, "register", "OUTAGE")
    path = f"{one.caller.base_url}/v1/candidates/{one.candidate_id}:verifyIdentity"
    for _ in range(MORE_THAN_TRIES):
        body, token = {"requestId": str(uuid.uuid4())}, {"authorization": f"Bearer {one.caller.token}"}
        answer = await http.post(path, json=body, headers=token)
        assert (answer.status_code, answer.json()["reason"]) == (503, "REGISTER_UNAVAILABLE")
    await journey.outside.sandbox.call("clear", "DELETE", f"/faults/{person.document_number}", status=None)
    await candidate_steps.check_face(one, "MATCHED")
