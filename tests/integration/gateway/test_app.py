"""The gateway's application as a whole: what it leaves behind."""

import gc
import weakref

import httpx

from chassis.clock import SystemClock
from chassis.rpc.client import channels
from gateway.api.app import Api
from gateway.app import App
from gateway.config import Config
from gateway.contracts.rpcs import Contracts
from gateway.http.form_tokens import FormTokens
from gateway.site import SiteContent, site_app
from tests.integration.gateway.answering_services import Services, answering

APPLICATIONS = 5
FEW = 500
"""An application is made of some 30,000 objects; what a request leaves in caches are a handful."""


async def test_an_application_leaves_nothing_behind(
    contracts: Contracts, form_tokens: FormTokens, config: Config, site_content: SiteContent
) -> None:
    async def serve_once() -> weakref.ref[App]:
        async with (
            answering(Services(contracts)) as addresses,
            channels(addresses, signer=None, clock=SystemClock()) as peers,
        ):
            pages = site_app(site_content, peers, form_tokens, config, SystemClock())
            app = App(Api(contracts, peers, form_tokens, config), pages)
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
