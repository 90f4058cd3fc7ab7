"""Two schools, practice courses and the close of a window, on real processes (EN-5, EN-6, EN-8, EN-10, F-15)."""

import csv
import os
import subprocess
from datetime import timedelta
from pathlib import Path

import httpx

from chassis.clock import SystemClock
from cli.journey.clients.http_client import eventually
from cli.journey.steps import candidate_steps
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.course_choice import Course
from cli.journey.steps.journey_context import JourneyContext
from cli.journey.steps.own_sessions import OwnSession
from cli.staff.api_client import Api
from tests.e2e.suite_process import ROOT, SuiteProcess, zikao
from tests.e2e.test_journey import play
from tests.support.wait_until import PATIENCE_SECONDS


def test_the_practice_scenario_goes_as_the_rules_say(suite: SuiteProcess) -> None:
    played = play(suite, "--scenario", "practice")
    assert played.returncode == 0, played.stdout + played.stderr
    assert "The whole journey went as the rules say." in played.stdout


async def test_a_close_that_finds_enrollment_dead_is_made_up_for(
    suite: SuiteProcess, journey: JourneyContext, operator: Api, candidate: Candidate
) -> None:  # EN-8, F-15: killed before the end, void after it
    codes = [course.code for course in journey.choices.first]
    own_session = await OwnSession.begin(operator, codes, timedelta(minutes=10))
    path = f"/v1/sessions/{own_session.session_id}"
    await candidate.caller.send("acknowledge", "POST", f"{path}/notice:acknowledge", {"version": "1"})
    (registration,) = (await candidate.caller.get("registrations", "/v1/registrations"))["registrations"]
    for code in codes:
        await candidate_steps.select(
            candidate, registration["registrationId"], own_session.session_id, Course(code, "", "")
        )
    await own_session.end_at(SystemClock().now() + timedelta(milliseconds=500))
    suite.kill("enrollment")

    async def look() -> dict[str, list[str]]:
        seen = await candidate.caller.get("overview", f"{path}/overview")
        return {"reasons": [one["voidReason"] for one in seen["selections"]]}

    await eventually(
        "close", candidate.caller.meter, look, lambda seen: seen["reasons"] == ["WINDOW_CLOSED"] * 3, PATIENCE_SECONDS
    )


def test_a_roster_is_exported_with_progress(suite: SuiteProcess, tmp_path: Path) -> None:  # OP-1
    session_id = _open_session(suite)
    for name in ("roster.csv", "roster.xlsx"):
        done = _admin(suite, "export-roster", session_id, str(tmp_path / name), "--school", "10247")
        assert done.returncode == 0, done.stderr
        assert "rows" in done.stdout
    rows = list(csv.DictReader((tmp_path / "roster.csv").read_text("utf-8-sig").splitlines()))
    assert {row["school_code"] for row in rows} <= {"10247"}
    assert (tmp_path / "roster.xlsx").read_bytes()[:2] == b"PK"
    refused = _admin(suite, "export-roster", "1999-01", str(tmp_path / "none.csv"))
    assert refused.returncode == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["roster.csv", "roster.xlsx"]
    assert "effective" in _admin(suite, "session-counts", session_id).stdout


def _open_session(suite: SuiteProcess) -> str:
    sessions = httpx.get(f"{suite.gateway_url}/v1/sessions", trust_env=False).json()["sessions"]
    return str(next(session["sessionId"] for session in sessions if session["state"] == "OPEN"))


def _admin(suite: SuiteProcess, *arguments: str) -> "subprocess.CompletedProcess[str]":
    account = suite.home.known_accounts()["operator"]
    environment = {
        **os.environ,
        "ZIKAO_GATEWAY_URL": suite.gateway_url,
        "ZIKAO_LOGIN_NAME": account["loginName"],
        "ZIKAO_PASSWORD": account["password"],
    }
    return subprocess.run(
        zikao("admin", *arguments),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
