"""The whole suite on this machine, started in order and watched until Ctrl-C."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType

import httpx
from rich.console import Console
from rich.table import Table

from chassis.postgres import migrations
from chassis.security.tokens import ensure_keys
from cli.local import schemas_and_roles
from cli.local.postgres import DATABASE, DURABLE, Postgres
from cli.suite import port_check
from cli.suite.home import Home
from cli.suite.process_environment import ProcessEnvironment
from cli.suite.process_table import Ports
from cli.suite.seed import Account, seed
from cli.suite.supervisor import Supervisor


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
        self._redis_url = redis_url
        self._told = told
        self._started = time.monotonic()
        self.accounts: Mapping[str, Account] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Supervisor]:
        """The suite, ready for use, for the length of a block; what dies meanwhile is started again.

        Raises HomeUnusable, PortTaken, PostgresFailed, SchemaUnknown or ProcessFailed, each one sentence.
        """
        self._home.prepare()
        with self._home.occupied():
            self._postgres().end_leftover()
            port_check.check(self._ports, with_postgres=self._given_database is None)
            ensure_keys(self._home.keys)
            async with self._database() as owner_url:
                await self._migrate(owner_url)
                supervisor = self._supervisor()
                try:
                    await supervisor.start()
                    async with httpx.AsyncClient(timeout=30.0) as http:
                        self.accounts = await seed(http, self._surroundings().gateway_url, self._home)
                    self.say(f"up after {time.monotonic() - self._started:.1f} s")
                    watching = asyncio.create_task(supervisor.watch())
                    try:
                        yield supervisor
                    finally:
                        watching.cancel()
                finally:
                    self.say("stopping")
                    await supervisor.stop()

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
        table.add_row("sandbox: scan page, inbox, faults", f"{surroundings.sandbox_url}/")
        table.add_row("logs", f"{self._home.logs}/")
        for account in self.accounts.values():
            table.add_row(account["is"], f"{account['loginName']}  password {account['password']}")
        return table

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[str]:
        if self._given_database is not None:
            yield self._given_database
            return
        server = self._postgres()
        self.say("starting PostgreSQL" + ("" if server.data.exists() else " (first start: making the cluster)"))
        await asyncio.to_thread(server.start)
        try:
            await schemas_and_roles.create_database(server.url(database="postgres"), DATABASE)
            yield server.url()
        finally:
            await asyncio.to_thread(server.stop)
            self.say("PostgreSQL has stopped; everything else too")

    async def _migrate(self, owner_url: str) -> None:
        await schemas_and_roles.prepare(owner_url, self._home.secret("database"))
        for service in migrations.SERVICES:
            await asyncio.to_thread(schemas_and_roles.upgrade, service, owner_url)
        self.say("PostgreSQL is ready and every schema is current")

    def _supervisor(self) -> Supervisor:
        supervisor, surroundings = Supervisor(self.say), self._surroundings()
        for process in self._ports.processes:
            env = {**surroundings.of(process), **self._told.get(process.name, {})}
            supervisor.add(process, env, self._home.logs / f"{process.name}.log")
        return supervisor

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
