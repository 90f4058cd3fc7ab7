"""What a browser does with pages: look, and send their forms."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import httpx
from google.protobuf.message import Message

from gateway.web.routing import PageRoute
from tests.integration.gateway.services import Services

ME = "019a0000-0000-7000-8000-0000000000bb"
File = tuple[str, bytes]
Asked = TypeVar("Asked", bound=Message)


def address(route: PageRoute) -> str:
    """An address of a route, with an id for every variable."""
    return re.sub(r"\{[^}]+\}", ME, route.path)


@dataclass(frozen=True, slots=True)
class Browser:
    """Somebody logged in, and the services behind the pages they see."""

    http: httpx.AsyncClient
    services: Services
    form_token: str

    async def get(self, path: str) -> httpx.Response:
        """Shows a page."""
        return await self.http.get(path)

    async def send(self, path: str, files: Sequence[File] = (), **fields: str) -> httpx.Response:
        """Sends a form of ours."""
        given = [("files", file) for file in files] or None
        return await self.http.post(path, data={"csrf_token": self.form_token, **fields}, files=given)

    def asked(self, rpc: str, kind: type[Asked]) -> Asked:
        """The last request of an RPC, such as `ReviewService/DecideCase`."""
        return kind.FromString([one.wire for one in self.services.asked if one.path.endswith(f".{rpc}")][-1])
