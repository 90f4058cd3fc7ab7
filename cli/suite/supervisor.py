"""Keeps the suite's processes running: starts them, waits until each is ready, restarts what dies and says so, stops
all together.
"""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from cli.suite.child_process import ChildProcess
from cli.terminal.known_failures import KnownFailure

READY_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 15.0
RESTART_PAUSES_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0)
LASTING_SECONDS = 30.0
"""A process that lived this long starts again at the first pause when it dies."""

Say = Callable[[str], None]


def last_words(said: str) -> str:
    """The last line of a log, which usually names the cause."""
    lines = said.strip().splitlines()[-1:]
    return lines[0][:400] if lines else "it wrote nothing"


class ProcessFailed(KnownFailure):
    """A process ended, or was not ready in time, while the suite was starting. The text says which, and where its log
    is.
    """


@dataclass(slots=True)
class SupervisedProcess:
    """One running process and what is known of it."""

    name: str
    serves: str
    """Where, and what for: said when it is ready."""
    command: Callable[[], Sequence[str]]
    """Prepares a start, which may take a while, and says by which command. Raises KnownFailure."""
    env: Mapping[str, str]
    log: Path
    is_ready: Callable[[], Awaitable[bool]]
    comes_back: str = ""
    """What to know when it died and is started again."""
    cwd: Path | None = None
    stopped_by: signal.Signals = signal.SIGTERM
    explain: Callable[[str], str] = last_words
    """Why it ended, from what it wrote since its start."""
    child: ChildProcess | None = None
    started: float = 0.0
    deaths: int = 0
    log_began: int = 0

    async def start(self) -> None:
        """Starts the process with its output appended to its log. Raises KnownFailure."""
        command = await asyncio.to_thread(self.command)
        with self.log.open("ab") as output:
            self.log_began = output.tell()
            self.child = ChildProcess(command, self.env, output, self.cwd)
        self.started = time.monotonic()

    def why_it_ended(self) -> str:
        """In a sentence."""
        return self.explain(self.log.read_bytes()[self.log_began :].decode(errors="replace"))


@dataclass(slots=True)
class Supervisor:
    """Runs processes until told to stop. `say` receives one sentence per event worth knowing."""

    say: Say
    supervised: list[SupervisedProcess] = field(default_factory=list)
    groups: list[Sequence[SupervisedProcess]] = field(default_factory=list)
    stopping: bool = False

    async def start(self, group: Sequence[SupervisedProcess]) -> None:
        """Starts processes, all at once, and waits until each is ready.

        Raises KnownFailure when one cannot be started, ends, or is not ready within a minute.
        """
        self.groups.append(group)
        self.supervised += group
        await asyncio.gather(*(one.start() for one in group))
        await asyncio.gather(*(self._ready(one) for one in group))

    async def watch(self) -> None:
        """Restarts whatever dies, for ever; cancel it to stop watching."""
        await asyncio.gather(*(self._keep(one) for one in self.supervised))

    async def stop(self) -> None:
        """Asks every process to finish its work and end, those started last first; kills what has not ended after a
        quarter of a minute.
        """
        self.stopping = True
        for group in reversed(self.groups):
            await asyncio.gather(*(one.child.stop(STOP_TIMEOUT_SECONDS, one.stopped_by) for one in group if one.child))

    async def _ready(self, one: SupervisedProcess) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if one.child and one.child.returncode is not None:
                raise ProcessFailed(f"{one.name} ended while starting: {one.why_it_ended()} (log: {one.log})")
            if await one.is_ready():
                self.say(f"{one.name} is ready {one.serves}")
                return
            await asyncio.sleep(0.05)
        raise ProcessFailed(f"{one.name} was not ready after {READY_TIMEOUT_SECONDS:.0f} s (log: {one.log})")

    async def _keep(self, one: SupervisedProcess) -> None:
        while one.child is not None:
            status = await one.child.wait()
            if self.stopping:
                return
            lasted = time.monotonic() - one.started
            one.deaths = 0 if lasted > LASTING_SECONDS else one.deaths + 1
            pause = RESTART_PAUSES_SECONDS[min(one.deaths, len(RESTART_PAUSES_SECONDS) - 1)]
            known = f"; {one.comes_back}" if one.comes_back else ""
            self.say(f"{one.name} died ({_cause(status)}); starting it again in {pause} s{known} (log: {one.log})")
            await asyncio.sleep(pause)
            try:
                await one.start()
                await self._ready(one)
            except KnownFailure as failed:
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
