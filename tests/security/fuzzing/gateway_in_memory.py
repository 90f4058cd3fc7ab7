"""The gateway without sockets: bytes of a connection in, bytes of the answer out. Its services know of nothing."""

import asyncio
import re
from contextlib import AsyncExitStack
from typing import Any, Final

import uvicorn
from uvicorn.server import ServerState

from chassis.clock import SystemClock
from chassis.errors import NotFound
from chassis.rpc.client import channels
from gateway.api.app import Api
from gateway.app import App
from gateway.config import Config
from gateway.contracts.rpcs import Contracts
from gateway.http.form_tokens import FormTokens
from gateway.http.front_door.http_protocol import bounded_protocol
from gateway.http.front_door.sources import Sources
from gateway.main import front_door
from gateway.site import SiteContent, site_app
from tests.integration.gateway.answering_services import Answer, Services, answering
from tests.support.identity_key import gateways_verifier

STATUS: Final = re.compile(rb"HTTP/1\.1 (\d{3}) ")
LOCATION: Final = re.compile(rb"\r\nlocation: ([^\r\n]*)\r\n", re.IGNORECASE)
OUR_OWN: Final = re.compile(rb"/(?![/\\])[!-~]*")


class NothingIsThere(dict[str, Answer]):
    """What services answer that have never heard of what they are asked for."""

    def __missing__(self, rpc: str) -> Answer:
        return NotFound()


class Connection(asyncio.Transport):
    """A connection that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.written = b""
        self._closing = False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self._closing = True

    abort = close

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...


class Gateway:
    """One gateway for all inputs of a run."""

    def __init__(self) -> None:
        self._loop, self._resources = asyncio.new_event_loop(), AsyncExitStack()
        self._services = Services(Contracts.load(), NothingIsThere())
        self._server = self._loop.run_until_complete(self._made())
        self._state = ServerState()

    def answer(self, request: bytes) -> bytes:
        """What a connection on which only `request` arrives is told; asserts that it is no failure of ours."""
        written = self._loop.run_until_complete(self._exchange(request))
        statuses = [int(status) for status in STATUS.findall(written)]
        assert all(status < 500 or status == 503 for status in statuses), statuses
        assert all(OUR_OWN.fullmatch(place) for place in LOCATION.findall(written)), written
        return written

    async def _exchange(self, request: bytes) -> bytes:
        protocol_class: Any = self._server.http_protocol_class
        protocol = protocol_class(config=self._server, server_state=self._state, app_state={}, _loop=self._loop)
        connection = Connection()
        protocol.connection_made(connection)
        protocol.data_received(request)
        while not connection.is_closing() and protocol.cycle and not protocol.cycle.response_complete:
            await asyncio.sleep(0)
            if protocol.cycle.more_body:  # Nothing more will come.
                break
        protocol.connection_lost(None)
        await self._ended()
        self._services.asked.clear()
        return connection.written

    async def _ended(self) -> None:
        while tasks := [task for task in self._state.tasks if not task.done()]:
            await asyncio.wait(tasks)

    async def _made(self) -> uvicorn.Config:
        contracts, clock = self._services.contracts, SystemClock()
        addresses = await self._resources.enter_async_context(answering(self._services))
        peers = await self._resources.enter_async_context(channels(addresses, signer=None, clock=clock))
        config, form_tokens = Config(form_key="0f" * 32), FormTokens(bytes(32))
        door = front_door(config, Sources(config.trusted_proxies), gateways_verifier())
        app = App(
            Api(contracts, peers, form_tokens, config, door),
            site_app(SiteContent.of(contracts, config.contact), peers, form_tokens, config, clock, door),
            config,
        )
        protocol = bounded_protocol(config.front_door, Sources(config.trusted_proxies))
        server = uvicorn.Config(app, http=protocol, lifespan="off", log_config=None, access_log=False)
        server.load()
        return server
