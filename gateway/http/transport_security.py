"""What holds for every answer, whoever gives it: the host that was asked for is one (F-26), and a browser that came by
https comes by nothing else from then on.
"""

import re
from typing import Final

from starlette.types import ASGIApp

from chassis.call_context import Trace, preferred_language
from gateway.errors import MalformedHttp
from gateway.http.asgi import Message, Receive, Response, Scope, Send
from gateway.http.problems import CONTENT_TYPE, render_problem

_HOST: Final = re.compile(rb"(?:[A-Za-z0-9._~-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")


class TransportSecurity:
    """Around an application."""

    def __init__(self, app: ASGIApp, *, hsts_seconds: int, always_https: bool) -> None:
        """`hsts_seconds`: for which browsers remember to come by https; 0 for not saying so. `always_https`: browsers
        come by it even where this process sees http.
        """
        self._app = app
        self._hsts = (b"strict-transport-security", b"max-age=%d" % hsts_seconds) if hsts_seconds else None
        self._always_https = always_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes one request on."""
        if scope["type"] == "http" and not _names_a_host(scope):
            await _refuse(scope, send)
        elif self._hsts and (self._always_https or scope.get("scheme") == "https"):
            await self._app(scope, receive, self._adding_hsts(send))
        else:
            await self._app(scope, receive, send)

    def _adding_hsts(self, send: Send) -> Send:
        async def saying_so(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], self._hsts]
            await send(message)

        return saying_so


def _names_a_host(scope: Scope) -> bool:
    named = [value for name, value in scope["headers"] if name == b"host"]
    return not named or (len(named) == 1 and _HOST.fullmatch(named[0]) is not None)


async def _refuse(scope: Scope, send: Send) -> None:
    asked = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
    problem = render_problem(MalformedHttp(place="host"), preferred_language(asked), Trace.start().trace_id)
    await Response(problem.status, CONTENT_TYPE, problem.body, [(b"cache-control", b"no-store")]).send(send)
