"""`zikao admin reconcile` on a running suite (PA-10)."""

import json
import subprocess
from datetime import timedelta
from pathlib import Path

from chassis.clock import SHANGHAI, SystemClock
from cli.journey.steps import candidate_steps
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.journey_context import JourneyContext
from cli.staff.api_client import Api
from tests.e2e.course_selection import select
from tests.e2e.suite_process import ROOT, SuiteProcess, zikao
from tests.support.wait_until import PATIENCE_SECONDS


def reconcile(suite: SuiteProcess, day: str, *options: str) -> "subprocess.CompletedProcess[str]":
    account = suite.home.known_accounts()["operator"]
    who = ("--login-name", account["loginName"], "--password", account["password"], "--base-url", suite.gateway_url)
    command = zikao("admin", "reconcile", day, *who, *options)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)


def today() -> str:
    return SystemClock().now().astimezone(SHANGHAI).date().isoformat()


async def a_payment(journey: JourneyContext, candidate: Candidate) -> str:
    """Somebody pays; answers the trade number."""
    registration = (await candidate.caller.get("read", "/v1/registrations"))["registrations"][0]
    await select(journey, candidate, registration)
    order = await candidate_steps.ask_for_qr(candidate, await candidate_steps.check_out(candidate, journey.session_id))
    await journey.outside.scan_and_pay(order)
    await candidate_steps.becomes_effective(candidate, journey.session_id, order["orderId"])
    return str(order["attempt"]["outTradeNo"])


async def test_an_operator_reconciles_and_files_a_day(
    suite: SuiteProcess, journey: JourneyContext, candidate: Candidate, tmp_path: Path
) -> None:
    trade = await a_payment(journey, candidate)
    done = reconcile(suite, today(), "--file-in", str(tmp_path))
    assert "orders paid" in done.stdout, done.stderr
    filed = json.loads((tmp_path / f"sandbox-{today()}.json").read_bytes())
    assert filed["statement"]["totals"]["order_count"] >= 1
    assert trade not in [one["out_trade_no"] for one in filed["statement"]["differences"]]
    assert "对账单" in (tmp_path / f"sandbox-{today()}.html").read_text()
    again = reconcile(suite, today())
    assert again.returncode == done.returncode


async def test_a_wrong_line_is_shown_and_ends_the_command_with_a_status(
    suite: SuiteProcess, journey: JourneyContext, candidate: Candidate, operator: Api
) -> None:
    await a_payment(journey, candidate)
    body = {"target": "bill", "kind": "WRONG_AMOUNT"}
    await journey.outside.sandbox.call("spoil the bill", "PUT", f"/faults/{today()}", json=body, status=None)
    spoilt = reconcile(suite, today())
    assert spoilt.returncode == 1
    assert "AMOUNT_DIFFERS" in spoilt.stdout
    raised = await operator.get("/v1/payment-exceptions", kind="BILL_DIFFERENCE")
    assert raised["exceptions"]
    await journey.outside.sandbox.call("clear", "DELETE", f"/faults/{today()}", status=None)
    reconcile(suite, today())
    assert not (await operator.get("/v1/payment-exceptions", kind="BILL_DIFFERENCE"))["exceptions"]


def test_a_day_to_come_has_no_bill(suite: SuiteProcess) -> None:
    tomorrow = (SystemClock().now().astimezone(SHANGHAI) + timedelta(days=1)).date().isoformat()
    refused = reconcile(suite, tomorrow)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
