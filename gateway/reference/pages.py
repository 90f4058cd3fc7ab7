"""The addresses of the reference: `/api` and a page for each service for people, `/openapi.json` for tools."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.errors import NotFound
from gateway.comments import comments_of
from gateway.contracts import Contracts
from gateway.openapi import document
from gateway.reference.operations import Service, reference
from gateway.web.assets import kept
from gateway.web.page import Page
from gateway.web.routing import PageRoute, Surroundings, routes


@dataclass(frozen=True, slots=True)
class Reference:
    """The reference in both forms, made once: the contracts do not change while we run."""

    openapi: bytes
    services: Mapping[str, Service]

    @classmethod
    def of(cls, contracts: Contracts) -> Self:
        """What the contracts say."""
        openapi = json.dumps(document(contracts), ensure_ascii=False, separators=(",", ":")).encode()
        services = reference(contracts, comments_of(contracts.files))
        return cls(openapi, {one.name: one for one in services})


def reference_routes(shown: Reference, around: Surroundings) -> Sequence[Route]:
    """What answers there."""

    async def openapi_json(request: Request) -> Response:
        return kept(request, shown.openapi, "application/json", "no-cache")

    async def api(page: Page) -> Response:
        return page.render("reference/api.html", services=shown.services.values())

    async def service(page: Page) -> Response:
        one = shown.services.get(page.params["service"])
        if one is None:
            raise NotFound()
        return page.render("reference/service.html", service=one)

    pages = [PageRoute("/api", show=api), PageRoute("/api/{service}", show=service)]
    return [Route("/openapi.json", openapi_json), *routes(pages, around)]
