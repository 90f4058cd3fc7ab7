"""The suite of real processes that strangers and people try, as the end-to-end tests have it."""

from collections.abc import AsyncIterator

import grpc
import pytest

from tests.e2e.conftest import candidate, http, journey, operator, reviewer, suite  # noqa: F401
from tests.e2e.suite_process import SuiteProcess
from tests.security.every_rpc import SERVICES


@pytest.fixture
async def channels(suite: SuiteProcess) -> AsyncIterator[dict[str, grpc.aio.Channel]]:  # noqa: F811
    """A connection to each service, past the gateway."""
    opened = {name: grpc.aio.insecure_channel(f"127.0.0.1:{suite.ports.of(name).port}") for name in SERVICES}
    yield opened
    for channel in opened.values():
        await channel.close()
