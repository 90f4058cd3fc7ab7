"""What every test may ask for. The servers start at the first test that needs them, once per session."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer

from chassis.clock import ManualClock
from chassis.config import DatabaseConfig
from chassis.postgres.database import Database, database
from chassis.security.tokens import ensure_keys
from tests.support.credentials import Credentials
from tests.support.postgres_server import DatabaseServer, postgres_server, unique_name
from tests.support.redis_server import redis_server
from tests.support.xdist_scheduler import SharedSuiteScheduling, turn_of

INTEGRATION = Path(__file__).parent / "integration"

# A machine that has other things to do is no fault of a property.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharedSuiteScheduling:
    """What `make test` deals with."""
    return SharedSuiteScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorts by turn; the order is kept otherwise."""
    items.sort(key=lambda item: turn_of(item.nodeid))


@pytest.fixture(scope="session")
def postgres() -> Iterator[DatabaseServer]:
    """A real PostgreSQL: the one DATABASE_URL names, or an embedded one."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis: the one REDIS_URL names, or one of our own."""
    with redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def template_of(postgres: DatabaseServer) -> Iterator[Callable[[str], str]]:
    """The migrated, empty database of a service, made at the first call, to be copied."""
    made: dict[str, str] = {}

    def template(service: str) -> str:
        if service not in made:
            name = unique_name(f"template_{service}")
            postgres.create_migrated(name, service)
            made[service] = name
        return made[service]

    yield template
    for name in made.values():
        postgres.drop(name)


@pytest.fixture(scope="module")
def service(request: pytest.FixtureRequest) -> str:
    """The service under test: the folder of tests/integration that the module lies in."""
    return request.path.relative_to(INTEGRATION).parts[0]


@pytest.fixture(scope="module")
def database_name(postgres: DatabaseServer, template_of: Callable[[str], str], service: str) -> Iterator[str]:
    """A database of the module's own, migrated and empty."""
    name = unique_name(service)
    postgres.create(name, template_of(service))
    yield name
    postgres.drop(name)


@pytest.fixture(scope="module")
def database_url(postgres: DatabaseServer, database_name: str, service: str) -> str:
    """How the service under test connects to the module's database."""
    return postgres.service_url(database_name, service)


@pytest.fixture(scope="module")
def owner_url(postgres: DatabaseServer, database_name: str) -> str:
    """How the owner, who runs migrations, connects to it."""
    return postgres.owner_url(database_name)


@pytest.fixture
async def db(database_url: str, service: str) -> AsyncIterator[Database]:
    """The module's database as the service sees it. Its rows stay for the module's other tests."""
    async with database(DatabaseConfig(url=database_url), service) as connected:
        yield connected


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at nine in the morning of 1 September 2026 in Shanghai until the test moves it."""
    return ManualClock(datetime(2026, 9, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everybody's keys."""
    keys = tmp_path_factory.mktemp("keys")
    ensure_keys(keys)
    return keys


@pytest.fixture
def credentials(keys_dir: Path, clock: ManualClock) -> Credentials:
    """What the callers of a test prove themselves with."""
    return Credentials(keys_dir, clock)
