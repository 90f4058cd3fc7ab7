"""What the gateway answers: the API under `/v1/`, first because that is where the load is, and pages elsewhere."""

from typing import Final

from starlette.types import ASGIApp

from gateway.config import Config
from gateway.http.asgi import Receive, Scope, Send
from gateway.http.transport_security import TransportSecurity

API_PREFIX: Final = "/v1/"


class App:
    """The gateway's ASGI application."""

    def __init__(self, api: ASGIApp, pages: ASGIApp, config: Config) -> None:
        self._api = api
        self._pages = pages
        self._guarded = TransportSecurity(
            self._pass_on, hsts_seconds=config.hsts_seconds, always_https=config.secure_cookies
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        await self._guarded(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_call = scope["type"] == "http" and scope["path"].startswith(API_PREFIX)
        await (self._api if is_call else self._pages)(scope, receive, send)
