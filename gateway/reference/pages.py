"""The addresses of the reference: `/api` for people, `/openapi.json` for tools."""

import json
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.comments import comments_of
from gateway.contracts import Contracts
from gateway.openapi import document
from gateway.reference.operations import reference
from gateway.web.assets import kept
from gateway.web.page import Page
from gateway.web.routing import PageRoute, Surroundings, routes


def reference_routes(contracts: Contracts, around: Surroundings) -> Sequence[Route]:
    """What answers there. Both are made once: the contracts do not change while we run."""
    openapi = json.dumps(document(contracts), ensure_ascii=False, separators=(",", ":")).encode()
    services = reference(contracts, comments_of(contracts.files))

    async def openapi_json(request: Request) -> Response:
        return kept(request, openapi, "application/json", "no-cache")

    async def api(page: Page) -> Response:
        return page.render("reference/api.html", services=services)

    return [Route("/openapi.json", openapi_json), *routes([PageRoute("/api", show=api)], around)]
