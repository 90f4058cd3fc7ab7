"""Review on a running suite: played as a scenario, worked from a terminal, killed in the middle, and verified."""

import asyncio
import os
import random
import re
import subprocess
from pathlib import Path

import asyncpg
import pytest

from cli.demo.invented_people import invent
from cli.journey.clients.http_client import Caller
from cli.journey.steps import candidate_steps, candidate_stories, reviewer_steps
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.journey_context import JourneyContext
from cli.staff.api_client import Api
from cli.suite.seed import REVIEWING_SCHOOL
from sandbox.portraits import portrait
from tests.e2e import database_invariants
from tests.e2e.suite_process import ROOT, SuiteProcess, zikao
from tests.e2e.test_journey import play
from tests.support.wait_until import PATIENCE_SECONDS

CASES = 4


async def sent_to_review(journey: JourneyContext) -> tuple[Candidate, str]:
    """A candidate whose case waits in the queue with three proofs."""
    chance = random.SystemRandom()
    candidate, case_id = await candidate_stories.three_mismatches(journey, invent(chance), invent(chance))
    await reviewer_steps.hand_in_proofs(candidate, case_id, portrait(candidate.person.portrait_seed))
    return candidate, case_id


def run(suite: SuiteProcess, account: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """A command of a member of staff."""
    known = suite.home.known_accounts()[account]
    who = {"ZIKAO_LOGIN_NAME": known["loginName"], "ZIKAO_PASSWORD": known["password"]}
    environment = {**os.environ, **who, "ZIKAO_GATEWAY_URL": suite.gateway_url, "COLUMNS": "200"}
    command = zikao(*words)
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )


async def reviewer_command(suite: SuiteProcess, *words: str) -> str:
    """What a reviewer's command prints when it does what was asked."""
    done = await asyncio.to_thread(run, suite, "reviewer", "review", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def saved(folder: Path) -> list[bytes]:
    """How the files of a folder begin."""
    return [image.read_bytes()[:2] for image in folder.iterdir()]


def test_the_manual_review_goes_as_the_rules_say(suite: SuiteProcess) -> None:  # RE-2 to RE-7, F-14
    played = play(suite, "--scenario", "manual-review")
    assert played.returncode == 0, played.stdout + played.stderr
    assert "Approved: ticket number" in played.stdout


async def test_a_reviewer_works_from_a_terminal(
    suite: SuiteProcess, journey: JourneyContext, tmp_path: Path
) -> None:  # RE-4, RE-9
    candidate, case_id = await sent_to_review(journey)
    assert case_id in await reviewer_command(suite, "queue", "--kind", "IDENTITY_PROOF")
    refused = await asyncio.to_thread(run, suite, "reviewer", "review", "approve", case_id)
    assert refused.returncode == 1
    assert "CASE_NOT_CLAIMED" in refused.stderr
    claimed = await reviewer_command(suite, "claim", case_id)
    assert candidate.person.name in claimed
    assert case_id in await reviewer_command(suite, "queue", "--mine")
    await reviewer_command(suite, "release", case_id)
    assert case_id not in await reviewer_command(suite, "queue", "--mine")
    await reviewer_command(suite, "claim", case_id)
    await reviewer_command(suite, "save", case_id, "--to", str(tmp_path / "proofs"))
    assert saved(tmp_path / "proofs") == [b"\xff\xd8"] * 3
    person = await reviewer_command(
        suite, "person", case_id, "--portrait-to", str(tmp_path / "person" / "portrait.jpg")
    )
    assert candidate.person.document_number in person
    assert saved(tmp_path / "person") == [b"\xff\xd8"]
    rejected = await reviewer_command(suite, "reject", case_id, "--reason", "IMAGE_UNREADABLE", "--note", "请重拍")
    assert "REJECTED IMAGE_UNREADABLE 请重拍" in rejected
    await reviewer_steps.hand_in_proofs(candidate, case_id, portrait(candidate.person.portrait_seed))
    await reviewer_command(suite, "claim", case_id)
    assert "APPROVED" in await reviewer_command(suite, "approve", case_id)
    assert "waiting" in await reviewer_command(suite, "figures")
    assert "to judge again" in await reviewer_command(suite, "sample", "list")
    await reviewer_command(suite, "export", "--to", str(tmp_path / "decisions.csv"))
    assert (tmp_path / "decisions.csv").read_text().count(case_id) == 2


async def test_a_second_reviewer_judges_a_sampled_decision_from_a_terminal(  # RE-9
    suite: SuiteProcess,
    journey: JourneyContext,
    reviewer: Caller,
    operator: Api,
    database: database_invariants.Connection,
) -> None:
    _, case_id = await sent_to_review(journey)
    second = await reviewer_steps.employ(journey.visitor, operator, REVIEWING_SCHOOL)
    await reviewer_steps.approve(second, case_id)
    await database.execute("UPDATE review.decisions SET sampled = true WHERE case_id = $1", case_id)
    assert case_id in await reviewer_command(suite, "sample", "list")
    shown = await reviewer_command(suite, "sample", "show", case_id, "1")
    assert "HOLDING_DOCUMENT" in shown
    assert "APPROVED" not in shown
    reason = ("--verdict", "REJECTED", "--reason", "PERSON_MISMATCH")
    assert "decided otherwise" in await reviewer_command(suite, "sample", "judge", case_id, "1", *reason)
    own = await second.get("read the sample", "/v1/second-reviews")
    assert case_id not in [one["caseId"] for one in own["secondReviews"]]
    assert "second reviewers: 0 of 1" in await reviewer_command(suite, "figures")
    case = await reviewer.get("read the case", f"/v1/cases/{case_id}")
    assert (case["state"], case["doubleReview"], len(case["decisions"])) == ("APPROVED", True, 1)


@pytest.mark.parametrize("victim", ["review", "identity"])
async def test_a_decision_takes_effect_once_whoever_is_killed(  # RE-6, F-13, invariant 5
    suite: SuiteProcess,
    journey: JourneyContext,
    reviewer: Caller,
    database: database_invariants.Connection,
    victim: str,
) -> None:
    waiting = [await sent_to_review(journey) for _ in range(CASES)]

    async def approve(case_id: str) -> None:
        await reviewer_steps.approve(reviewer, case_id)

    deciding = [asyncio.create_task(approve(case_id)) for _, case_id in waiting]
    await asyncio.wait(deciding, return_when=asyncio.FIRST_COMPLETED)
    suite.kill(victim)
    await asyncio.gather(*deciding)
    tickets = [await candidate_steps.ticket_number(candidate) for candidate, _ in waiting]
    assert len(set(tickets)) == CASES
    await database_invariants.all_delivered(database)
    assert await database_invariants.broken(database) == {}
    entries = await database.fetch(
        "SELECT object_id, count(*) FROM review.audit_entries WHERE action = 'CASE_DECIDED' AND object_id = ANY($1) "
        "GROUP BY object_id",
        [case_id for _, case_id in waiting],
    )
    assert [entry["count"] for entry in entries] == [1] * CASES


def test_the_audit_log_verifies_and_says_what_was_checked(
    suite: SuiteProcess, kept_head: str
) -> None:  # RE-7, invariant 6
    assert re.fullmatch(r"review:[0-9]+:[0-9a-f]{64}", kept_head)
    again = run(suite, "operator", "verify", "audit", "--known-head", kept_head)
    assert again.returncode == 0, again.stderr
    assert "CASE_SUBMITTED" in again.stdout
    assert "The audit log verifies." in again.stdout


def test_heads_are_kept_outside_the_database_and_compared_with(
    suite: SuiteProcess, kept_head: str, tmp_path: Path
) -> None:
    # RE-7: a log that is not what a kept head says is found, and its head is not kept
    file = tmp_path / "heads"
    assert [run(suite, "operator", "verify", "audit", "--keep", str(file)).returncode for _ in range(2)] == [0, 0]
    kept = [line.split()[1].split(":")[0] for line in file.read_text().splitlines()]
    assert kept.count("review") == kept.count("identity") == 2
    number = kept_head.split(":")[1]
    file.write_text(f"2026-09-01T01:00:00+00:00 review:{number}:{'ab' * 32}\n")
    broken = run(suite, "operator", "verify", "audit", "--keep", str(file))
    assert broken.returncode == 1
    assert "written anew" in broken.stderr
    assert [line.split()[1].split(":")[0] for line in file.read_text().splitlines()].count("review") == 1


def test_only_operators_verify_the_audit_log(suite: SuiteProcess) -> None:  # RE-7, OP-1
    refused = run(suite, "reviewer", "verify", "audit")
    assert refused.returncode == 1
    assert "ACCESS_DENIED" in refused.stderr


TAMPERED = "UPDATE review.audit_entries SET actor_id = 'nobody' WHERE number = 2"
REMOVED = "DELETE FROM review.audit_entries WHERE number = 2"
REORDERED = (
    "UPDATE review.audit_entries SET number = -number WHERE number IN (2, 3);"
    "UPDATE review.audit_entries SET number = 5 + number WHERE number < 0"
)
CUT_OFF = "DELETE FROM review.audit_entries WHERE number = (SELECT max(number) FROM review.audit_entries)"
FINDINGS = {
    "tampered": (TAMPERED, "Entry 2 is not what was written"),
    "removed": (REMOVED, "Entry 2 is missing: entry 3 follows entry 1"),
    "reordered": (REORDERED, "Entry 2 is not what was written"),
    "cut off": (CUT_OFF, "The log ends with entry"),
}


@pytest.mark.parametrize(("tampering", "finding"), FINDINGS.values(), ids=FINDINGS)
async def test_what_was_done_to_the_audit_log_is_found(  # RE-7
    suite: SuiteProcess, database: database_invariants.Connection, kept_head: str, tampering: str, finding: str
) -> None:
    change = database.transaction()
    await change.start()
    before = await database.fetch("SELECT * FROM review.audit_entries")
    await database.execute("ALTER TABLE review.audit_entries DISABLE TRIGGER USER")
    await database.execute(tampering)
    await change.commit()
    try:
        verified = await asyncio.to_thread(run, suite, "operator", "verify", "audit", "--known-head", kept_head)
    finally:
        await _put_back(database, before)
    assert verified.returncode == 1, verified.stdout
    assert finding in verified.stderr
    assert (
        await asyncio.to_thread(run, suite, "operator", "verify", "audit", "--known-head", kept_head)
    ).returncode == 0


async def _put_back(database: database_invariants.Connection, entries: list[asyncpg.Record]) -> None:
    async with database.transaction():
        await database.execute("DELETE FROM review.audit_entries")
        await database.copy_records_to_table("audit_entries", records=entries, schema_name="review")
        await database.execute("ALTER TABLE review.audit_entries ENABLE TRIGGER USER")


@pytest.fixture
async def kept_head(suite: SuiteProcess, journey: JourneyContext, reviewer: Caller) -> str:
    """The head of a log with some entries, as the command prints it."""
    _, case_id = await sent_to_review(journey)
    await reviewer_steps.approve(reviewer, case_id)
    verified = await asyncio.to_thread(run, suite, "operator", "verify", "audit")
    assert verified.returncode == 0, verified.stderr
    found = re.search(r"head to keep elsewhere\s*│\s*(review:\S+)", verified.stdout)
    assert found, verified.stdout
    return found[1]
