"""The gateway's application before services that answer as a test says, and browsers of staff."""

from collections.abc import AsyncIterator

import httpx
import pytest

from chassis.clock import SystemClock
from chassis.rpc.client import channels
from gateway.api.app import Api
from gateway.app import App
from gateway.config import Config
from gateway.contracts.rpcs import Contracts
from gateway.http.cookies import ACCESS
from gateway.http.form_tokens import FormTokens
from gateway.site import SiteContent, site_app
from tests.integration.gateway.answering_services import Services, answering
from tests.integration.gateway.logged_in_browser import LOGIN_SESSION, Browser, access_token

FORM_KEY = "0f" * 32


@pytest.fixture(scope="session")
def contracts() -> Contracts:
    return Contracts.load()


@pytest.fixture(scope="session")
def form_tokens() -> FormTokens:
    return FormTokens(bytes.fromhex(FORM_KEY))


@pytest.fixture(scope="session")
def site_content(contracts: Contracts) -> SiteContent:
    return SiteContent.of(contracts)


@pytest.fixture
def services(contracts: Contracts) -> Services:
    return Services(contracts)


@pytest.fixture
def config(request: pytest.FixtureRequest) -> Config:
    """Small bodies, and the limits that a test is parametrised with."""
    return Config(
        form_key=FORM_KEY, limits={"json_bytes": 10_000, "file_bytes": 20_000, **getattr(request, "param", {})}
    )


@pytest.fixture
async def app(
    services: Services, contracts: Contracts, form_tokens: FormTokens, config: Config, site_content: SiteContent
) -> AsyncIterator[App]:
    async with (
        answering(services) as addresses,
        channels(addresses, signer=None, clock=SystemClock()) as peers,
    ):
        yield App(
            Api(contracts, peers, form_tokens, config),
            site_app(site_content, peers, form_tokens, config, SystemClock()),
        )


@pytest.fixture
async def http(app: App) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        yield client


@pytest.fixture
def reviewer(http: httpx.AsyncClient, services: Services, form_tokens: FormTokens) -> Browser:
    http.cookies.set(ACCESS, access_token("reviewer"))
    return Browser(http, services, form_tokens.token(LOGIN_SESSION))


@pytest.fixture
def operator(http: httpx.AsyncClient, services: Services, form_tokens: FormTokens) -> Browser:
    http.cookies.set(ACCESS, access_token("operator"))
    return Browser(http, services, form_tokens.token(LOGIN_SESSION))
