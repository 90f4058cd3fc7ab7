"""What a page's handler has in hand."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast
from urllib.parse import quote

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from chassis.call_context import Language
from chassis.errors import Code, Refusal
from chassis.rpc.client import CALL_SECONDS
from gateway.http.asgi import LONGEST_USER_AGENT, Header, client_address
from gateway.http.cookies import DEVICE, CookieJar
from gateway.http.form_tokens import FORM_FIELD, same_account
from gateway.http.late_forms import LATE, LATE_FIELD, MOST_IN_COOKIE
from gateway.http.locations import own_location, redirect_to, redirect_to_provider
from gateway.http.problems import retry_seconds, shown_refusal
from gateway.http.reader_preferences import LARGE, USUAL, ReaderPreferences
from gateway.web.form import BLANK, Form, FormError
from gateway.web.labels.done_labels import DONE
from gateway.web.site_context import SiteContext
from gateway.web.visitor import Visitor, login_cookies

if TYPE_CHECKING:
    from zikao.rpc_types import StreamRpcs, UnaryRpcs

TYPED: Final = frozenset({FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_ENUM, FieldDescriptor.TYPE_INT32})
"""What a request's field must be for an input to fill it."""

JUST_DONE: Final = "zikao_done"
"""What the next page says first, by its name among the words."""

SECRETS: Final = ("password", "again", "secret", "backup_code")
"""How the names of inputs end that hold passwords and other secrets."""

PROVIDER_TTL: Final = timedelta(minutes=10)
"""How long a browser may be at a sign-in provider."""

PROVEN_FIRST: Final = frozenset({"SECOND_FACTOR_REQUIRED", "RECENT_PROOF_REQUIRED"})
"""What is refused until something was proven (ID-17, ID-18)."""

Asked = TypeVar("Asked", bound=Message)


@dataclass(slots=True)
class Page:
    """One request for a page: who asks, who reads and how, with what words; and how to answer."""

    request: Request
    shown_path: str
    """Its address; of an address that only takes a form, that of the page above, where the form is shown."""
    visitor: Visitor
    reader: ReaderPreferences
    site: SiteContext
    jar: CookieJar
    form_token: str
    help_address: str
    """Where a guide says what this page is for."""
    now: datetime
    sent: Mapping[str, str | UploadFile] = field(default_factory=dict)
    uploads: Sequence[UploadFile] = ()
    typed: Sequence[tuple[str, str]] = ()
    """The texts of the form that was sent, in its order."""
    cookies: list[Header] = field(default_factory=list)
    late: str = ""
    """A form that was sent too late, sealed, on its way through a login (GW-8)."""
    notice: str = ""
    """What is said above everything else."""

    @property
    def language(self) -> Language:
        """The language it is written in."""
        return self.reader.language

    @property
    def params(self) -> Mapping[str, str]:
        """The variables of the path."""
        return {name: str(value) for name, value in self.request.path_params.items()}

    def form(self) -> Form:
        """The form that was sent: its texts."""
        return Form.of({name: value for name, value in self.sent.items() if isinstance(value, str)})

    def upload(self, name: str) -> UploadFile | None:
        """The file that was sent in an input; None where none was chosen."""
        value = self.sent.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    async def image(self, name: str = "image") -> HttpBody | None:
        """The file that was sent in an input, as services take it; None where none was chosen."""
        if (chosen := self.upload(name)) is None:
            return None
        return HttpBody(content_type=chosen.content_type or "application/octet-stream", data=await chosen.read())

    def secret(self, name: str) -> str:
        """A password that was sent, spaces and all."""
        return str(self.sent.get(name, ""))

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The texts of the form that are given back where it could not be taken: no passwords, and nothing of ours."""
        ours = (FORM_FIELD, LATE_FIELD)
        return [(name, text) for name, text in self.typed if name not in ours and not name.endswith(SECRETS)]

    @property
    def can_send_again(self) -> bool:
        """Whether a form that could not be taken can be sent as it was: pages keep neither files nor passwords."""
        secret = any(name.endswith(SECRETS) for name, _ in self.typed)
        return self.request.method == "POST" and bool(self.typed) and not secret and not self.uploads

    def fill(self, kind: type[Asked], typed: Form = BLANK, /, **named: Any) -> Asked:
        """A request with `named` fields as given, and every other one from the variable of the path or the typed input
        of its name. Of an enum inputs send the number; services refuse nonsense.
        """
        given = Form({**typed.values, **self.params})
        for name, known in kind.DESCRIPTOR.fields_by_name.items():
            if name in given.values and name not in named and known.type in TYPED and not known.is_repeated:
                named[name] = given[name] if known.type == FieldDescriptor.TYPE_STRING else given.number(name)
        return kind(**named)

    @property
    def ask(self) -> "UnaryRpcs":
        """Asks the RPC that a request is for, as the visitor: `await page.ask(GetOrderRequest(...))`, within `seconds`.

        Raises the Refusal that the service answers with.
        """
        return cast("UnaryRpcs", self._ask)

    @property
    def watch(self) -> "StreamRpcs":
        """The messages of the RPC that a request is for; what is refused is raised with the first of them."""
        return cast("StreamRpcs", self._watch)

    async def submit(
        self,
        request: Message,
        form: Form,
        again: "Callable[[Page, Form], Awaitable[Response]]",
        then: str | Callable[[Any], str] = "",
        inputs: Mapping[str, str] | None = None,
        done: str = "",
    ) -> Response:
        """Has done what a form asks for and leads on to `then`, which may depend on the answer, or back to the page of
        the form, which says what was `done`. What is refused is shown `again`, with what to mend.

        `inputs` names the input of a request's field where the two differ.
        """
        try:
            answer = await self._ask(request)
        except Refusal as refusal:
            return await again(self, self.refused(form, refusal, inputs))
        if done:
            self.have_done(done)
        return self.go_on((then if isinstance(then, str) else then(answer)) or self.shown_path)

    def mend(self, form: Form, name: str, zh: str, en: str) -> Form:
        """The form with one more thing to mend: in the input `name`, or as a whole."""
        return form.with_wrong([FormError(name, self.say(zh, en))])

    def refused(self, form: Form, refusal: Refusal, inputs: Mapping[str, str] | None = None) -> Form:
        """The form with what a service says of it. Raises the refusal again where something must be proven first, or
        somebody must log in anew, which have pages of their own.
        """
        if refusal.reason in PROVEN_FIRST or refusal.code is Code.UNAUTHENTICATED:
            raise refusal
        return form.refused(refusal, self.language, inputs)

    async def ask_rpc(self, rpc: MethodDescriptor, request: Message) -> Any:
        """Asks an RPC that its request alone does not tell, since several services have the same."""
        return await self.site.services.of(rpc)(request, metadata=self._metadata())

    def watch_rpc(self, rpc: MethodDescriptor, request: Message) -> AsyncIterator[Any]:
        """The messages of such an RPC; what is refused is raised with the first of them."""
        messages: AsyncIterator[Any] = aiter(self.site.services.of(rpc)(request, metadata=self._metadata()))
        return messages

    async def _ask(self, request: Message, *, seconds: float = CALL_SECONDS) -> Any:
        if "device_token" in request.DESCRIPTOR.fields_by_name:
            cast(Any, request).device_token = self.jar.get(DEVICE)
        call = self.site.services.by_request(request)
        return await call(request, timeout=seconds, metadata=self._metadata())

    def _watch(self, request: Message) -> Any:
        return self.site.services.by_request(request)(request, metadata=self._metadata())

    def _metadata(self) -> list[tuple[str, str]]:
        return caller_metadata(self.request, self.visitor.token)

    def say(self, zh: str, en: str) -> str:
        """The text in the visitor's language."""
        return zh if self.language is Language.CHINESE else en

    def render(self, template: str, *, status: int | None = None, **shown: Any) -> Response:
        """A page from a template; it finds `page`, and what is `shown`: 400 with a `form` to mend, 503 with one that
        cannot be taken now, else 200.
        """
        form = shown.get("form", BLANK)
        refusal = shown.get("refusal") or form.outage
        self._say_what_was_done()
        text = self.text(template, **shown)
        headers = {"cache-control": "no-store", "content-language": self.language.value, "vary": "cookie"}
        if refusal and refusal.retry_after:
            headers["retry-after"] = str(retry_seconds(refusal.retry_after))
        status = status or (form.outage and shown_refusal(form.outage)[1]) or (400 if form.wrong else 200)
        return self._with_cookies(HTMLResponse(text, status, headers))

    def text(self, template: str, **shown: Any) -> str:
        """What a template writes."""
        return self.site.environments[self.language].get_template(template).render(page=self, **shown)

    def file(self, body: HttpBody, name: str = "") -> Response:
        """A file that no browser keeps: shown, or saved as `name`."""
        headers = {"cache-control": "no-store", **_saved_as(name)}
        return self._with_cookies(Response(body.data, media_type=body.content_type, headers=headers))

    def stream(self, pieces: AsyncIterator[str] | AsyncIterator[bytes], media_type: str, name: str = "") -> Response:
        """An answer that is sent while it is made, and that no browser keeps: shown, or saved as `name`."""
        headers = {"cache-control": "no-store", "x-accel-buffering": "no", **_saved_as(name)}
        return self._with_cookies(StreamingResponse(pieces, media_type=media_type, headers=headers))

    def redirect(self, path: str) -> Response:
        """Sends the browser to another page of ours, by GET."""
        return self._with_cookies(redirect_to(path))

    def go_on(self, path: str) -> Response:
        """Leads on to another page of ours, and takes a late form of the same account along (GW-8)."""
        late = self.site.late_forms.open(self.late, self.now) if self.late else None
        if late is None or not same_account(self.form_token, late.token):
            return self.redirect(path)
        return self.render("web/late_form.html", address=path)

    def keep_late_form(self) -> None:
        """Leaves a late form in this browser, which may go to a provider and back (GW-8); one that is too long for a
        cookie stays in its page alone.
        """
        if 0 < len(self.late) <= MOST_IN_COOKIE:
            self.cookies.append(self.jar.set(LATE, self.late, until=self.now + PROVIDER_TTL))

    def take_late_form(self) -> None:
        """The browser is back, and so is the form that it had left."""
        self.late = self.jar.get(LATE)
        self.cookies.append(self.jar.clear(LATE))

    def redirect_to_provider(self, address: str) -> Response:
        """Sends the browser to an organisation's sign-in provider, whose address identity has made (ID-18)."""
        return self._with_cookies(redirect_to_provider(address))

    def log_in(self, tokens: Any) -> None:
        """Opens a login session in this browser with the tokens that a service has just given."""
        self.cookies += login_cookies(self.jar, tokens, self.site.form_tokens)
        self.form_token = self.site.form_tokens.form_token(tokens.login_session_id, tokens.subject_id)

    def log_out(self) -> None:
        """Ends it in this browser."""
        self.cookies += self.jar.log_out()

    @property
    def here(self) -> str:
        """The page's own address, to come back to; home, where others could read it as theirs."""
        query = self.request.url.query
        return own_location(self.request.url.path + (f"?{query}" if query else ""))

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

    @property
    def in_other_type_size(self) -> str:
        """The address of this page in large type, or in the usual one where it is large, and all else it asks for."""
        size = USUAL if self.reader.large_type else LARGE
        return f"?{self.request.url.include_query_params(type_size=size).query}"

    def have_done(self, what: str) -> None:
        """The next page says so, in the words of `done_labels`; it is said once."""
        self.cookies.append(self.jar.set(JUST_DONE, what))

    def _say_what_was_done(self) -> None:
        if self.request.method == "GET" and (said := DONE.get(self.jar.get(JUST_DONE))):
            self.notice = self.notice or said.text(self.language)
            self.cookies.append(self.jar.clear(JUST_DONE))

    def _with_cookies(self, response: Response) -> Response:
        response.raw_headers.extend(self.cookies)
        return response


def caller_metadata(request: Request, token: str) -> list[tuple[str, str]]:
    """What goes along with a call: where it comes from, and the visitor's token."""
    user_agent = request.headers.get("user-agent", "")[:LONGEST_USER_AGENT]
    metadata = [
        ("x-forwarded-for", client_address(request.scope)),
        ("x-user-agent", user_agent if user_agent.isascii() and user_agent.isprintable() else ""),
    ]
    return [*metadata, ("authorization", f"Bearer {token}")] if token else metadata


def _saved_as(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'} if name else {}


def with_next(path: str, following: str) -> str:
    """The address of a page that leads on to another."""
    return f"{path}?next={quote(following, safe='')}"
