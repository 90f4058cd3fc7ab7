"""Money that comes late, twice, or has to go back, on real processes that fail and are restarted meanwhile."""

import asyncio
import os
import random
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import asyncpg
import httpx
import pytest

from cli.demo.invented_people import invent
from cli.journey.clients.http_client import Json, eventually
from cli.journey.clients.latency_meter import Meter
from cli.journey.scenarios import late_money
from cli.journey.steps import candidate_steps, candidate_stories
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.journey_context import JourneyContext, read_context, silent
from cli.journey.steps.participants import assemble
from cli.staff.api_client import Api
from tests.e2e import database_invariants
from tests.e2e.course_selection import select
from tests.e2e.suite_process import ROOT, SuiteProcess, temporary_suite, zikao
from tests.e2e.test_payment_faults import fault
from tests.support.wait_until import PATIENCE_SECONDS

CANDIDATES = 4


@pytest.fixture
async def registration(candidate: Candidate) -> Json:
    return (await candidate.caller.get("read", "/v1/registrations"))["registrations"][0]


@pytest.fixture
async def order(journey: JourneyContext, candidate: Candidate, registration: Json) -> Json:
    """One course checked out, with a QR code."""
    await select(journey, candidate, registration)
    return await candidate_steps.ask_for_qr(candidate, await candidate_steps.check_out(candidate, journey.session_id))


async def until(candidate: Candidate, order: Json, holds: Callable[[Json], bool]) -> Json:
    async def look() -> Json:
        return await candidate.caller.get("read the order", f"/v1/orders/{order['orderId']}")

    return await eventually("settle", candidate.caller.meter, look, holds, PATIENCE_SECONDS)


async def refunds_of(candidate: Candidate, order: Json) -> list[tuple[str, str]]:
    found = await candidate.caller.get("list the refunds", f"/v1/orders/{order['orderId']}/refunds")
    return [(one["state"], one["reason"]) for one in found["refunds"]]


async def selections_end(journey: JourneyContext, candidate: Candidate) -> None:
    """Enrollment hears by an event that the fees are back (invariant 2)."""

    async def look() -> Json:
        return await candidate.caller.get("read", f"/v1/sessions/{journey.session_id}/overview")

    def ended(overview: Json) -> bool:
        return not [one for one in overview["selections"] if one["state"] == "EFFECTIVE"]

    await eventually("the selections end", candidate.caller.meter, look, ended, PATIENCE_SECONDS)


def is_back(order: Json) -> Callable[[Json], bool]:
    return lambda seen: int(seen["refundedFen"]) == int(order["totalFen"])


async def cancel(candidate: Candidate, order: Json) -> None:
    await candidate.caller.send("cancel", "POST", f"/v1/orders/{order['orderId']}:cancel", {})


async def drafts(journey: JourneyContext, candidate: Candidate) -> list[Json]:
    """The selections of an order that has ended, once enrollment has heard of it."""

    async def look() -> Json:
        return await candidate.caller.get("read", f"/v1/sessions/{journey.session_id}/overview")

    def released(seen: Json) -> bool:
        return all(one["state"] == "DRAFT" for one in seen["selections"])

    overview = await eventually("release", candidate.caller.meter, look, released, PATIENCE_SECONDS)
    return list(overview["selections"])


async def test_the_scenario_goes_as_the_rules_say(  # PA-6, F-7, F-8
    suite: SuiteProcess, http: httpx.AsyncClient, journey: JourneyContext, database: database_invariants.Connection
) -> None:
    await late_money.play(await assemble(suite.home, http, journey))
    await database_invariants.all_delivered(database)
    assert await database_invariants.broken(database) == {}


async def test_late_money_is_decided_about_though_everybody_who_decides_is_killed(  # PA-6, F-7, F-13
    suite: SuiteProcess, journey: JourneyContext, candidate: Candidate, order: Json
) -> None:
    await cancel(candidate, order)
    suite.kill("enrollment")
    await journey.outside.scan_and_pay_though_closed(order)
    suite.kill("payment")
    await candidate_steps.becomes_effective(candidate, journey.session_id, order["orderId"])


async def test_money_for_a_course_taken_back_goes_back_though_the_platform_is_out(  # PA-6, F-7, F-9, F-18
    suite: SuiteProcess, journey: JourneyContext, candidate: Candidate, order: Json
) -> None:
    await cancel(candidate, order)
    released = await drafts(journey, candidate)
    await candidate.caller.call("remove", "DELETE", f"/v1/selections/{released[0]['selectionId']}")
    await fault(journey, order["attempt"]["outTradeNo"], "refund", "OUTAGE", times=2)
    await journey.outside.scan_and_pay_though_closed(order)
    promised = await until(candidate, order, lambda seen: seen["guidance"]["nextStep"] == "REFUND_ON_ITS_WAY")
    assert promised["guidance"]["refundDate"]
    suite.kill("payment")
    back = await until(candidate, order, is_back(order))
    assert (back["state"], back["guidance"]["nextStep"]) == ("CANCELLED", "PAYING_AGAIN_IS_SAFE")
    assert await refunds_of(candidate, order) == [("SUCCEEDED", "SURPLUS_MONEY")]
    timeline = await candidate.caller.get("read the timeline", f"/v1/orders/{order['orderId']}/timeline")
    outcomes = [entry["outcome"] for entry in timeline["entries"] if entry["kind"] == "REFUND_REQUESTED"]
    # Killed between asking and noting, payment may have forgotten an answer that it did not get.
    assert [one for one in outcomes if one != "UNREACHABLE"] == ["REQUESTED", "SUCCEEDED"]


async def test_a_refund_whose_answer_is_lost_is_made_once(  # F-9, PA-6
    journey: JourneyContext, candidate: Candidate, order: Json, operator: Api
) -> None:
    await journey.outside.scan_and_pay(order)
    await candidate_steps.becomes_effective(candidate, journey.session_id, order["orderId"])
    await fault(journey, order["attempt"]["outTradeNo"], "refund", "LOST", times=1)
    body = {"refundId": str(uuid.uuid4()), "reason": "OPERATOR_DECISION", "note": "asked for by telephone"}
    for _ in range(2):
        await operator.send("POST", f"/v1/orders/{order['orderId']}/refunds", body)
    refunded = await until(candidate, order, lambda seen: seen["state"] == "REFUNDED")
    assert refunded["refundedFen"] == order["totalFen"]
    trade = await journey.outside.sandbox.get("look", "/orders", out_trade_no=order["attempt"]["outTradeNo"])
    assert str(trade["orders"][0]["refunded_fen"]) == order["totalFen"]
    await selections_end(journey, candidate)


async def test_a_platform_that_times_out_on_create_shows_one_code_in_the_end(  # F-9
    journey: JourneyContext, candidate: Candidate, registration: Json
) -> None:
    await select(journey, candidate, registration)
    checkout = await candidate_steps.check_out(candidate, journey.session_id)
    await fault(journey, "global", "create", "LOST", times=1)
    order = await candidate_steps.ask_for_qr(candidate, checkout)
    assert (order["attempt"]["number"], order["state"]) == (1, "AWAITING_PAYMENT")
    await journey.outside.scan_and_pay(order)
    await candidate_steps.becomes_effective(candidate, journey.session_id, checkout["orderId"])


async def test_two_tabs_that_pay_get_one_code_and_pay_once(  # F-8, PA-7
    journey: JourneyContext, candidate: Candidate, order: Json
) -> None:
    tabs = await asyncio.gather(*(candidate_steps.ask_for_qr(candidate, order) for _ in range(4)))
    assert {tab["attempt"]["platformTradeNo"] for tab in tabs} == {order["attempt"]["platformTradeNo"]}
    await asyncio.gather(*(journey.outside.scan_and_pay(tab) for tab in tabs))
    await candidate_steps.becomes_effective(candidate, journey.session_id, order["orderId"])
    assert await refunds_of(candidate, order) == []


async def test_a_cancelled_session_gives_everything_back_under_kills_and_the_books_agree(tmp_path: Path) -> None:
    # PA-12, F-13, invariants 2 and 3: a suite of its own, since its session is cancelled
    with temporary_suite(tmp_path / "home") as suite:
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
            session_id = await _cancelled_under_kills(suite, http)
        said = _commanded(suite, "admin", "refund-batch", session_id)
        assert f"{session_id} COMPLETED" in said
        said = _commanded(suite, "verify", "money", "--home", str(suite.home.root))
        assert "The money verifies." in said
        said = _commanded(suite, "verify", "all", "--home", str(suite.home.root))
        assert "The system verifies." in said


def _commanded(suite: SuiteProcess, *arguments: str) -> str:
    account = suite.home.known_accounts()["operator"]
    environment = {"ZIKAO_PASSWORD": account["password"], "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'gen'}"}
    where = ("--base-url", suite.gateway_url, "--login-name", account["loginName"])
    done = subprocess.run(
        zikao(*arguments, *where), cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def _cancelled_under_kills(suite: SuiteProcess, http: httpx.AsyncClient) -> str:
    journey = await read_context(http, Meter(), suite.gateway_url, suite.sandbox_url, silent)
    paid = await asyncio.gather(*(_paid(journey) for _ in range(CANDIDATES)))
    account = suite.home.known_accounts()["operator"]
    operator = await Api.log_in(http, suite.gateway_url, account["loginName"], account["password"])
    await operator.send("POST", f"/v1/sessions/{journey.session_id}:cancel", {"reason": "台风"})
    for name in ("payment", "sandbox", "enrollment", "payment"):
        await _kill(suite, name)
    for candidate, order in paid:
        refunded = await until(candidate, order, lambda seen: seen["state"] == "REFUNDED")
        assert refunded["refundedFen"] == order["totalFen"]
        assert await refunds_of(candidate, order) == [("SUCCEEDED", "SESSION_CANCELLED")]
    connection = await asyncpg.connect(suite.owner_url)
    try:
        await database_invariants.all_delivered(connection)
        assert await database_invariants.broken(connection) == {}
    finally:
        await connection.close()
    return journey.session_id


async def _kill(suite: SuiteProcess, name: str) -> None:
    """Kills a process, as soon as it has come back from the last time."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                return suite.kill(name)
            except LookupError:
                await asyncio.sleep(0.1)


async def _paid(journey: JourneyContext) -> tuple[Candidate, Json]:
    candidate, registration = await candidate_stories.able_to_select(journey, invent(random.SystemRandom()))
    await select(journey, candidate, registration)
    return candidate, await candidate_stories.check_out_and_pay(journey, candidate, append_refused=False)
