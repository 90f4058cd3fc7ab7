"""Calls of the API by somebody whom the contract names, for tests that are about something else than who asks."""

from collections.abc import Generator

import httpx

from chassis.security.tokens import PEOPLE
from gateway.api.router import Router
from gateway.contracts.rpcs import Contracts, Rpc
from tests.integration.gateway.logged_in_browser import access_token


class NamedCaller(httpx.Auth):
    """Adds a token of whom the route is for, where the request shows none of its own."""

    def __init__(self, contracts: Contracts) -> None:
        self._routes = Router[Rpc]()
        for rpc in contracts.rpcs:
            for binding in rpc.bindings:
                self._routes.add(binding.method, binding.template, rpc)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        shown = "authorization" in request.headers or "zikao_access" in request.headers.get("cookie", "")
        match = self._routes.match(request.method, request.url.raw_path.decode().partition("?")[0])
        if match and not shown and not match.target.access.public:
            kind = next(one for one in match.target.access.kinds if one in PEOPLE)
            request.headers["authorization"] = f"Bearer {access_token(kind)}"
        yield request
