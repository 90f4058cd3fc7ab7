"""Identity, served, for the tests of this folder."""

import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from chassis.clock import ManualClock
from chassis.config import DatabaseConfig
from chassis.security.tokens import ensure_keys
from services.identity.config import Config, IdentityServer
from tests.integration.identity.neighbours import Neighbours
from tests.integration.identity.outside_systems import OutsideSystems
from tests.integration.identity.staff_member import Member, hire
from tests.integration.identity.world import OPERATOR, OPERATOR_INITIAL, World, served
from tests.support.wait_until import PATIENCE_SECONDS


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    keys = tmp_path_factory.mktemp("keys")
    ensure_keys(keys)
    return keys


@pytest.fixture(scope="module")
def secret_keys() -> dict[str, str]:
    """The keys that go with the module's database."""
    return {"field_key": secrets.token_hex(32), "index_key": secrets.token_hex(32)}


@pytest.fixture
async def outside() -> OutsideSystems:
    return OutsideSystems()


@pytest.fixture
async def neighbours() -> Neighbours:
    return Neighbours()


@pytest.fixture
def config(
    request: pytest.FixtureRequest, database_url: str, keys_dir: Path, secret_keys: dict[str, str], tmp_path: Path
) -> Config:
    """The service's settings, some of which a test may be parametrised with."""
    settings = Config(
        server=IdentityServer(port=0, admin_port=0, grace_seconds=1, gateways="127.0.0.1"),
        database=DatabaseConfig(url=database_url),
        keys_dir=keys_dir,
        blobs_url=(tmp_path / "portraits").as_uri(),
        bootstrap_operator_login=OPERATOR,
        bootstrap_operator_password=OPERATOR_INITIAL,
        register_timeout=timedelta(seconds=PATIENCE_SECONDS),
        messages_timeout=timedelta(seconds=PATIENCE_SECONDS),
        **secret_keys,
    )
    return settings.model_copy(update=getattr(request, "param", {}))


@pytest.fixture
async def world(
    config: Config, clock: ManualClock, outside: OutsideSystems, neighbours: Neighbours
) -> AsyncIterator[World]:
    async with served(config, clock, outside, neighbours) as one:
        yield one


@pytest.fixture
async def member(world: World) -> Member:
    """A reviewer who may work."""
    return await hire(world)
