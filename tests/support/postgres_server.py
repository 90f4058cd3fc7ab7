"""The PostgreSQL that a test session brings along, and the databases made in it."""

import asyncio
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

from chassis.postgres import migrations
from cli.local import schemas_and_roles
from cli.local.postgres import FAST, Postgres
from tests.support.free_port import free_port

DATA_PREFIX = "zikao-tests-"
ROLE_PASSWORD = "a test's password"


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """A server on which tests may make databases. `url` is its owner's."""

    url: str

    def owner_url(self, name: str) -> str:
        """How the owner connects to the database `name`."""
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def service_url(self, name: str, service: str) -> str:
        """How a service connects to the database `name`."""
        url = make_url(self.url).set(database=name, username=schemas_and_roles.role_of(service), password=ROLE_PASSWORD)
        return url.render_as_string(hide_password=False)

    def create(self, name: str, template: str = "template1") -> None:
        """Makes a database that is a copy of `template`."""
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop(self, name: str) -> None:
        """Removes a database, whoever is still connected."""
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def create_migrated(self, name: str, service: str) -> None:
        """Makes a database with the schema of `service` at its newest revision."""
        self.create(name)
        asyncio.run(schemas_and_roles.prepare(self.owner_url(name), {service: ROLE_PASSWORD}))
        if migrations.folder(service).exists():
            migrations.upgrade(service, self.owner_url(name))

    def _run(self, statement: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(self.url)
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(run())


def unique_name(name: str) -> str:
    """A database name that no other test session uses."""
    return f"{name}_{secrets.token_hex(4)}"


@contextmanager
def postgres_server() -> Iterator[DatabaseServer]:
    """The server that DATABASE_URL names, or one of our own that is gone afterwards."""
    given = os.environ.get("DATABASE_URL")
    if given:
        yield DatabaseServer(given)
        return
    _remove_servers_of_killed_sessions()
    server = Postgres(_data_folder(os.getpid()), free_port(), secrets.token_hex(8), FAST)
    server.start()
    try:
        yield DatabaseServer(server.url(database="postgres"))
    finally:
        server.stop()
        server.forget()


def _data_folder(pid: int) -> Path:
    """Outside pytest's own folders: as root the server is another user, who may not enter those."""
    return Path(tempfile.gettempdir()) / f"{DATA_PREFIX}{pid}"


def _remove_servers_of_killed_sessions() -> None:
    for data in Path(tempfile.gettempdir()).glob(f"{DATA_PREFIX}*"):
        if not data.name.removeprefix(DATA_PREFIX).isdigit():  # another session is making its cluster
            continue
        pid = int(data.name.removeprefix(DATA_PREFIX))
        if not Path(f"/proc/{pid}").exists() and os.access(data, os.W_OK):
            left = Postgres(data, 0, "", FAST)
            left.end_leftover()
            left.forget()
