"""The sandbox as a process of its own, spoken to over HTTP as docs/sandbox.md describes it."""

import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from chassis.postgres.migrations import ROOT
from tests.integration.sandbox.merchant import Merchant
from tests.integration.sandbox.receiver import Receiver, receiving
from tests.servers import free_port

READY_SECONDS = 20.0


class Process:
    """One sandbox: it can be killed and started again on the same address and the same file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys_dir = folder / "keys"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = os.environ | {
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'gen'}",
            "ZIKAO_SERVER__PORT": str(self.port),
            "ZIKAO_KEYS_DIR": str(self.keys_dir),
            "ZIKAO_DATA_DIR": str(self.folder / "data"),
        }
        command = [sys.executable, "-m", "cli.main", "serve", "sandbox"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
        self._wait_until_ready()

    def kill(self) -> None:
        """As `kill -9` does it."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def stop(self) -> int:
        """Tells it to stop, and says how it ended."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(15)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            assert self._process is not None
            assert self._process.poll() is None, self.log
            try:
                if httpx.get(f"{self.url}/readyz", trust_env=False).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        raise TimeoutError(f"the sandbox is not ready after {READY_SECONDS} s")


@contextmanager
def running(folder: Path) -> Iterator[Process]:
    process = Process(folder)
    process.start()
    try:
        yield process
    finally:
        process.stop()


@pytest.fixture(scope="session")
def shared_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with running(tmp_path_factory.mktemp("sandbox")) as process:
        yield process


@pytest.fixture
def own_process(tmp_path: Path) -> Iterator[Process]:
    """For tests that end it."""
    with running(tmp_path) as process:
        yield process


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """The merchant's ear."""
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def http(shared_process: Process) -> AsyncIterator[httpx.AsyncClient]:
    """A person or a tool; no faults are set."""
    async with calling(shared_process.url) as client:
        (await client.delete("/faults")).raise_for_status()
        yield client
        (await client.delete("/faults")).raise_for_status()


@pytest.fixture
async def merchant(shared_process: Process, http: httpx.AsyncClient, receiver: Receiver) -> Merchant:
    return Merchant(shared_process.keys_dir, http, receiver)


def calling(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, timeout=20, trust_env=False, headers={"accept": "application/json"})


@pytest.fixture
def encoded() -> Callable[[bytes], str]:
    return lambda content: base64.b64encode(content).decode()
