"""What the migrations make is what the tables say, for every service."""

import importlib
from collections.abc import Callable

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.postgres import migrations
from tests.support.postgres_server import DatabaseServer

VERSIONS = "alembic_version"


def metadata_of(service: str) -> MetaData:
    tables = importlib.import_module(f"services.{service}.tables")
    found: MetaData = next(value for value in vars(tables).values() if isinstance(value, MetaData))
    return found


@pytest.fixture(params=migrations.SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def migrated_url(postgres: DatabaseServer, template_of: Callable[[str], str], service: str) -> str:
    return postgres.owner_url(template_of(service))


async def test_the_migrations_make_what_the_tables_say(service: str, migrated_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name != VERSIONS}
        )
        return list(compare_metadata(context, metadata_of(service)))

    engine = create_async_engine(
        make_url(migrated_url).set(drivername="postgresql+asyncpg"),
        connect_args={"server_settings": {"search_path": f"{service},public"}},
    )
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


def test_migrating_again_changes_nothing(service: str, migrated_url: str) -> None:
    migrations.upgrade(service, migrated_url)


async def test_every_constraint_has_a_name_of_its_own(service: str, migrated_url: str) -> None:
    connection = await asyncpg.connect(migrated_url)
    names = await connection.fetch(
        "SELECT conname FROM pg_constraint WHERE connamespace = $1::regnamespace AND conname ~ '_check[0-9]+$'", service
    )
    await connection.close()
    assert [record["conname"] for record in names] == []
