"""The gateway's application as a whole: what it leaves behind."""

import gc
import weakref

import httpx
import pytest
from zikao.enrollment.v1 import catalogue_service_pb2

from chassis.clock import SystemClock
from chassis.rpc.client import channels
from gateway.api.app import Api
from gateway.app import App
from gateway.config import Config
from gateway.contracts.rpcs import Contracts
from gateway.http.form_tokens import FormTokens
from gateway.http.front_door.front_door import FrontDoor
from gateway.site import SiteContent, site_app
from tests.integration.gateway.answering_services import Services, answering

APPLICATIONS = 5
FEW = 500
"""An application is made of some 30,000 objects; what a request leaves in caches are a handful."""


async def test_an_application_leaves_nothing_behind(
    contracts: Contracts, form_tokens: FormTokens, config: Config, site_content: SiteContent, door: FrontDoor
) -> None:
    async def serve_once() -> weakref.ref[App]:
        async with (
            answering(Services(contracts)) as addresses,
            channels(addresses, signer=None, clock=SystemClock()) as peers,
        ):
            pages = site_app(site_content, peers, form_tokens, config, SystemClock(), door)
            app = App(Api(contracts, peers, form_tokens, config, door), pages, config)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
                assert (await client.get("/v1/nothing")).status_code == 404
                assert (await client.get("/console")).status_code == 303
            return weakref.ref(app)

    await serve_once()  # what is compiled or imported once, stays
    gc.collect()
    before = len(gc.get_objects())
    applications = [await serve_once() for _ in range(APPLICATIONS)]
    gc.collect()
    assert [made() for made in applications] == [None] * APPLICATIONS
    assert len(gc.get_objects()) - before < FEW * APPLICATIONS


@pytest.mark.parametrize("path", ["/v1/sessions", "/login", "/nothing"])
async def test_who_came_by_https_comes_by_nothing_else(http: httpx.AsyncClient, services: Services, path: str) -> None:
    services.answers["CatalogueService.ListSessions"] = catalogue_service_pb2.ListSessionsResponse()
    secure = await http.get(f"https://gateway{path}")
    assert secure.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in (await http.get(f"http://gateway{path}")).headers


@pytest.mark.parametrize("host", ["[", "[::1", "a b", "a/b", "a@b", "a,b", "\u00e9", "a:b"])
@pytest.mark.parametrize("path", ["/v1/sessions", "/login"])
async def test_a_host_that_is_none_is_refused(http: httpx.AsyncClient, host: str, path: str) -> None:  # F-26
    answer = await http.get(path, headers=[(b"host", host.encode("latin-1"))])
    assert (answer.status_code, answer.json()["reason"]) == (400, "MALFORMED_HTTP")
    assert "host" in answer.json()["detail"]
