"""chassis.postgres.database against a real PostgreSQL."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from chassis.config import DatabaseConfig
from chassis.postgres.database import Database, database, violated_constraint
from chassis.postgres.driver_statements import sql
from tests.integration.chassis.chassis_tables import THINGS

PLACE_TAKEN = "things_place_key"


async def test_a_statement_stands_alone_and_is_committed(db: Database, other_replica: Database) -> None:
    assert await db.execute(insert(THINGS).values(name="book", place="shelf")) == 1
    found = await other_replica.fetch_one(select(THINGS.c.place).where(THINGS.c.name == "book"))
    assert found is not None
    assert found.place == "shelf"


async def test_a_transaction_that_raises_leaves_nothing(db: Database) -> None:
    with pytest.raises(RuntimeError, match="changed my mind"):
        async with db.transaction() as transaction:
            await transaction.execute(insert(THINGS).values(name="book", place="shelf"))
            raise RuntimeError("changed my mind")
    assert await db.fetch(select(THINGS)) == []


async def test_the_violated_constraint_is_named_by_both_ways_in(db: Database) -> None:
    await db.execute(insert(THINGS).values(name="book", place="shelf"))
    with pytest.raises(IntegrityError) as core:
        await db.execute(insert(THINGS).values(name="lamp", place="shelf"))
    with pytest.raises(asyncpg.UniqueViolationError) as driver:
        await db.driver.execute("INSERT INTO things VALUES ('lamp', 'shelf')")
    assert violated_constraint(core.value) == PLACE_TAKEN
    assert violated_constraint(driver.value) == PLACE_TAKEN
    assert violated_constraint(ValueError()) is None


async def test_of_many_who_want_one_place_one_gets_it(db: Database, other_replica: Database) -> None:
    claim = "INSERT INTO things VALUES ($1, 'shelf') RETURNING name"
    names = [
        (side, f"{number}") for side, names in ((db, range(10)), (other_replica, range(10, 20))) for number in names
    ]
    outcomes = await asyncio.gather(
        *(side.driver.fetchval(claim, name) for side, name in names), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert len(refused) == len(names) - 1
    assert {violated_constraint(one) for one in refused} == {PLACE_TAKEN}


async def test_a_statement_that_takes_too_long_is_ended(database_url: str) -> None:
    config = DatabaseConfig(url=database_url, statement_timeout_seconds=0.5)
    async with database(config, "chassis") as hurried:
        with pytest.raises(DBAPIError, match="statement timeout"):
            await hurried.fetch(text("SELECT pg_sleep(60)"))
        with pytest.raises(asyncpg.QueryCanceledError):
            await hurried.driver.fetchval("SELECT pg_sleep(60)")


async def test_waiting_for_a_lock_ends_before_the_caller_gives_up(db: Database, database_url: str) -> None:
    await db.execute(insert(THINGS).values(name="book", place="shelf"))
    config = DatabaseConfig(url=database_url, lock_timeout_seconds=0.05)
    async with database(config, "chassis") as hurried, db.transaction() as transaction:
        await transaction.execute(text("SELECT 1 FROM things WHERE name = 'book' FOR UPDATE"))
        with pytest.raises(asyncpg.LockNotAvailableError):
            await hurried.driver.execute("DELETE FROM things WHERE name = 'book'")


async def test_a_service_sees_its_own_schema_and_may_not_alter_it(db: Database) -> None:
    assert await db.driver.fetchval("SELECT current_schema()") == "chassis"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.driver.execute("ALTER TABLE things ADD COLUMN colour text")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.driver.execute("CREATE TABLE chassis.mine (name text)")


async def test_the_hot_pool_keeps_its_prepared_statements_between_uses(db: Database) -> None:
    counting = "SELECT count(*) FROM things WHERE name = $1"
    await db.driver.fetchval(counting, "book")
    async with db.driver.acquire() as connection:
        kept = await connection.fetch("SELECT statement FROM pg_prepared_statements")
    assert counting in {record["statement"] for record in kept}


async def test_hot_statements_of_a_transaction_stand_together_under_settings_of_their_own(db: Database) -> None:
    shown = sql("SELECT current_setting('statement_timeout')")
    before = await db.hot.fetch_value(shown)
    with pytest.raises(RuntimeError, match="changed my mind"):
        async with db.hot_transaction(statement_timeout="77s") as transaction:
            assert await transaction.fetch_value(shown) == "77s"
            await transaction.copy_into("things", ("name", "place"), [("book", "shelf"), ("lamp", "table")])
            raise RuntimeError("changed my mind")
    assert await db.fetch(select(THINGS)) == []
    assert await db.hot.fetch_value(shown) == before


async def test_rows_are_copied_into_a_table_at_once(db: Database) -> None:
    await db.hot.copy_into("things", ("name", "place"), [("book", "shelf"), ("lamp", "table")])
    found = await db.fetch(select(THINGS.c.name, THINGS.c.place).order_by(THINGS.c.name))
    assert [tuple(row) for row in found] == [("book", "shelf"), ("lamp", "table")]
