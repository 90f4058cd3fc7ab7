"""The pages' addresses, beside the API."""

import hashlib
import json
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.comments import comments_of
from gateway.contracts import Contracts
from gateway.openapi import document
from gateway.pages.reference import reference

HERE: Final = Path(__file__).parent
STYLE: Final = "style.css"
A_YEAR: Final = "public, max-age=31536000, immutable"
HEADERS: Final = (
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


class Hardened:
    """Says on every answer what a browser may do with it: nothing but show it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes one request on."""

        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        await self._app(scope, receive, hardened)


def site(contracts: Contracts) -> Starlette:
    """The pages of these contracts. Everything is written once, at start: the contracts do not change while we run."""
    style = (HERE / STYLE).read_bytes()
    style_url = f"/assets/{hashlib.sha256(style).hexdigest()[:16]}.css"
    templates = Jinja2Templates(HERE)
    templates.env.globals["style_url"] = style_url
    openapi = json.dumps(document(contracts), ensure_ascii=False, separators=(",", ":")).encode()
    services = reference(contracts, comments_of(contracts.files))

    async def home(request: Request) -> Response:
        return templates.TemplateResponse(request, "home.html", {"services": services})

    async def api(request: Request) -> Response:
        return templates.TemplateResponse(request, "api.html", {"services": services})

    async def openapi_json(request: Request) -> Response:
        return kept(request, openapi, "application/json", "no-cache")

    async def stylesheet(request: Request) -> Response:
        return kept(request, style, "text/css", A_YEAR)

    routes = [
        Route("/", home),
        Route("/api", api),
        Route("/openapi.json", openapi_json),
        Route(style_url, stylesheet),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Hardened)])


def kept(request: Request, content: bytes, media_type: str, cache_control: str) -> Response:
    """An answer that a browser keeps, and gets anew only when it has changed."""
    etag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
    headers = {"etag": etag, "cache-control": cache_control}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
