"""Hanging up without an answer, as a network does that loses one (F-9)."""

from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

HANG_UP: Final = "sandbox.hang_up"


class NoAnswer(Response):
    """Ends the connection instead of answering, as a network does that loses an answer (F-9)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hangs up, and waits until that has happened."""
        scope[HANG_UP]()
        while (await receive())["type"] != "http.disconnect":
            pass


class AbruptProtocol(H11Protocol):
    """HTTP/1.1 whose application may hang up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As uvicorn makes it, once for each connection."""
        super().__init__(*args, **kwargs)
        self._served, self.app = self.app, self._serve

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        scope[HANG_UP] = lambda: self.transport.close()
        await self._served(scope, receive, send)
