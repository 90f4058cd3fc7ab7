"""A gateway before services that answer everything with something: every page can be looked at, with every list on it
filled, and nothing has to happen first.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from chassis.clock import SystemClock
from chassis.rpc.client import channels
from gateway.api.app import Api
from gateway.app import App
from gateway.config import Config
from gateway.contracts.rpcs import Contracts
from gateway.http.form_tokens import FormTokens
from gateway.http.front_door.sources import Sources
from gateway.main import front_door
from gateway.site import SiteContent, site_app
from tests.integration.gateway.answering_services import Answer, Services, answering
from tests.integration.gateway.filled_answers import filled_answers
from tests.support.free_port import free_port
from tests.support.identity_key import gateways_verifier


@dataclass(frozen=True, slots=True)
class FilledGateway:
    """Where the gateway is, and what the services behind it say; a test may have them say something else."""

    url: str
    answers: dict[str, Answer]
    usual: dict[str, Answer]

    def restore(self) -> None:
        """Everything is answered as at the beginning."""
        self.answers.clear()
        self.answers.update(self.usual)


@contextmanager
def filled_gateway(folder: Path) -> Iterator[FilledGateway]:
    """The gateway, for the length of a block, in a thread of its own: Playwright's loop runs in the test's."""
    contracts, port, told = Contracts.load(), free_port(), threading.Event()
    services = Services(contracts)
    ends: list[Callable[[], None]] = []

    def run() -> None:
        asyncio.run(_serve(services, folder, port, told, ends.append))

    thread = threading.Thread(target=run)
    usual = filled_answers(contracts)
    services.answers.update(usual)
    thread.start()
    assert told.wait(30)
    try:
        yield FilledGateway(f"http://127.0.0.1:{port}", services.answers, usual)
    finally:
        for end in ends:
            end()
        thread.join(30)


async def _serve(
    services: Services, folder: Path, port: int, told: threading.Event, ending: Callable[[Callable[[], None]], None]
) -> None:
    form_tokens, config, clock = FormTokens(bytes(32)), Config(form_key="00" * 32), SystemClock()
    door = front_door(config, Sources(config.trusted_proxies), gateways_verifier())
    async with answering(services) as addresses, channels(addresses, signer=None, clock=clock) as peers:
        pages = site_app(SiteContent.of(services.contracts, config.contact), peers, form_tokens, config, clock, door)
        app = App(Api(services.contracts, peers, form_tokens, config, door), pages, config)
        server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=port, lifespan="off", log_config=None, access_log=False)
        )
        loop = asyncio.get_running_loop()

        def end() -> None:
            loop.call_soon_threadsafe(setattr, server, "should_exit", True)

        ending(end)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        told.set()
        await serving
