"""The addresses of the reference: `/api` for people, `/openapi.json` for tools."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

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
    services: Sequence[Service]

    @classmethod
    def of(cls, contracts: Contracts) -> Self:
        """What the contracts say."""
        openapi = json.dumps(document(contracts), ensure_ascii=False, separators=(",", ":")).encode()
        return cls(openapi, reference(contracts, comments_of(contracts.files)))


def reference_routes(shown: Reference, around: Surroundings) -> Sequence[Route]:
    """What answers there."""

    async def openapi_json(request: Request) -> Response:
        return kept(request, shown.openapi, "application/json", "no-cache")

    async def api(page: Page) -> Response:
        return page.render("reference/api.html", services=shown.services)

    return [Route("/openapi.json", openapi_json), *routes([PageRoute("/api", show=api)], around)]
