"""Enrolled candidates come from a file (ID-3, OP-1): ended in the middle, taken up again, everybody there once."""

import csv
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import asyncpg

from chassis.imports.enrolled_batches import BATCH
from cli.demo.invented_people import Person, invent
from cli.demo.school_and_major import MAJOR_CODE, SCHOOL_CODE
from cli.journey.steps import candidate_steps
from cli.journey.steps.journey_context import JourneyContext
from tests.e2e.suite_process import ROOT, SuiteProcess, zikao
from tests.support.wait_until import PATIENCE_SECONDS

PEOPLE = 4 * BATCH
HEADER = ("document_type", "document_number", "display_name", "school_code", "phone", "major_code", "ticket_number")


def write(path: Path, people: list[Person], tickets: list[str]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(HEADER)
        for person, ticket in zip(people, tickets, strict=True):
            number = person.document_number
            rows.writerow((person.document_type, number, person.name, SCHOOL_CODE, person.phone, MAJOR_CODE, ticket))


def command(suite: SuiteProcess, path: Path) -> tuple[list[str], dict[str, str]]:
    password = suite.home.known_accounts()["operator"]["password"]
    return (
        zikao("admin", "import-candidates", str(path), "--base-url", suite.gateway_url),
        {**os.environ, "ZIKAO_PASSWORD": password},
    )


def run(asked: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        asked, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )


def start_and_kill(asked: list[str], environment: dict[str, str], kept: Path) -> None:
    """Ends the import without a warning as soon as something of it is done."""
    importing = subprocess.Popen(asked, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not kept.exists() and importing.poll() is None:
        assert time.monotonic() < deadline
    importing.send_signal(signal.SIGKILL)
    importing.wait()


async def test_an_import_that_is_killed_is_taken_up_again(
    suite: SuiteProcess, journey: JourneyContext, database: "asyncpg.Connection[asyncpg.Record]", tmp_path: Path
) -> None:  # ID-3, OP-1
    chance = random.Random()
    people = [invent(chance) for _ in range(PEOPLE)]
    tickets = [f"8{chance.randrange(10**11):011d}" for _ in people]
    path, kept = tmp_path / "enrolled.csv", tmp_path / "enrolled.csv.progress"
    write(path, people, tickets)
    before = await database.fetchval("SELECT count(*) FROM identity.candidates WHERE enrolled")
    asked, environment = command(suite, path)
    start_and_kill(asked, environment, kept)
    again = run(asked, environment)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "were imported before; going on there." in again.stdout
    after = await database.fetchval("SELECT count(*) FROM identity.candidates WHERE enrolled")
    assert after - before == PEOPLE
    assert await database.fetchval(
        "SELECT count(*) FROM enrollment.registrations WHERE ticket_number = ANY($1)", tickets
    ) == len(tickets)
    hashes = "SELECT count(*) FROM identity.credentials JOIN identity.candidates ON subject_id = candidate_id"
    assert await database.fetchval(f"{hashes} WHERE enrolled AND needs_password_change") == 0
    last = people[-1]
    restricted = await candidate_steps.enter_first(journey.visitor, journey.outside, last)
    assert (await restricted.get("read the account", "/v1/candidates/me"))["needsPasswordChange"]


def test_what_is_wrong_with_a_file_is_said_line_by_line(suite: SuiteProcess, tmp_path: Path) -> None:  # OP-1
    chance = random.Random()
    people = [invent(chance) for _ in range(3)]
    path = tmp_path / "enrolled.csv"
    write(path, people, ["812345", "-", "812345678901"])
    path.write_text(path.read_text(encoding="utf-8-sig").replace(people[0].document_number, "110105194912310021"))
    asked, environment = command(suite, path)
    done = run(asked, environment)
    assert done.returncode == 1
    with (tmp_path / "enrolled.csv.faults.csv").open(encoding="utf-8-sig") as file:
        found = [(row["line"], row["column"], row["reason"]) for row in csv.DictReader(file)]
    assert found == [("2", "document_number", "INVALID_DOCUMENT_NUMBER"), ("3", "ticket_number", "ROW_REFUSED")]
    assert people[1].document_number not in done.stdout + done.stderr
