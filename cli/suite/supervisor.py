"""Keeps the suite's processes running: starts them, waits until each is ready, restarts what dies and says so, stops
all together.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from cli.suite.child_process import ChildProcess
from cli.suite.process_table import Process
from cli.terminal.known_failures import KnownFailure

READY_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 15.0
RESTART_PAUSES_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0)
LASTING_SECONDS = 30.0
"""A process that lived this long starts again at the first pause when it dies."""

Say = Callable[[str], None]


class ProcessFailed(KnownFailure):
    """A process ended, or was not ready in time, while the suite was starting. The text says which, and where its log
    is.
    """


@dataclass(slots=True)
class SupervisedProcess:
    """One running process and what is known of it."""

    process: Process
    env: Mapping[str, str]
    log: Path
    child: ChildProcess | None = None
    started: float = 0.0
    deaths: int = 0

    def start(self) -> None:
        """Starts the process with its output appended to its log."""
        with self.log.open("ab") as output:
            command = (sys.executable, "-m", "cli.main", "serve", self.process.name)
            self.child = ChildProcess(command, self.env, output)
        self.started = time.monotonic()

    def last_words(self) -> str:
        """The last line of the log, which usually names the cause."""
        lines = self.log.read_text(errors="replace").strip().splitlines()[-1:]
        return lines[0][:400] if lines else "it wrote nothing"


@dataclass(slots=True)
class Supervisor:
    """Runs `processes` until told to stop. `say` receives one sentence per event worth knowing."""

    say: Say
    supervised: list[SupervisedProcess] = field(default_factory=list)
    stopping: bool = False

    def add(self, process: Process, env: Mapping[str, str], log: Path) -> None:
        """Takes a process into care; nothing runs before `start`."""
        self.supervised.append(SupervisedProcess(process, {**env, "ZIKAO_SUPERVISOR_PID": str(os.getpid())}, log))

    async def start(self) -> None:
        """Starts the processes and waits until each is ready: all at once, but for the last, which faces the callers.

        Raises ProcessFailed when one ends or is not ready within a minute.
        """
        # The gateway asks the services at once how they are. Whoever is not there yet it leaves alone for seconds, and
        # the first calls for them would fail.
        await self._start(self.supervised[:-1])
        await self._start(self.supervised[-1:])

    async def watch(self) -> None:
        """Restarts whatever dies, for ever; cancel it to stop watching."""
        await asyncio.gather(*(self._keep(one) for one in self.supervised))

    async def stop(self) -> None:
        """Asks every process to finish its work and end; kills what has not ended after a quarter of a minute."""
        self.stopping = True
        await asyncio.gather(*(one.child.stop(STOP_TIMEOUT_SECONDS) for one in reversed(self.supervised) if one.child))

    async def _start(self, some: Sequence[SupervisedProcess]) -> None:
        for one in some:
            one.start()
        async with httpx.AsyncClient(timeout=2.0) as client:
            await asyncio.gather(*(self._ready(one, client) for one in some))

    async def _ready(self, one: SupervisedProcess, client: httpx.AsyncClient) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if one.child and one.child.returncode is not None:
                raise ProcessFailed(f"{one.process.name} ended while starting: {one.last_words()} (log: {one.log})")
            if await answers(client, one.process.ready_url):
                self.say(f"{one.process.name} is ready on port {one.process.port}: {one.process.purpose}")
                return
            await asyncio.sleep(0.05)
        raise ProcessFailed(f"{one.process.name} was not ready after {READY_TIMEOUT_SECONDS:.0f} s (log: {one.log})")

    async def _keep(self, one: SupervisedProcess) -> None:
        while one.child is not None:
            status = await one.child.wait()
            if self.stopping:
                return
            lasted = time.monotonic() - one.started
            one.deaths = 0 if lasted > LASTING_SECONDS else one.deaths + 1
            pause = RESTART_PAUSES_SECONDS[min(one.deaths, len(RESTART_PAUSES_SECONDS) - 1)]
            self.say(f"{one.process.name} died ({_cause(status)}); starting it again in {pause} s (log: {one.log})")
            await asyncio.sleep(pause)
            one.start()
            async with httpx.AsyncClient(timeout=2.0) as client:
                try:
                    await self._ready(one, client)
                except ProcessFailed as failed:
                    self.say(str(failed))


async def answers(client: httpx.AsyncClient, url: str) -> bool:
    """Whether `url` answers 200 now."""
    try:
        return (await client.get(url)).status_code == 200
    except httpx.HTTPError:
        return False


def _cause(status: int) -> str:
    if status < 0:
        return f"signal {signal.Signals(-status).name}"
    return f"exit status {status}"
