"""The merchant's ear: a real HTTP server that notifications come to."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.servers import free_port


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

    async def until(self, out_trade_no: str, count: int, seconds: float = 10) -> list[Heard]:
        """Waits until so many notifications about an order have come."""
        async with asyncio.timeout(seconds):
            while len(self.about(out_trade_no)) < count:
                await asyncio.sleep(0.02)
        return self.about(out_trade_no)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    port = free_port()
    receiver = Receiver(f"http://127.0.0.1:{port}/notify")
    app = Starlette(routes=[Route("/notify", receiver.receive, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0.01)
        yield receiver
    finally:
        server.should_exit = server.force_exit = True
        await serving
