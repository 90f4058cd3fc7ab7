"""Failures that others met with money, on real processes with the sandbox's faults."""

import asyncio
import uuid

import httpx
import pytest

from cli.journey.clients.http_client import Json, eventually
from cli.journey.steps import candidate_steps
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.journey_context import JourneyContext
from cli.staff.api_client import Api
from tests.e2e import database_invariants
from tests.e2e.course_selection import select
from tests.e2e.suite_process import SuiteProcess
from tests.support.wait_until import PATIENCE_SECONDS


@pytest.fixture
async def registration(candidate: Candidate) -> Json:
    return (await candidate.caller.get("read", "/v1/registrations"))["registrations"][0]


@pytest.fixture
async def order(journey: JourneyContext, candidate: Candidate, registration: Json) -> Json:
    """Two courses checked out, with a QR code."""
    for course in journey.choices.first[:2]:
        await select(journey, candidate, registration, course)
    checkout = await candidate_steps.check_out(candidate, journey.session_id)
    return await candidate_steps.ask_for_qr(candidate, checkout)


async def fault(journey: JourneyContext, scope: str, target: str, kind: str, **more: float) -> None:
    body = {"target": target, "kind": kind, **more}
    await journey.outside.sandbox.call("set a fault", "PUT", f"/faults/{scope}", json=body, status=None)
    faults = await journey.outside.sandbox.get("list the faults", "/faults")
    assert kind in [one["kind"] for one in faults["faults"]]


async def state_of(candidate: Candidate, order: Json) -> str:
    return str((await candidate.caller.get("read the order", f"/v1/orders/{order['orderId']}"))["state"])


async def changes_to(candidate: Candidate, order: Json, state: str) -> int:
    """How often the order's timeline says that it became `state`."""
    timeline = await candidate.caller.get("read the timeline", f"/v1/orders/{order['orderId']}/timeline")
    kinds = [(entry["kind"], entry["outcome"]) for entry in timeline["entries"]]
    return kinds.count(("STATE_CHANGED", state))


def _is_paid(refreshed: Json) -> bool:
    return bool(refreshed.get("order", {}).get("state") == "PAID")


async def test_a_lost_notification_heals_with_the_page_open(  # F-1, F-17, PA-4
    http: httpx.AsyncClient, suite: SuiteProcess, journey: JourneyContext, candidate: Candidate, order: Json
) -> None:
    await fault(journey, order["attempt"]["outTradeNo"], "notification", "LOST")
    await journey.outside.scan_and_pay(order)
    headers = {"authorization": f"Bearer {candidate.caller.token}"}
    watched = f"{suite.gateway_url}/v1/orders/{order['orderId']}:watch"
    async with http.stream("GET", watched, headers=headers, timeout=PATIENCE_SECONDS) as page:
        async for line in page.aiter_lines():
            if '"state":"PAID"' in line:
                break
    assert await state_of(candidate, order) == "PAID"


async def test_a_lost_notification_heals_with_nobody_looking(  # F-1, PA-4
    journey: JourneyContext, candidate: Candidate, order: Json
) -> None:
    await fault(journey, order["attempt"]["outTradeNo"], "notification", "LOST")
    await journey.outside.scan_and_pay(order)
    await candidate_steps.becomes_effective(candidate, journey.session_id, order["orderId"])


async def test_refreshing_asks_the_platform_not_the_local_row(  # F-17, PA-4
    journey: JourneyContext, candidate: Candidate, order: Json
) -> None:
    await fault(journey, order["attempt"]["outTradeNo"], "notification", "LOST")
    await journey.outside.scan_and_pay(order)

    async def refresh() -> Json:
        path = f"/v1/orders/{order['orderId']}:refresh"
        return (await candidate.caller.call("refresh", "POST", path, json={}, status=None)).json()

    await eventually("refresh", candidate.caller.meter, refresh, _is_paid, 30.0)


async def test_the_same_notification_many_times_makes_one_transition(  # F-2, PA-5
    journey: JourneyContext, candidate: Candidate, order: Json, database: database_invariants.Connection
) -> None:
    await fault(journey, order["attempt"]["outTradeNo"], "notification", "DUPLICATE")
    await journey.outside.scan_and_pay(order)
    await candidate_steps.becomes_effective(candidate, journey.session_id, order["orderId"])
    await database_invariants.all_delivered(database)
    assert await changes_to(candidate, order, "PAID") == 1
    assert await database_invariants.broken(database) == {}


@pytest.mark.parametrize(("kind", "exception"), [("FORGED", "FORGED_NOTIFICATION"), ("WRONG_AMOUNT", "WRONG_AMOUNT")])
async def test_a_notification_that_lies_changes_nothing_and_is_raised_to_the_operator(  # F-4, PA-5, PA-8
    journey: JourneyContext, candidate: Candidate, order: Json, operator: Api, kind: str, exception: str
) -> None:
    out_trade_no = order["attempt"]["outTradeNo"]
    await fault(journey, out_trade_no, "notification", kind)
    await journey.outside.scan_and_pay(order)

    async def raised() -> Json:
        return await operator.get("/v1/payment-exceptions")

    def named(seen: Json) -> bool:
        return exception in [one["kind"] for one in seen["exceptions"]]

    await eventually("raise to the operator", candidate.caller.meter, raised, named, 60.0)
    await candidate_steps.becomes_effective(candidate, journey.session_id, order["orderId"])
    assert await changes_to(candidate, order, "PAID") == 1


async def test_nobody_but_the_platform_can_say_that_an_order_is_paid(  # F-4, PA-5
    http: httpx.AsyncClient, suite: SuiteProcess, candidate: Candidate, order: Json
) -> None:
    claim = {"event_id": str(uuid.uuid4()), "out_trade_no": order["attempt"]["outTradeNo"], "state": "SUCCESS"}
    address = f"{suite.gateway_url}/v1/payment-notifications/sandbox"
    unsigned = await http.post(address, json=claim)
    forged = {"x-sandbox-timestamp": "1", "x-sandbox-signature": "AAAA", "x-sandbox-key-id": "k"}
    signed_by_nobody = await http.post(address, json=claim, headers=forged)
    assert {unsigned.status_code, signed_by_nobody.status_code} <= {400, 401, 403}
    assert await state_of(candidate, order) == "AWAITING_PAYMENT"


async def test_the_same_checkout_asked_for_at_once_makes_one_order(  # F-10
    journey: JourneyContext, candidate: Candidate, registration: Json
) -> None:
    await select(journey, candidate, registration)
    path, body = f"/v1/sessions/{journey.session_id}:checkout", {"requestId": str(uuid.uuid4())}
    answers = await asyncio.gather(*(candidate.caller.send("check out", "POST", path, body) for _ in range(8)))
    assert len({answer["orderId"] for answer in answers}) == 1
    orders = await candidate.caller.get("list", "/v1/orders", candidateId="me", sessionId=journey.session_id)
    assert len(orders["orders"]) == 1


async def test_the_same_request_id_with_another_body_is_refused(  # F-10
    journey: JourneyContext, candidate: Candidate, registration: Json
) -> None:
    one = await select(journey, candidate, registration)
    path, request_id = f"/v1/sessions/{journey.session_id}:checkout", str(uuid.uuid4())
    await candidate.caller.send("check out", "POST", path, {"requestId": request_id})
    other = {"requestId": request_id, "selectionIds": [one["selectionId"]]}
    await candidate.caller.refused("check out differently", "POST", path, other, "REQUEST_ID_REUSED")


async def test_of_two_selections_for_one_half_day_exactly_one_succeeds(  # F-11, EN-5
    journey: JourneyContext, candidate: Candidate, registration: Json
) -> None:
    def body(code: str) -> Json:
        ids = {"registrationId": registration["registrationId"], "sessionId": journey.session_id}
        return {**ids, "courseCode": code}

    courses = (journey.choices.first[0], journey.choices.rival)
    answers = await asyncio.gather(
        *(
            candidate.caller.call("select", "POST", "/v1/selections", json=body(course.code), status=None)
            for course in courses
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 400]
    refused = next(answer for answer in answers if not answer.is_success)
    assert refused.json()["reason"] == "TIME_CONFLICT"


async def test_append_is_refused_while_an_order_is_unsettled_and_allowed_once_it_is(  # F-12, EN-9
    journey: JourneyContext, candidate: Candidate, registration: Json, order: Json
) -> None:
    await select(journey, candidate, registration, journey.choices.appended)
    problem = await candidate_steps.check_out_refused(candidate, journey.session_id, "ORDER_UNSETTLED")
    assert problem["metadata"]["order_id"] == order["orderId"]
    await journey.outside.scan_and_pay(order)
    await candidate_steps.becomes_effective(candidate, journey.session_id, order["orderId"])
    appended = await candidate_steps.check_out(candidate, journey.session_id)
    assert [item["courseCode"] for item in appended["items"]] == [journey.choices.appended.code]


async def test_a_checkout_while_payment_is_away_is_created_when_it_is_back(  # EN-10, F-13
    suite: SuiteProcess, journey: JourneyContext, candidate: Candidate, registration: Json
) -> None:
    await select(journey, candidate, registration)
    suite.kill("payment")
    checkout = await candidate_steps.check_out(candidate, journey.session_id)
    paying = await candidate_steps.ask_for_qr(candidate, checkout)
    await journey.outside.scan_and_pay(paying)
    await candidate_steps.becomes_effective(candidate, journey.session_id, checkout["orderId"])
