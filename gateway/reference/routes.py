"""The addresses of the reference: `/api` and a page for each service for people, `/openapi.json` for tools."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.errors import NotFound
from gateway.api.openapi import openapi_document
from gateway.contracts.comments import comments_of
from gateway.contracts.rpcs import Contracts
from gateway.reference.operations import ServiceReference, reference_of
from gateway.web.assets import revalidated
from gateway.web.page_endpoint import PageRoute, SiteContext, routes
from gateway.web.page_request import Page


@dataclass(frozen=True, slots=True)
class Reference:
    """The reference in both forms, made once: the contracts do not change while we run."""

    openapi: bytes
    services: Mapping[str, ServiceReference]

    @classmethod
    def of(cls, contracts: Contracts) -> Self:
        """What the contracts say."""
        openapi = json.dumps(openapi_document(contracts), ensure_ascii=False, separators=(",", ":")).encode()
        services = reference_of(contracts, comments_of(contracts.files))
        return cls(openapi, {one.name: one for one in services})


def reference_routes(shown: Reference, around: SiteContext) -> Sequence[Route]:
    """What answers there."""

    async def openapi_json(request: Request) -> Response:
        return revalidated(request, shown.openapi, "application/json", "no-cache")

    async def api(page: Page) -> Response:
        return page.render("reference/api.html", services=shown.services.values())

    async def service(page: Page) -> Response:
        one = shown.services.get(page.params["service"])
        if one is None:
            raise NotFound()
        return page.render("reference/service.html", service=one)

    pages = [PageRoute("/api", show=api), PageRoute("/api/{service}", show=service)]
    return [Route("/openapi.json", openapi_json), *routes(pages, around)]
