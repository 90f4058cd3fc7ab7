"""What a page's handler has in hand."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from google.protobuf.message import Message
from jinja2 import Environment
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from chassis.call_context import Language
from gateway.auth import FormTokens
from gateway.cookies import CookieJar
from gateway.exchange import LONGEST_USER_AGENT, Header
from gateway.web.forms import Form
from gateway.web.services import Services
from gateway.web.visitor import Visitor, opened

SEE_OTHER = 303


@dataclass(slots=True)
class Page:
    """One request for a page: who asks, in which language, with what words; and how to answer."""

    request: Request
    visitor: Visitor
    language: Language
    services: Services
    environment: Environment
    jar: CookieJar
    form_tokens: FormTokens
    form_token: str
    now: datetime
    sent: Mapping[str, str | UploadFile] = field(default_factory=dict)
    uploads: Sequence[UploadFile] = ()
    cookies: list[Header] = field(default_factory=list)

    @property
    def params(self) -> Mapping[str, str]:
        """The variables of the path."""
        return self.request.path_params

    def form(self) -> Form:
        """The form that was sent: its texts."""
        return Form.of({name: value for name, value in self.sent.items() if isinstance(value, str)})

    def upload(self, name: str) -> UploadFile | None:
        """The file that was sent in an input; None where none was chosen."""
        value = self.sent.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    async def ask(self, method: Any, request: Message) -> Any:
        """Calls an RPC as the visitor, such as `page.ask(page.services.logins.ListLoginSessions, request)`.

        Raises the Refusal that the service answers with.
        """
        return await method(request, metadata=self.metadata())

    def metadata(self) -> list[tuple[str, str]]:
        """What goes along with a call."""
        return caller_metadata(self.request, self.visitor.token)

    def say(self, zh: str, en: str) -> str:
        """The text in the visitor's language."""
        return zh if self.language is Language.CHINESE else en

    def render(self, template: str, *, status: int = 200, **shown: Any) -> Response:
        """A page from a template; it finds `page`, and what is `shown`."""
        text = self.environment.get_template(template).render(page=self, **shown)
        headers = {"cache-control": "no-store", "content-language": self.language.value, "vary": "cookie"}
        return self._with_cookies(HTMLResponse(text, status, headers))

    def file(self, content: bytes, media_type: str, name: str = "") -> Response:
        """A file that no browser keeps: shown, or saved as `name`."""
        headers = {"cache-control": "no-store"}
        if name:
            headers["content-disposition"] = f'attachment; filename="{name}"'
        return self._with_cookies(Response(content, media_type=media_type, headers=headers))

    def stream(self, pieces: AsyncIterator[str] | AsyncIterator[bytes], media_type: str, name: str = "") -> Response:
        """An answer that is sent while it is made, and that no browser keeps: shown, or saved as `name`."""
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        if name:
            headers["content-disposition"] = f'attachment; filename="{name}"'
        return self._with_cookies(StreamingResponse(pieces, media_type=media_type, headers=headers))

    def redirect(self, path: str) -> Response:
        """Sends the browser to another page of ours, by GET."""
        return self._with_cookies(RedirectResponse(path, SEE_OTHER, {"cache-control": "no-store"}))

    def log_in(self, tokens: Any) -> None:
        """Opens a login session in this browser with the tokens that a service has just given."""
        self.cookies += opened(self.jar, tokens, self.form_tokens)

    def log_out(self) -> None:
        """Ends it in this browser."""
        self.cookies += self.jar.log_out()

    @property
    def here(self) -> str:
        """The page's own address, to come back to."""
        query = self.request.url.query
        return self.request.url.path + (f"?{query}" if query else "")

    def query(self) -> Form:
        """What the address asks for: the filters of a list."""
        return Form.of(self.request.query_params)

    def further(self, page_token: str) -> str:
        """The address of the next page of this list."""
        url = self.request.url.include_query_params(page_token=page_token)
        return f"{url.path}?{url.query}"

    def in_language(self, tag: str) -> str:
        """The address of this page in a language, with whatever else the address asks for."""
        return f"?{self.request.url.include_query_params(language=tag).query}"

    def _with_cookies(self, response: Response) -> Response:
        response.raw_headers.extend(self.cookies)
        return response


def caller_metadata(request: Request, token: str) -> list[tuple[str, str]]:
    """What goes along with a call: where it comes from, and the visitor's token."""
    user_agent = request.headers.get("user-agent", "")[:LONGEST_USER_AGENT]
    metadata = [
        ("x-forwarded-for", request.client.host if request.client else ""),
        ("x-user-agent", user_agent if user_agent.isascii() and user_agent.isprintable() else ""),
    ]
    return [*metadata, ("authorization", f"Bearer {token}")] if token else metadata


def own_path(address: str, otherwise: str) -> str:
    """`address` when it is a path of ours, so that nobody is sent elsewhere; `otherwise` when it is not."""
    parts = urlsplit(address)
    is_ours = (
        not parts.scheme and not parts.netloc and address.startswith("/") and not address.startswith(("//", "/\\"))
    )
    return address if is_ours else otherwise


def with_next(path: str, following: str) -> str:
    """The address of a page that leads on to another."""
    return f"{path}?next={quote(following, safe='')}"
