"""Where the merchant takes notifications: a real HTTP server."""

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.http_server import http_server
from tests.support.wait_until import wait_until


@dataclass(frozen=True)
class Heard:
    """One notification as it came."""

    body: bytes
    headers: dict[str, str]
    at: float

    @property
    def content(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Notes what comes. `answer` decides the status by how many of the order have come before."""

    url: str
    heard: list[Heard] = field(default_factory=list)
    answer: Callable[[int], int] = lambda _: 200

    async def receive(self, request: Request) -> Response:
        heard = Heard(await request.body(), dict(request.headers), time.monotonic())
        before = len(self.about(heard.content["out_trade_no"]))
        self.heard.append(heard)
        return Response(status_code=self.answer(before))

    def about(self, out_trade_no: str) -> list[Heard]:
        return [heard for heard in self.heard if heard.content["out_trade_no"] == out_trade_no]

    async def until(self, out_trade_no: str, count: int) -> list[Heard]:
        """Waits until so many notifications about an order have come."""

        async def come() -> bool:
            return len(self.about(out_trade_no)) >= count

        await wait_until(come)
        return self.about(out_trade_no)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a port of its own, for the length of a block."""
    receiver = Receiver("")
    app = Starlette(routes=[Route("/notify", receiver.receive, methods=["POST"])])
    async with http_server(app) as url:
        receiver.url = f"{url}/notify"
        yield receiver
