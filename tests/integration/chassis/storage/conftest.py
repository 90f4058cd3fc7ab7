"""A schema with the chassis' own tables, and one table of a service's beside them."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Column, MetaData, Table, Text, UniqueConstraint
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.config import DatabaseConfig
from chassis.postgres.columns import CONSTRAINT_NAMES
from chassis.postgres.database import Database, database
from chassis.postgres.shared_tables import shared_tables_v1

METADATA = MetaData(naming_convention=CONSTRAINT_NAMES)
OUTBOX = shared_tables_v1(METADATA).outbox
THINGS = Table(
    "things",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("place", Text),
    UniqueConstraint("place"),
)


@pytest.fixture(scope="module")
def database_url(database_url: str, owner_url: str) -> str:
    """The module's database, with the tables."""

    async def create() -> None:
        url = make_url(owner_url).set(drivername="postgresql+asyncpg")
        engine = create_async_engine(url, connect_args={"server_settings": {"search_path": "chassis,public"}})
        async with engine.begin() as connection:
            await connection.run_sync(METADATA.create_all)
        await engine.dispose()

    asyncio.run(create())
    return database_url


@pytest.fixture
async def db(db: Database) -> Database:
    """The module's database, emptied."""
    for table in METADATA.sorted_tables:
        await db.execute(table.delete())
    return db


@pytest.fixture
async def second(database_url: str) -> AsyncIterator[Database]:
    """Another replica's connections to the same database."""
    async with database(DatabaseConfig(url=database_url), "chassis") as connected:
        yield connected
