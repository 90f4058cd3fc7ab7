"""A whole suite as an operator starts it: `zikao up` in a process of its own, in a folder and on ports of its own."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.local.postgres import DURABLE, Postgres
from cli.suite import port_check
from cli.suite.home import Home
from cli.suite.port_check import PortTaken
from cli.suite.process_table import Ports, ports_from
from cli.suite.running_suite import RunningSuite
from tests.support.wait_until import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
FIRST_PORTS = range(21_000, 29_000, 40)


@dataclass(frozen=True, slots=True)
class SuiteProcess:
    """A running suite."""

    home: Home
    ports: Ports
    process: "subprocess.Popen[bytes]"
    output: Path

    @property
    def gateway_url(self) -> str:
        return self._url("gateway")

    @property
    def sandbox_url(self) -> str:
        return self._url("sandbox")

    @property
    def owner_url(self) -> str:
        """The database's owner, who sees every schema."""
        return Postgres(self.home.postgres, self.ports.postgres, self.home.secret("database"), DURABLE).url()

    def kill(self, name: str) -> None:
        """Ends a process of the suite without a warning, as a machine that fails does; the supervisor restarts it."""
        if not RunningSuite(self.process.pid).kill(name):
            raise LookupError(name)

    def pid_of(self, name: str) -> int:
        """The process that serves `name` now."""
        pid = RunningSuite(self.process.pid).pid_of(name)
        if pid is None:
            raise LookupError(name)
        return pid

    def printed(self) -> str:
        """What the suite has told its operator."""
        return self.output.read_text()

    def _url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports.of(name).port}"


QUICK: Final = {"ZIKAO_UNDO_TIME": "PT0S"}
"""Decisions take effect at once, except where a test is about undoing them (RE-12)."""


@contextmanager
def suite_process(
    home: Path, environment: Mapping[str, str] | None = None, *, replicas: int = 1
) -> Iterator[SuiteProcess]:
    """A suite in `home`, up and seeded, for the length of a block."""
    ports = free_ports(replicas)
    output = home.with_name(f"{home.name}.out")
    process = start(home, ports.postgres, output, environment or {}, replicas)
    suite = SuiteProcess(Home(home), ports, process, output)
    try:
        until(lambda: "up after" in suite.printed() or process.poll() is not None, PATIENCE_SECONDS, suite.printed)
        assert process.poll() is None, suite.printed()
        yield suite
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_SECONDS)


@contextmanager
def temporary_suite(
    home: Path, environment: Mapping[str, str] | None = None, *, replicas: int = 1
) -> Iterator[SuiteProcess]:
    """A suite of which nothing is left after the block."""
    with suite_process(home, environment, replicas=replicas) as suite:
        yield suite
    suite.home.forget()


def start(
    home: Path, first_port: int, output: Path, environment: Mapping[str, str], replicas: int = 1
) -> "subprocess.Popen[bytes]":
    """`zikao up`, with its words in `output`."""
    ours = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    paths = f"{ROOT}{os.pathsep}{ROOT / 'gen'}"
    with output.open("wb") as printed:
        return subprocess.Popen(
            zikao("up", "--home", str(home), "--ports-from", str(first_port), "--replicas", str(replicas)),
            cwd=ROOT,
            env={**ours, **QUICK, **environment, "PYTHONPATH": paths, "COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=printed,
        )


def zikao(*arguments: str) -> list[str]:
    """The command line of the `zikao` command of this checkout."""
    return [sys.executable, "-m", "cli.main", *arguments]


def free_ports(replicas: int = 1) -> Ports:
    """Consecutive ports that nobody holds now, and that another session of tests is not about to take as well."""
    for first in random.sample(FIRST_PORTS, len(FIRST_PORTS)):
        ports = ports_from(first, replicas)
        try:
            port_check.check(ports, with_postgres=True)
        except PortTaken:
            continue
        return ports
    raise LookupError("no ports are free")


def until(holds: Callable[[], bool], seconds: float, seen: Callable[[], object]) -> None:
    """Waits for a condition; the limit only keeps a broken suite from holding the tests up for ever."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"still not so after {seconds:.0f} s: {seen()}"
        time.sleep(0.05)
