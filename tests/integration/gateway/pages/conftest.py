"""A browser of a reviewer or an operator, before services that answer as a test says."""

import base64
import json

import httpx
import pytest

from gateway.auth import FormTokens
from gateway.cookies import ACCESS
from gateway.web.routing import ANYBODY, PageRoute
from tests.integration.gateway.pages.browsing import ME, Browser
from tests.integration.gateway.services import Services

LOGIN_SESSION = "019a0000-0000-7000-8000-0000000000aa"
FAR_AHEAD = 4_000_000_000


def access_token(kind: str) -> str:
    """A token with what pages read of it; whether it is genuine is for the services to say."""
    claims = {"sid": LOGIN_SESSION, "sub": ME, "kind": kind, "exp": FAR_AHEAD}
    return f"header.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.signature"


def enter(http: httpx.AsyncClient, route: PageRoute) -> None:
    """Logs in as somebody for whom the route is, where it is not for anybody."""
    if route.open_to is not ANYBODY:
        http.cookies.set(ACCESS, access_token(next(iter(route.open_to)).name.lower()))


@pytest.fixture
def reviewer(http: httpx.AsyncClient, services: Services, form_tokens: FormTokens) -> Browser:
    http.cookies.set(ACCESS, access_token("reviewer"))
    return Browser(http, services, form_tokens.token(LOGIN_SESSION))


@pytest.fixture
def operator(http: httpx.AsyncClient, services: Services, form_tokens: FormTokens) -> Browser:
    http.cookies.set(ACCESS, access_token("operator"))
    return Browser(http, services, form_tokens.token(LOGIN_SESSION))
