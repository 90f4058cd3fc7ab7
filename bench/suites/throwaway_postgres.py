"""A PostgreSQL of the benchmark's own, a folder and free ports for suites on it; all gone afterwards."""

import asyncio
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
from sqlalchemy.engine import make_url

from chassis.postgres import migrations
from chassis.security.tokens import ensure_keys
from cli.local import schemas_and_roles
from cli.local.postgres import DATABASE, DURABLE, PID_FILE, Postgres
from cli.suite.home import Home
from cli.suite.port_check import PortTaken, check
from cli.suite.process_table import Ports, ports_from

FIRST_PORT: Final = 20_000
PORTS: Final = 20
"""The suite's thirteen, and one for every monolith."""
TRIES: Final = 50


@dataclass(frozen=True, slots=True)
class ThrowawayPostgres:
    """A running server, and where a suite and the baselines find their place."""

    home: Home
    ports: Ports
    server: Postgres

    @property
    def postgres(self) -> int:
        """The process id of PostgreSQL."""
        return int((self.server.data / PID_FILE).read_text().split()[0])

    @property
    def suite_url(self) -> str:
        """The owner's URL of the suite's database."""
        return self.server.url()

    def port(self, number: int) -> int:
        """A port for the baseline of that number."""
        return self.ports.postgres + PORTS - 1 - number

    async def create(self, database: str, services: Iterable[str] = ()) -> str:
        """The owner's URL of a new database with the schemas of these services."""
        owner_url = make_url(self.server.url()).set(database=database).render_as_string(hide_password=False)
        await schemas_and_roles.create_database(self.server.url(database="postgres"), database)
        passwords = self.home.role_passwords()
        await schemas_and_roles.prepare(owner_url, {service: passwords[service] for service in services})
        for service in services:
            await asyncio.to_thread(migrations.upgrade, service, owner_url)
        return owner_url

    async def checkpoint(self) -> None:
        """Writes to disk what was prepared, so that no turn pays for it."""
        connection = await asyncpg.connect(self.server.url())
        try:
            await connection.execute("CHECKPOINT")
        finally:
            await connection.close()


@asynccontextmanager
async def throwaway_postgres() -> AsyncIterator[ThrowawayPostgres]:
    """The server for the length of a block; it is durable, as it is for a suite. Raises PostgresFailed."""
    folder = Path(tempfile.mkdtemp(prefix="zikao-bench-"))
    try:
        home, ports = Home(folder / "suite"), free_ports()
        home.prepare()
        ensure_keys(home.keys)
        server = Postgres(folder / "postgres", ports.postgres, home.secret("database"), DURABLE)
        try:
            await asyncio.to_thread(server.start)
            await schemas_and_roles.create_database(server.url(database="postgres"), DATABASE)
            yield ThrowawayPostgres(home, ports, server)
        finally:
            await asyncio.to_thread(server.stop)
            server.forget()
    finally:
        shutil.rmtree(folder)


def free_ports() -> Ports:
    """Ports on 127.0.0.1 that nobody listens on, below those the system gives to clients. Raises PortTaken."""
    chance = random.SystemRandom()
    for tries_left in reversed(range(TRIES)):
        ports = ports_from(FIRST_PORT + PORTS * chance.randrange(500))
        try:
            check(ports, with_postgres=True)
        except PortTaken:
            if not tries_left:
                raise
        else:
            return ports
    raise AssertionError("unreachable")
