"""The gateway's application before services that answer as a test says, and browsers of people who are logged in."""

from collections.abc import AsyncIterator

import httpx
import pytest

from chassis.clock import SystemClock
from chassis.rpc.client import channels
from chassis.security.tokens import Access
from gateway.api.app import Api
from gateway.app import App
from gateway.config import Config, Contact
from gateway.contracts.rpcs import Contracts
from gateway.http.cookies import ACCESS, REFRESH
from gateway.http.form_tokens import FormTokens
from gateway.http.front_door.front_door import FrontDoor
from gateway.http.front_door.sources import Sources
from gateway.main import front_door
from gateway.site import SiteContent, site_app
from tests.integration.gateway.answering_services import Services, answering
from tests.integration.gateway.logged_in_browser import LOGIN_SESSION, Browser, access_token
from tests.integration.gateway.named_caller import NamedCaller
from tests.support.identity_key import gateways_verifier

FORM_KEY = "0f" * 32
CONTACT = Contact(phone="021-0000 0000", email="help@example.com", hours_zh="工作日", hours_en="working days")


@pytest.fixture(scope="session")
def contracts() -> Contracts:
    return Contracts.load()


@pytest.fixture(scope="session")
def form_tokens() -> FormTokens:
    return FormTokens(bytes.fromhex(FORM_KEY))


@pytest.fixture(scope="session")
def site_content(contracts: Contracts) -> SiteContent:
    return SiteContent.of(contracts, CONTACT)


@pytest.fixture
def services(contracts: Contracts) -> Services:
    return Services(contracts)


@pytest.fixture
def config(request: pytest.FixtureRequest) -> Config:
    """Small bodies, and the limits and bounds that a test is parametrised with."""
    named = dict(getattr(request, "param", {}))
    bounds = {"small_body_bytes": 5_000, **named.pop("front_door", {})}
    proxies = named.pop("trusted_proxies", "127.0.0.1")
    limits = {"json_bytes": 10_000, "json_values": 1_000, "file_bytes": 20_000, **named}
    return Config(form_key=FORM_KEY, limits=limits, front_door=bounds, trusted_proxies=proxies)


@pytest.fixture
def door(config: Config) -> FrontDoor:
    return front_door(config, Sources(config.trusted_proxies), gateways_verifier())


@pytest.fixture
async def app(
    services: Services,
    contracts: Contracts,
    form_tokens: FormTokens,
    config: Config,
    site_content: SiteContent,
    door: FrontDoor,
) -> AsyncIterator[App]:
    async with (
        answering(services) as addresses,
        channels(addresses, signer=None, clock=SystemClock()) as peers,
    ):
        yield App(
            Api(contracts, peers, form_tokens, config, door),
            site_app(site_content, peers, form_tokens, config, SystemClock(), door),
            config,
        )


@pytest.fixture(scope="session")
def named_caller(contracts: Contracts) -> NamedCaller:
    return NamedCaller(contracts)


@pytest.fixture
async def http(app: App, named_caller: NamedCaller) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway", auth=named_caller) as client:
        yield client


@pytest.fixture
def candidate(http: httpx.AsyncClient, services: Services, form_tokens: FormTokens) -> Browser:
    http.cookies.set(ACCESS, access_token(Access.CANDIDATE))
    http.cookies.set(REFRESH, "a refresh token")
    return Browser(http, services, form_tokens.token(LOGIN_SESSION))


@pytest.fixture
def reviewer(http: httpx.AsyncClient, services: Services, form_tokens: FormTokens) -> Browser:
    http.cookies.set(ACCESS, access_token(Access.REVIEWER))
    return Browser(http, services, form_tokens.token(LOGIN_SESSION))


@pytest.fixture
def operator(http: httpx.AsyncClient, services: Services, form_tokens: FormTokens) -> Browser:
    http.cookies.set(ACCESS, access_token(Access.OPERATOR))
    return Browser(http, services, form_tokens.token(LOGIN_SESSION))
