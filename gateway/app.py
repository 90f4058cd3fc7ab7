"""What the gateway answers: the API under `/v1/`, first because that is where the load is, and pages elsewhere."""

from typing import Final

from starlette.types import ASGIApp

from gateway.http.asgi import Receive, Scope, Send

API_PREFIX: Final = "/v1/"


class App:
    """The gateway's ASGI application."""

    def __init__(self, api: ASGIApp, pages: ASGIApp) -> None:
        self._api = api
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes one request on."""
        is_call = scope["type"] == "http" and scope["path"].startswith(API_PREFIX)
        await (self._api if is_call else self._pages)(scope, receive, send)
