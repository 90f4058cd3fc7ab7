"""The sandbox as a process of its own, spoken to over HTTP as docs/sandbox.md describes it."""

import base64
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.sandbox.merchant import Merchant
from tests.integration.sandbox.notification_receiver import Receiver, receiving
from tests.support.sandbox_process import SandboxProcess, sandbox_process
from tests.support.wait_until import PATIENCE_SECONDS


@pytest.fixture(scope="session")
def shared_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with sandbox_process(tmp_path_factory.mktemp("sandbox")) as process:
        yield process


@pytest.fixture
def own_process(tmp_path: Path) -> Iterator[SandboxProcess]:
    """For tests that end it."""
    with sandbox_process(tmp_path) as process:
        yield process


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Where the merchant takes notifications."""
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def http(shared_process: SandboxProcess) -> AsyncIterator[httpx.AsyncClient]:
    """A person or a tool; no faults are set."""
    async with calling(shared_process.url) as client:
        (await client.delete("/faults")).raise_for_status()
        yield client
        (await client.delete("/faults")).raise_for_status()


@pytest.fixture
async def merchant(shared_process: SandboxProcess, http: httpx.AsyncClient, receiver: Receiver) -> Merchant:
    return Merchant(shared_process.keys_dir, http, receiver)


def calling(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=url, timeout=PATIENCE_SECONDS, trust_env=False, headers={"accept": "application/json"}
    )


@pytest.fixture
def encoded() -> Callable[[bytes], str]:
    return lambda content: base64.b64encode(content).decode()
