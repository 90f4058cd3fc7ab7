"""The systems outside, as small as tests need them: a police register and a message sender over HTTP."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.http_server import http_server
from tests.support.wait_until import PATIENCE_SECONDS

CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


class OutsideSystems:
    """Answers as it is told to. `questions` and `messages` hold what came in; a person nobody spoke of matches."""

    def __init__(self) -> None:
        self.questions: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.answers: deque[str] = deque()
        self.out_of_order = False
        self.speechless = False
        self.party: asyncio.Barrier | None = None
        self._arrived = asyncio.Event()

    async def match(self, request: Request) -> Response:
        """The register. With a `party`, it answers when all of its members have asked."""
        self.questions.append(await request.json())
        if self.party is not None:
            await self.party.wait()
        if self.out_of_order:
            return JSONResponse({"error": {"reason": "OUTAGE", "message": "-"}}, 503)
        return JSONResponse({"result": self.answers.popleft() if self.answers else "MATCH", "similarity": 0.5})

    async def take(self, request: Request) -> Response:
        """The message sender."""
        if self.out_of_order:
            return Response(status_code=503)
        if self.speechless:
            return Response(status_code=500)
        self.messages.append(await request.json())
        self._arrived.set()
        return JSONResponse({"message_id": self.messages[-1]["message_id"]}, 202)

    def last_message(self, to: str) -> str:
        """The newest text sent to an address."""
        return next(message["text"] for message in reversed(self.messages) if message["to"] == to)

    async def message(self, to: str, count: int = 1) -> str:
        """The newest text sent to an address, as soon as so many different ones were sent there."""
        await self._sent(to, count, "")
        return self.last_message(to)

    async def code(self, to: str, count: int = 1) -> str:
        """The newest code sent to an address, as soon as so many messages with one were sent there."""
        await self._sent(to, count, CODE)
        return self.last_code(to)

    def last_code(self, to: str) -> str:
        """The newest code sent to an address."""
        texts = (message["text"] for message in reversed(self._to(to)))
        return next(found[0] for text in texts if (found := CODE.search(text)))

    async def _sent(self, to: str, count: int, pattern: str | re.Pattern[str]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len({one["message_id"] for one in self._to(to) if re.search(pattern, one["text"])}) < count:
                self._arrived.clear()
                await self._arrived.wait()

    def _to(self, to: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["to"] == to]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Its URL, for the length of a block."""
        routes = [
            Route("/register/match", self.match, methods=["POST"]),
            Route("/messages", self.take, methods=["POST"]),
        ]
        async with http_server(Starlette(routes=routes)) as url:
            yield url
