"""A real PostgreSQL whose processes are stopped, so that connections stand and nothing comes back (GW-7, F-30)."""

import asyncio
import os
import secrets
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from chassis.config import DatabaseConfig
from chassis.dependency_outages import outage_of
from chassis.postgres.connection_watch import DatabaseSilent
from chassis.postgres.database import Database, database
from chassis.postgres.driver_statements import sql
from cli.local.postgres import FAST, Postgres, working_in
from tests.support.free_port import free_port
from tests.support.wait_until import PATIENCE_SECONDS, wait_until

ONE = sql("SELECT 1")
SLEEP = sql("SELECT 1 FROM pg_sleep(:seconds::float8)")
SILENCE_SECONDS = 1.0


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server that nobody else stands on."""
    data = Path(tempfile.gettempdir()) / f"zikao-silent-{os.getpid()}"
    own = Postgres(data, free_port(), secrets.token_hex(8), FAST)
    own.start()
    try:
        yield own
    finally:
        own.stop()
        own.forget()


@pytest.fixture
async def own_db(server: Postgres) -> AsyncIterator[Database]:
    config = DatabaseConfig(url=server.url(database="postgres"), silence_seconds=SILENCE_SECONDS)
    async with database(config, "public") as connected:
        await connected.hot.fetch_value(ONE)
        await connected.fetch(text("SELECT 1"))
        yield connected


@contextmanager
def stopped(server: Postgres) -> Iterator[None]:
    """None of the server's processes runs, for the length of a block."""
    processes = working_in(server.data.resolve())
    assert processes
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


async def in_transaction(db: Database) -> None:
    async with db.transaction() as transaction:
        await transaction.execute(text("SELECT 1"))


async def test_a_database_that_says_nothing_is_away_and_back_when_it_speaks(  # GW-7, F-30
    server: Postgres, own_db: Database
) -> None:
    with stopped(server):
        asked = own_db.hot.fetch_value(ONE), own_db.fetch(text("SELECT 1")), in_transaction(own_db), own_db.reachable()
        async with asyncio.timeout(PATIENCE_SECONDS):
            told = await asyncio.gather(*asked, return_exceptions=True)
            later = await asyncio.gather(own_db.hot.fetch_value(ONE), own_db.reachable(), return_exceptions=True)
        refusals = [outage_of(one) for one in (*told, *later) if isinstance(one, Exception)]
        assert [one and one.reason for one in refusals] == ["DATABASE_UNAVAILABLE"] * 6
        assert all(one is not None and one.retry_after for one in refusals)
        assert {type(one) for one in later} == {DatabaseSilent}, "nobody is let wait for a connection"

    async def back() -> bool:
        try:
            return [await own_db.hot.fetch_value(ONE), len(await own_db.fetch(text("SELECT 1")))] == [1, 1]
        except ConnectionError:
            return False

    await wait_until(back)


async def test_a_statement_that_takes_long_in_a_database_that_answers_is_left_alone(own_db: Database) -> None:  # F-30
    async with own_db.hot_transaction(statement_timeout="60s") as patient:
        assert await patient.fetch_value(SLEEP, seconds=3 * SILENCE_SECONDS) == 1
