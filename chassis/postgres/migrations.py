"""Migrations: Alembic, per service, in the service's own schema, run by the owner role.

Old code runs against the new schema and new code against the old one: expand, backfill, contract. Every migration has a
lock timeout, so that it fails rather than queue behind a long transaction with the whole service queued behind it.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import alembic.command
from alembic import context, op
from alembic.config import Config
from alembic.script.revision import ResolutionError
from alembic.util.exc import CommandError
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis.postgres.columns import CONSTRAINT_NAMES

SERVICES: Final = ("identity", "enrollment", "payment", "review")
LOCK_TIMEOUT: Final = "5s"
STATEMENT_TIMEOUT: Final = "120s"
VERSION_TABLE: Final = "alembic_version"
ROOT: Final = Path(__file__).resolve().parents[2]


class SchemaUnknown(Exception):
    """A schema stands at a revision that this code does not have. The text says so in one sentence, and what to do."""


def upgrade(service: str, url: str) -> None:
    """Brings the schema of `service` to the newest revision; waits for another process that is doing so. `url` is the
    owner's. Raises SchemaUnknown.
    """
    try:
        alembic.command.upgrade(_alembic(service, url), "head")
    except CommandError as failed:
        if not isinstance(failed.__cause__, ResolutionError):
            raise
        raise SchemaUnknown(
            f"What {service} has stored was written by another release of Zikao, whose schema this one does not know; "
            "run that release, or forget the data of a suite on this machine with `make reset`."
        ) from failed


def folder(service: str) -> Path:
    """Where the migrations of a service are."""
    return ROOT / "services" / service / "migrations"


def create_tables(define: Callable[[MetaData], object]) -> None:
    """For a revision: makes the tables that a definition of `chassis.postgres.shared_tables` adds."""
    metadata = MetaData(naming_convention=CONSTRAINT_NAMES)
    define(metadata)
    metadata.create_all(op.get_bind(), checkfirst=False)


def _alembic(service: str, url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder(service)))
    config.attributes["url"] = url
    return config


def run_env(metadata: MetaData, schema: str) -> None:
    """The whole of every service's `migrations/env.py`."""
    asyncio.run(_run(metadata, schema, context.config.attributes["url"]))


async def _run(metadata: MetaData, schema: str, url: str) -> None:
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        poolclass=NullPool,
        connect_args={"server_settings": {"search_path": f"{schema},public", "timezone": "UTC"}},
    )
    async with engine.connect() as connection:
        await connection.run_sync(_migrate, metadata, schema)
        await connection.commit()
    await engine.dispose()


def _migrate(connection: Connection, metadata: MetaData, schema: str) -> None:
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))"), {"lock": f"zikao.migrate.{schema}"}
    )
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
    context.configure(
        connection=connection, target_metadata=metadata, version_table=VERSION_TABLE, version_table_schema=schema
    )
    with context.begin_transaction():
        context.run_migrations()
