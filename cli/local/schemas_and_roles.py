"""What the owner of a database prepares before migrations: one schema and one role per service, and nothing shared but
extensions.
"""

from collections.abc import Mapping
from typing import Final

import asyncpg

from chassis.postgres import migrations
from cli.terminal.known_failures import KnownFailure

SHARED_EXTENSIONS: Final = ("btree_gist",)
OLDEST_SERVER: Final = 16
"""The first PostgreSQL that knows every function which statements of ours use (`pg_input_is_valid`)."""


def role_of(service: str) -> str:
    """The role as which a service connects."""
    return f"zikao_{service}"


class ServerTooOld(KnownFailure):
    """The server is of a PostgreSQL that lacks what statements of ours use."""


def require_known_server(major: int) -> None:
    """Raises ServerTooOld for a PostgreSQL before the oldest that the suite runs on."""
    if major < OLDEST_SERVER:
        raise ServerTooOld(
            f"This is PostgreSQL {major}; the suite needs {OLDEST_SERVER} or newer, and is tested on 18."
        )


async def create_database(server_url: str, name: str) -> None:
    """Makes a database unless it is there. `server_url` names another database of the same server."""
    connection = await asyncpg.connect(server_url)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()


async def prepare(owner_url: str, passwords: Mapping[str, str]) -> None:
    """Makes extensions, and for each service in `passwords` its schema and role, with a password of its own (OP-8) and
    the right to read and write its own tables, present and future. Safe to run again. Raises ServerTooOld.
    """
    connection = await asyncpg.connect(owner_url)
    try:
        require_known_server(connection.get_server_version().major)
        for extension in SHARED_EXTENSIONS:
            await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} WITH SCHEMA public")
        for service, password in passwords.items():
            await _prepare(connection, service, role_of(service), password)
    finally:
        await connection.close()


async def _prepare(connection: asyncpg.Connection, service: str, role: str, password: str) -> None:
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
        await connection.execute(f"CREATE ROLE {role} LOGIN")
    quoted = await connection.fetchval("SELECT quote_literal($1)", password)
    for statement in (
        f"ALTER ROLE {role} PASSWORD {quoted}",
        f"CREATE SCHEMA IF NOT EXISTS {service}",
        f"GRANT USAGE ON SCHEMA {service} TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {service} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {service} GRANT USAGE ON SEQUENCES TO {role}",
    ):
        await connection.execute(statement)


class SchemaRefused(KnownFailure):
    """A schema is not one that this code can bring up to date."""


def upgrade(service: str, owner_url: str) -> None:
    """Brings the schema of a service to the newest revision. Raises SchemaRefused for one of another release."""
    try:
        migrations.upgrade(service, owner_url)
    except migrations.SchemaUnknown as unknown:
        raise SchemaRefused(str(unknown)) from unknown
