"""F-30 on real processes, two of each: PostgreSQL and Redis are killed while candidates register, choose and pay, and
the disk is full for twenty seconds. Everybody ends as they must, without a hand, and every invariant holds.
"""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from cli.journey.clients.latency_meter import Meter
from cli.journey.runs.load_run import play_many
from cli.journey.steps.journey_context import JourneyContext, read_context, silent
from cli.staff.api_client import Api
from cli.suite.running_suite import RunningSuite
from cli.verify.all_invariants import prove
from tests.e2e import database_invariants
from tests.e2e.suite_process import ROOT, SuiteProcess, suite_process, zikao
from tests.support.small_disk import SmallDisk, small_disk
from tests.support.wait_until import PATIENCE_SECONDS, wait_until

JOURNEYS = 10
AT_ONCE = 5
FULL_SECONDS = 20
RUN_SECONDS = 600
CANDIDATES = 20
IN_PASSING = {429, 503, 504}

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a disk that can be filled")


@pytest.fixture(scope="module")
def disk() -> Iterator[SmallDisk]:
    with small_disk() as one:
        yield one


@pytest.fixture(scope="module")
def replicated(disk: SmallDisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SuiteProcess]:
    """A suite with two of each process and a Redis. What the world outside and the operator keep lies elsewhere."""
    home = disk.folder / "home"
    home.mkdir()
    for apart in ("sandbox", "logs"):
        (home / apart).symlink_to(tmp_path_factory.mktemp(apart))
    with suite_process(home, replicas=2) as one:
        yield one


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as client:
        yield client


@pytest.fixture
async def stage(http: httpx.AsyncClient, replicated: SuiteProcess) -> JourneyContext:
    return await read_context(http, Meter(), replicated.gateway_url, replicated.sandbox_url, silent)


async def play_under(stage: JourneyContext, trouble: Callable[[], Awaitable[None]]) -> None:
    """Plays journeys, with trouble as soon as the first of them has ended; each must end as the rules say."""
    ended = asyncio.Event()
    playing = asyncio.create_task(play_many(stage, JOURNEYS, AT_ONCE, ended.set))
    waiting = asyncio.create_task(ended.wait())
    await asyncio.wait({playing, waiting}, return_when=asyncio.FIRST_COMPLETED)
    assert not playing.done(), "all journeys ended before there was any trouble"
    waiting.cancel()
    await trouble()
    (await playing).must_be_whole()


async def must_be_whole(suite: SuiteProcess, http: httpx.AsyncClient) -> None:
    """Every event has arrived, and what `zikao verify all` proves holds."""
    connection = await asyncpg.connect(suite.owner_url)
    await database_invariants.all_delivered(connection)
    assert await database_invariants.broken(connection) == {}
    await connection.close()
    account = suite.home.known_accounts()["operator"]
    operator = await Api.log_in(http, suite.gateway_url, account["loginName"], account["password"])
    assert [proof.trouble for proof in await prove(suite.owner_url, operator) if proof.trouble] == []


def unexpected(logs: Path) -> list[str]:
    """What the processes have logged as a mistake of ours."""
    return [line for log in logs.glob("*.log") for line in log.read_text().splitlines() if "unexpected error" in line]


class Watching:
    """Somebody logged in who looks at a page and asks the API all the while, and what they are answered."""

    def __init__(self, suite: SuiteProcess) -> None:
        self.statuses: set[int] = set()
        self.reasons: set[str] = set()
        self.logged_out = False
        self._suite = suite

    async def watch(self) -> None:
        """Looks until cancelled."""
        account = self._suite.home.known_accounts()["operator"]
        async with httpx.AsyncClient(
            base_url=self._suite.gateway_url, timeout=PATIENCE_SECONDS, trust_env=False
        ) as browser:
            names = {"loginName": account["loginName"], "password": account["password"]}
            answer = await browser.post("/v1/login-sessions", json=names, headers={"x-login-session": "cookie"})
            assert answer.is_success, answer.text
            while True:
                await self._look(browser)
                await asyncio.sleep(0.2)

    async def _look(self, browser: httpx.AsyncClient) -> None:
        for path in ("/operation/staff", "/v1/staff", "/v1/schools"):
            try:
                answer = await browser.get(path)
            except httpx.TransportError:
                continue
            self.statuses.add(answer.status_code)
            if answer.status_code in IN_PASSING:
                assert int(answer.headers["retry-after"]) >= 1
            if "json" in answer.headers["content-type"] and not answer.is_success:
                self.reasons.add(answer.json()["reason"])
            self.logged_out |= "set-cookie" in answer.headers and "1970" in answer.headers["set-cookie"]


async def test_postgresql_killed_under_load_comes_back_and_everybody_ends_as_they_must(  # GW-7, F-30
    replicated: SuiteProcess, stage: JourneyContext, http: httpx.AsyncClient
) -> None:
    watching = Watching(replicated)
    looking = asyncio.create_task(watching.watch())

    async def kill_twice() -> None:
        for _ in range(2):
            before = replicated.pid_of("postgres")
            replicated.kill("postgres")

            async def back(before: int = before) -> bool:
                return RunningSuite(replicated.process.pid).pid_of("postgres") not in (None, before)

            await wait_until(back)

    await play_under(stage, kill_twice)
    looking.cancel()
    assert "PostgreSQL died (signal SIGKILL)" in replicated.printed()
    assert watching.statuses <= {200, *IN_PASSING}
    assert "DATABASE_UNAVAILABLE" in watching.reasons
    assert not watching.logged_out
    await must_be_whole(replicated, http)
    assert unexpected(replicated.home.logs) == []


async def test_redis_killed_under_load_comes_back_and_no_code_is_lost(  # GW-7, F-30
    replicated: SuiteProcess, stage: JourneyContext, http: httpx.AsyncClient
) -> None:
    async def kill() -> None:
        replicated.kill("redis")

    await play_under(stage, kill)

    async def told() -> bool:
        return "Redis died (signal SIGKILL)" in replicated.printed()

    await wait_until(told)
    await must_be_whole(replicated, http)
    assert unexpected(replicated.home.logs) == []


@needs_root
async def test_twenty_seconds_of_full_disk_pass(  # GW-7, F-30
    replicated: SuiteProcess, stage: JourneyContext, http: httpx.AsyncClient, disk: SmallDisk
) -> None:
    """A real `ENOSPC`, for the database and for the images: both lie on a file system that has no room."""
    watching = Watching(replicated)
    looking = asyncio.create_task(watching.watch())

    async def fill() -> None:
        with disk.full():
            await asyncio.sleep(FULL_SECONDS)  # the length of the outage, and nothing is waited for

    await play_under(stage, fill)
    looking.cancel()
    assert "No space left on device" in (replicated.home.logs / "postgres.log").read_text()
    told = "".join(log.read_text() for log in replicated.home.logs.glob("*.log"))
    # Where a table has no room PostgreSQL refuses the statement; where its own log has none it stops.
    assert any(reason in told for reason in ("STORAGE_UNAVAILABLE", "DATABASE_UNAVAILABLE"))
    assert watching.statuses <= {200, *IN_PASSING}
    assert not watching.logged_out
    await must_be_whole(replicated, http)
    assert unexpected(replicated.home.logs) == []


def test_everybody_ends_as_they_chose_though_postgresql_and_redis_are_killed_too(  # F-13, F-30
    replicated: SuiteProcess,
) -> None:
    command = zikao("journey", "--count", str(CANDIDATES), "--faults", "all", "--seed", "7")
    where = ("--home", str(replicated.home.root), "--base-url", replicated.gateway_url)
    played = subprocess.run(
        [*command, *where, "--sandbox-url", replicated.sandbox_url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    assert f"all {CANDIDATES}" in played.stdout
    for killed in ("PostgreSQL", "Redis", "identity", "payment"):
        assert f"{killed} died (signal SIGKILL)" in replicated.printed() or f"{killed}-2 died" in replicated.printed()
