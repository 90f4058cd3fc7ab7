"""The whole suite on this machine, started in order and watched until Ctrl-C."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Final

import httpx
from rich.console import Console
from rich.table import Table

from chassis.postgres import migrations
from chassis.security.tokens import ensure_keys
from cli.local import schemas_and_roles
from cli.local.postgres import DATABASE, DURABLE, Postgres
from cli.local.redis import LocalRedis
from cli.suite import port_check, supervised_processes
from cli.suite.home import Home
from cli.suite.process_environment import SERVICES, ProcessEnvironment
from cli.suite.process_table import Ports, Process
from cli.suite.seed import Account, initial_password, seed
from cli.suite.supervisor import SupervisedProcess, Supervisor

FACES_CALLERS: Final = "gateway"


class Suite:
    """A suite on one machine."""

    def __init__(
        self,
        home: Home,
        ports: Ports,
        console: Console,
        *,
        redis_url: str | None = None,
        database_url: str | None = None,
        told: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    ) -> None:
        """`database_url`: an owner's URL of a PostgreSQL that is not ours to start; without it our own is started in
        `home`. `told`: variables for single processes beside the usual ones, by their names.
        """
        self._console = console
        self._home = home
        self._ports = ports
        self._given_database = database_url
        self._owns_database = database_url is None
        own = LocalRedis(ports.redis, home.redis) if ports.redis is not None and redis_url is None else None
        self._own_redis, self._redis_url = own, own.url if own else redis_url
        self._told = told
        self._started = time.monotonic()
        self.accounts: Mapping[str, Account] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Supervisor]:
        """The suite, ready for use, for the length of a block; what dies meanwhile is started again.

        Raises HomeUnusable, PortTaken, PostgresFailed, RedisFailed, SchemaUnknown or ProcessFailed, each one sentence.
        """
        self._home.prepare()
        with self._home.occupied():
            self._postgres().end_leftover()
            port_check.check(self._ports, with_postgres=self._given_database is None)
            ensure_keys(self._home.keys)
            supervisor = Supervisor(self.say)
            try:
                await self._start(supervisor)
                watching = asyncio.create_task(supervisor.watch())
                try:
                    yield supervisor
                finally:
                    watching.cancel()
            finally:
                self.say("stopping")
                await supervisor.stop()
                self.say("PostgreSQL has stopped; everything else too" if self._owns_database else "all has stopped")

    async def _start(self, supervisor: Supervisor) -> None:
        """What the others stand on first, and last what faces the callers: it asks at once how the others are, and
        leaves alone for seconds whoever is not there yet.
        """
        await self._start_database(supervisor)
        if self._own_redis is not None:
            await supervisor.start([supervised_processes.redis(self._own_redis, self._home.logs)])
        for facing in (False, True):
            group = [one for one in self._ports.processes if (one.name == FACES_CALLERS) is facing]
            await supervisor.start([self._process(one) for one in group])
        async with httpx.AsyncClient(timeout=30.0) as http:
            initial = initial_password(self._home, "operator")
            self.accounts = await seed(http, self._surroundings().gateway_url, self._home, initial)
        self.say(f"up after {time.monotonic() - self._started:.1f} s")

    def say(self, sentence: str) -> None:
        """Shows progress: seconds since the start, and one sentence."""
        self._console.print(
            f"[dim]{time.monotonic() - self._started:6.1f} s[/dim]  {sentence}", highlight=False, soft_wrap=True
        )

    def addresses(self) -> Table:
        """Where to go, and the demo accounts."""
        surroundings = self._surroundings()
        table = Table(show_header=False, box=None, padding=(0, 2))
        table.add_row("[bold]HTTP API and pages[/bold]", f"{surroundings.gateway_url}/")
        table.add_row("API page for people", f"{surroundings.gateway_url}/api")
        for server, port in (("PostgreSQL", self._ports.postgres), ("Redis", self._ports.redis)):
            if port is not None and (server == "Redis" or self._owns_database):
                table.add_row(server, f"127.0.0.1:{port}")
        for name in ("gateway", *SERVICES):
            replicas = self._ports.replicas_of(name)
            table.add_row(f"{name}: health and metrics", " ".join(f"127.0.0.1:{one.admin_port}" for one in replicas))
        table.add_row("sandbox: scan page, inbox, faults", f"{surroundings.sandbox_url}/")
        table.add_row("logs", f"{self._home.logs}/")
        for account in self.accounts.values():
            table.add_row(account["is"], f"{account['loginName']}  password {account['password']}")
        return table

    def _process(self, one: Process) -> SupervisedProcess:
        env = {**self._surroundings().of(one), **self._told.get(one.name, {})}
        return supervised_processes.process(one, env, self._home.logs)

    async def _start_database(self, supervisor: Supervisor) -> None:
        owner_url = self._given_database
        if owner_url is None:
            server = self._postgres()
            self.say("starting PostgreSQL" + ("" if server.data.exists() else " (first start: making the cluster)"))
            await supervisor.start([supervised_processes.postgres(server, self._home.logs)])
            await schemas_and_roles.create_database(server.url(database="postgres"), DATABASE)
            owner_url = server.url()
        await self._migrate(owner_url)

    async def _migrate(self, owner_url: str) -> None:
        await schemas_and_roles.prepare(owner_url, self._home.role_passwords())
        for service in migrations.SERVICES:
            await asyncio.to_thread(schemas_and_roles.upgrade, service, owner_url)
        self.say("PostgreSQL is ready and every schema is current")

    def _surroundings(self) -> ProcessEnvironment:
        return ProcessEnvironment(
            self._home, self._ports, self._given_database or self._postgres().url(), self._redis_url
        )

    def _postgres(self) -> Postgres:
        return Postgres(self._home.postgres, self._ports.postgres, self._home.secret("database"), DURABLE)


async def run_until_stopped(suite: Suite, console: Console) -> None:
    """Runs the suite until SIGINT or SIGTERM."""
    told_to_stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    async with suite.running():
        console.print()
        console.print(suite.addresses())
        console.print(
            "\nCtrl-C stops everything; the next start finds the data again. Try `make journey` in another terminal."
        )
        await told_to_stop.wait()
