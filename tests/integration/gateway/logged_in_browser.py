"""What a browser does with pages: look, and send their forms."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import httpx
from google.protobuf.message import Message

from chassis.security.tokens import Access
from gateway.http.cookies import ACCESS
from gateway.web.page_endpoint import ANYBODY, PageRoute
from tests.integration.gateway.answering_services import Services
from tests.support.identity_key import token_of

ME = "019a0000-0000-7000-8000-0000000000bb"
File = tuple[str, bytes]
LOGIN_SESSION = "019a0000-0000-7000-8000-0000000000aa"
Asked = TypeVar("Asked", bound=Message)


def access_token(kind: Access, age: timedelta = timedelta()) -> str:
    """A token of somebody of a kind, which was given some time ago."""
    return token_of(kind, ME, LOGIN_SESSION, age)


def enter(http: httpx.AsyncClient, route: PageRoute) -> None:
    """Logs in as somebody for whom the route is, where it is not for anybody."""
    if route.open_to is not ANYBODY:
        http.cookies.set(ACCESS, access_token(next(iter(route.open_to))))


def address(route: PageRoute) -> str:
    """An address of a route, with an id for every variable."""
    return re.sub(r"\{[^}]+\}", ME, re.sub(r"\{[^}]+:int\}", "1", route.path))


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
