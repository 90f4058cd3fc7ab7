"""The gateway's application as a whole: what it leaves behind."""

import gc
import weakref

import httpx

from chassis.clock import SystemClock
from chassis.rpc.client import channels
from gateway.api import Api
from gateway.app import App
from gateway.auth import FormTokens
from gateway.config import Config
from gateway.contracts import Contracts
from gateway.web.site import Printed, site
from tests.integration.gateway.services import Services, answering

APPLICATIONS = 5
FEW = 500
"""An application is made of some 30,000 objects; what a request leaves in caches are a handful."""


async def test_an_application_leaves_nothing_behind(
    contracts: Contracts, form_tokens: FormTokens, config: Config, printed: Printed
) -> None:
    async def serve_once() -> weakref.ref[App]:
        async with (
            answering(Services(contracts)) as addresses,
            channels(addresses, signer=None, clock=SystemClock()) as peers,
        ):
            pages = site(printed, peers, form_tokens, config, SystemClock())
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
