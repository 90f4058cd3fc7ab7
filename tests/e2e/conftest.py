"""One suite of real processes for all end-to-end tests, and people who use it over HTTP only."""

import random
from collections.abc import AsyncIterator, Iterator

import asyncpg
import httpx
import pytest

from cli.demo.invented_people import invent
from cli.journey.clients.http_client import Caller
from cli.journey.clients.latency_meter import Meter
from cli.journey.steps import candidate_steps, reviewer_steps
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.journey_context import JourneyContext, read_context, silent
from cli.staff.api_client import Api
from sandbox.portraits import portrait
from tests.e2e.suite_process import SuiteProcess, temporary_suite
from tests.support.wait_until import PATIENCE_SECONDS

SANDBOX_FAULTS = "/faults"


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SuiteProcess]:
    """The suite."""
    with temporary_suite(tmp_path_factory.mktemp("suite") / "home") as one:
        yield one


@pytest.fixture
async def http(suite: SuiteProcess) -> AsyncIterator[httpx.AsyncClient]:
    """A client; afterwards the outside world is without faults again."""
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as client:
        yield client
        await client.delete(f"{suite.sandbox_url}{SANDBOX_FAULTS}")


@pytest.fixture
async def journey(http: httpx.AsyncClient, suite: SuiteProcess) -> JourneyContext:
    """What the steps of a journey work with."""
    return await read_context(http, Meter(), suite.gateway_url, suite.sandbox_url, silent)


@pytest.fixture
async def database(suite: SuiteProcess) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """The owner's connection, to count what must not be lost."""
    connection = await asyncpg.connect(suite.owner_url)
    yield connection
    await connection.close()


@pytest.fixture
async def operator(http: httpx.AsyncClient, suite: SuiteProcess) -> Api:
    """An operator with a login session."""
    account = suite.home.known_accounts()["operator"]
    return await Api.log_in(http, suite.gateway_url, account["loginName"], account["password"])


@pytest.fixture
async def reviewer(journey: JourneyContext, suite: SuiteProcess) -> Caller:
    """A reviewer of the host school with a login session."""
    account = suite.home.known_accounts()["reviewer"]
    return await reviewer_steps.log_in(journey.visitor, account["loginName"], account["password"])


@pytest.fixture
async def candidate(journey: JourneyContext) -> Candidate:
    """A new candidate, verified, with a ticket number and every gate passed: one who may select and pay."""
    person = invent(random.SystemRandom())
    await journey.outside.know(person)
    one = await candidate_steps.create_account(journey.visitor, person)
    await candidate_steps.register(one)
    await candidate_steps.verify_phone(one, journey.outside)
    await candidate_steps.fill_in_details(one)
    await candidate_steps.upload_portrait(one, portrait(person.portrait_seed))
    await candidate_steps.check_face(one, "MATCHED")
    await candidate_steps.ticket_number(one)
    await candidate_steps.pass_the_gates(one, journey.session_id)
    return one
