"""A real PostgreSQL and a real Redis that go away and come back, seen by the process that stands on them (F-30)."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.engine import make_url

from chassis.clock import ManualClock
from chassis.config import DatabaseConfig
from chassis.dependency_outages import outage_of
from chassis.errors import Overloaded, Refusal, TooManyRequests
from chassis.ids import new_id
from chassis.postgres.database import Database, database
from chassis.postgres.driver_statements import sql
from chassis.postgres.kept_answers import KeptAnswers, RequestKey
from chassis.process.admin_port import Readiness
from chassis.redis_connection import answers, redis_client
from chassis.security.one_time_codes import one_time_codes
from chassis.security.rate_limits import Rate, rate_limiter
from tests.integration.chassis import echo
from tests.integration.chassis.chassis_tables import THINGS
from tests.support.refusals import refusal_of
from tests.support.severable_connection import SeverableConnection, severable
from tests.support.wait_until import wait_until

COUNT = sql("SELECT count(*) FROM things")


def told(error: BaseException) -> str:
    """The reason of what a caller is told."""
    refusal = error if isinstance(error, Refusal) else outage_of(error)
    assert refusal is not None, error
    return refusal.reason


@pytest.fixture
async def way(database_url: str, db: Database) -> AsyncIterator[SeverableConnection]:
    async with severable(make_url(database_url).port or 5432) as connection:
        yield connection


@pytest.fixture
async def away(database_url: str, way: SeverableConnection) -> AsyncIterator[Database]:
    """The module's database over a connection that can be cut."""
    url = make_url(database_url).set(port=way.port).render_as_string(hide_password=False)
    async with database(DatabaseConfig(url=url), "chassis") as connected:
        yield connected


@pytest.fixture
async def redis_way(redis_url: str) -> AsyncIterator[SeverableConnection]:
    async with severable(make_url(redis_url).port or 6379) as connection:
        yield connection


def over(redis_url: str, way: SeverableConnection) -> str:
    return make_url(redis_url).set(port=way.port).render_as_string(hide_password=False)


async def test_a_database_that_is_away_is_unavailable_and_works_at_the_first_call_when_it_is_back(  # F-30
    away: Database, way: SeverableConnection
) -> None:
    await away.fetch(select(THINGS))
    await away.hot.fetch_value(COUNT)
    for _ in range(2):
        await way.cut()
        for ask in (lambda: away.fetch(select(THINGS)), lambda: away.hot.fetch_value(COUNT)):
            with pytest.raises(Exception) as caught:  # noqa: PT011  # which one is the driver's affair
                await ask()
            assert told(caught.value) == "DATABASE_UNAVAILABLE"
        await way.restore()
        assert await away.fetch(select(THINGS)) == []
        assert await away.hot.fetch_value(COUNT) == 0


async def test_a_transaction_that_loses_its_connection_leaves_nothing(  # F-30
    away: Database, way: SeverableConnection, db: Database
) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011  # as above
        async with away.transaction() as transaction:
            await transaction.execute(insert(THINGS).values(name="book", place="shelf"))
            await way.cut()
            await transaction.execute(insert(THINGS).values(name="lamp", place="table"))
    assert told(caught.value) == "DATABASE_UNAVAILABLE"
    assert await db.fetch(select(THINGS)) == []


async def test_a_process_starts_without_its_database(database_url: str) -> None:  # F-30
    url = make_url(database_url).set(port=1).render_as_string(hide_password=False)
    async with database(DatabaseConfig(url=url), "chassis") as nobody:
        with pytest.raises(ConnectionRefusedError):
            await nobody.reachable()


async def test_readiness_does_not_fall_with_the_database_and_tells_that_it_is_away(  # GW-7, OP-2
    away: Database, way: SeverableConnection
) -> None:
    readiness = Readiness(until={"database": away.reachable}, watched={"database": away.reachable})
    assert (await readiness.problems(), await readiness.away()) == ({}, {})
    await way.cut()

    async def told_away() -> bool:
        return "database" in await readiness.away()

    await wait_until(told_away)
    assert await readiness.problems() == {}
    readiness.drain()
    assert "draining" in await readiness.problems()


async def test_a_process_is_not_ready_before_what_it_needs_has_been_so(way: SeverableConnection, away: Database):
    await way.cut()
    readiness = Readiness(until={"database": away.reachable})
    assert "database" in await readiness.problems()
    await way.restore()

    async def ready() -> bool:
        return await readiness.problems() == {}

    await wait_until(ready)


async def test_a_call_that_meets_an_outage_is_told_to_come_again_and_is_not_repeated_by_itself(  # GW-7
    make_server, make_peer, servicer
) -> None:
    asked = 0

    async def away(_: object) -> str:
        nonlocal asked
        asked += 1
        raise ConnectionRefusedError

    servicer.behaviour = away
    async with make_server().serving() as ports, make_peer(ports.grpc) as stub:
        refusal = await refusal_of(stub.ForAll(echo.EchoRequest()))
    assert (refusal.reason, refusal.code.name) == ("DATABASE_UNAVAILABLE", "UNAVAILABLE")
    assert refusal.retry_after is not None
    assert asked == 1


async def test_a_claim_whose_commit_was_never_heard_of_holds_nobody_up(  # F-10, F-30
    away: Database, way: SeverableConnection, db: Database, clock: ManualClock
) -> None:
    key = RequestKey("CANDIDATE c-1", "/a/Method", new_id(), bytes(32))
    answers_kept, elsewhere = KeptAnswers(away, clock, bytes(32)), KeptAnswers(db, clock, bytes(32))
    await away.hot.fetch_value(COUNT)
    way.lose_answers()
    with pytest.raises(Exception) as caught:  # noqa: PT011  # as above
        await answers_kept.claim(key)
    assert told(caught.value) == "DATABASE_UNAVAILABLE"
    await way.cut()
    await way.restore()

    async def free() -> bool:
        try:
            return await elsewhere.claim(key) is None
        except Overloaded:
            return False

    await wait_until(free)


async def test_an_answer_that_could_not_be_kept_is_kept_when_the_database_is_back(  # F-10, F-30
    away: Database, way: SeverableConnection, db: Database, clock: ManualClock
) -> None:
    key = RequestKey("CANDIDATE c-1", "/a/Method", new_id(), bytes(32))
    answers_kept, elsewhere = KeptAnswers(away, clock, bytes(32)), KeptAnswers(db, clock, bytes(32))
    assert await answers_kept.claim(key) is None
    await way.cut()
    await answers_kept.complete(key, b"the answer")
    await way.restore()
    assert await elsewhere.claim(key) == b"the answer"


async def test_limits_are_counted_in_the_process_while_redis_is_away(  # GW-7, F-30
    redis_url: str, redis_way: SeverableConnection
) -> None:
    limiter, rate = rate_limiter(over(redis_url, redis_way)), Rate(f"codes {new_id()}", 2, timedelta(minutes=10))
    await limiter.hit(rate, "c-1")
    await redis_way.cut()
    for _ in range(2):
        await limiter.hit(rate, "c-1")
    with pytest.raises(TooManyRequests):
        await limiter.hit(rate, "c-1")
    await limiter.hit(rate, "c-2")
    await redis_way.restore()
    other = rate_limiter(redis_url)

    async def counted_together() -> bool:
        whose = new_id()
        for _ in range(rate.times):
            await limiter.hit(rate, whose)
        try:
            await other.require(rate, whose)
        except TooManyRequests:
            return True
        return False

    await wait_until(counted_together)


async def test_codes_wait_while_redis_is_away_and_none_is_used_up(  # GW-7, F-30
    redis_url: str, redis_way: SeverableConnection, clock: ManualClock
) -> None:
    codes, purpose = one_time_codes(over(redis_url, redis_way), clock), f"verify phone of {new_id()}"
    code = await codes.issue(purpose, carries="a phone")
    await redis_way.cut()
    for _ in range(6):
        for ask in (codes.redeem(purpose, code), codes.issue(purpose, carries="a phone")):
            with pytest.raises(Exception) as caught:  # noqa: PT011  # as above
                await ask
            assert told(caught.value) == "REDIS_UNAVAILABLE"
    await redis_way.restore()
    assert await codes.redeem(purpose, code) == "a phone"


async def test_health_tells_that_redis_is_away(redis_url: str, redis_way: SeverableConnection) -> None:  # OP-2
    client = redis_client(over(redis_url, redis_way))
    await answers(client)
    await redis_way.cut()
    with pytest.raises(Exception) as caught:  # noqa: PT011  # as above
        await answers(client)
    assert told(caught.value) == "REDIS_UNAVAILABLE"
