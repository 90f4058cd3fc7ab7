"""Reviewers and operators at a browser, and a case for them to decide."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import httpx
from playwright.sync_api import Page

from cli.demo.enrolled_candidates import EnrolledCandidate, import_enrolled
from cli.demo.invented_people import Person, invent
from cli.journey.clients.latency_meter import Meter
from cli.journey.steps import candidate_stories, reviewer_steps
from cli.journey.steps.journey_context import JourneyContext, read_context, silent
from cli.staff.api_client import Api
from cli.suite.seed import REVIEWING_SCHOOL
from sandbox.portraits import portrait
from tests.e2e.suite_process import SuiteProcess

Told = TypeVar("Told")


def log_in(page: Page, login_name: str, password: str) -> None:
    """Logs a member of staff in."""
    page.goto("/login")
    page.fill("#login_name", login_name)
    page.fill("#password", password)
    page.click("main button.primary")
    page.wait_for_url(lambda url: "/login" not in url)


def log_in_as(page: Page, suite: SuiteProcess, account: str) -> None:
    """Logs in with one of the suite's accounts."""
    known = suite.home.known_accounts()[account]
    log_in(page, known["loginName"], known["password"])


def waiting_case(suite: SuiteProcess) -> str:
    """A case of the suite's school that waits in the queue, with three proofs."""
    return _played(suite, _hand_in)


def candidate_with_case(suite: SuiteProcess) -> tuple[Person, str]:
    """Somebody whom the register did not know by the photo, and the case that waits for their proofs (ID-7)."""
    return _played(suite, _mismatch)


def second_reviewer(suite: SuiteProcess) -> tuple[str, str]:
    """The login name and the password of another reviewer of the same school."""
    return _played(suite, lambda journey: _employ(journey, suite))


def imported_candidate(suite: SuiteProcess) -> Person:
    """An enrolled candidate whom an operator has just imported with a phone (OP-1)."""
    return _played(suite, lambda journey: _import(journey, suite))


async def _import(journey: JourneyContext, suite: SuiteProcess) -> Person:
    known, person = suite.home.known_accounts()["operator"], invent(random.SystemRandom())
    operator = await Api.log_in(journey.visitor.http, suite.gateway_url, known["loginName"], known["password"])
    await import_enrolled(operator, [EnrolledCandidate.of(person)])
    return person


async def _hand_in(journey: JourneyContext) -> str:
    chance = random.SystemRandom()
    candidate, case_id = await candidate_stories.three_mismatches(journey, invent(chance), invent(chance))
    await reviewer_steps.hand_in_proofs(candidate, case_id, portrait(candidate.person.portrait_seed))
    return str(case_id)


async def _mismatch(journey: JourneyContext) -> tuple[Person, str]:
    chance = random.SystemRandom()
    candidate, case_id = await candidate_stories.three_mismatches(journey, invent(chance), invent(chance))
    return candidate.person, str(case_id)


async def _employ(journey: JourneyContext, suite: SuiteProcess) -> tuple[str, str]:
    known = suite.home.known_accounts()["operator"]
    operator = await Api.log_in(journey.visitor.http, suite.gateway_url, known["loginName"], known["password"])
    login_name, initial, chosen = (f"r{uuid.uuid4().hex[:11]}" for _ in range(3))
    staff = {"loginName": login_name, "displayName": "第二审核员", "kind": "REVIEWER", "organisation": REVIEWING_SCHOOL}
    await operator.send("POST", "/v1/staff", {"staff": staff, "initialPassword": initial})
    fresh = await reviewer_steps.log_in(journey.visitor, login_name, initial)
    body = {"oldPassword": initial, "newPassword": chosen}
    await fresh.send("choose a password", "POST", "/v1/staff/me:changePassword", body)
    return login_name, chosen


def _played(suite: SuiteProcess, steps: Callable[[JourneyContext], Awaitable[Told]]) -> Told:
    """Steps of a journey, in an event loop of their own: the tests of pages are not asynchronous, the steps are."""

    async def play() -> Told:
        async with httpx.AsyncClient(timeout=30.0, trust_env=False) as http:
            return await steps(await read_context(http, Meter(), suite.gateway_url, suite.sandbox_url, silent))

    return _apart(play)


def _apart(play: Callable[[], Awaitable[Told]]) -> Told:
    """In a thread of its own, since Playwright's loop runs in this one."""

    async def awaited() -> Told:
        return await play()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(awaited())).result()
