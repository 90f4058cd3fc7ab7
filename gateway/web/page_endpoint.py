"""Pages by address: one explicit table per part, and what happens around every handler."""

import hashlib
import inspect
import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from random import randint
from typing import Final

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, compile_path
from starlette.types import Receive, Scope, Send
from zikao.identity.v1.login_service_pb2 import ProvePasswordRequest

from chassis.call_context import Call, enter
from chassis.errors import PASSING, Code, InternalError, InvalidRequest, NotFound, Overloaded, Refusal
from chassis.ids import new_id
from chassis.process.admission_control import Priority
from chassis.security.tokens import Access
from chassis.telemetry.logs import get_logger
from chassis.telemetry.rpc_metrics import REFUSALS
from gateway.errors import CsrfTokenInvalid, FormOutOfDate
from gateway.http.asgi import ClientGone, client_address, limited_receive
from gateway.http.cookies import ACCESS, REMEMBERED_FOR, CookieJar
from gateway.http.form_tokens import FORM_FIELD, same_account, same_session, tells_account
from gateway.http.forms import sent_form
from gateway.http.front_door.caller_bounds import NOBODY
from gateway.http.late_forms import LATE_FIELD, LateForm
from gateway.http.locations import HELP
from gateway.http.problems import retry_seconds, shown_refusal
from gateway.http.reader_preferences import CHOICES, ReaderPreferences
from gateway.web.form import BLANK, Form
from gateway.web.page_request import PROVEN_FIRST, Page, caller_metadata, with_next
from gateway.web.site_context import SiteContext
from gateway.web.visitor import BACKGROUND, Visitor, recognise

_log = get_logger(__name__)

Handler = Callable[..., Awaitable[Response]]
"""Takes the page; one that shows a form also takes that `form` as it was typed."""

ANYBODY: Final = frozenset(Access)
CANDIDATE: Final = frozenset({Access.CANDIDATE})
REVIEWER: Final = frozenset({Access.REVIEWER})
OPERATOR: Final = frozenset({Access.OPERATOR})
STAFF: Final = REVIEWER | OPERATOR

FORM: Final = "zikao_form"
LOGIN: Final = "/login"
"""Where somebody goes who must log in first."""
PROOF: Final = "/proof"
"""Where staff go who must prove a factor, or the password again, first (ID-17, ID-18)."""
PROOF_PASSWORD: Final = "proof_password"  # noqa: S105  # the name of an input
"""With it comes a form again that was refused until the password was proven (ID-17)."""

CARRYING: Final = frozenset({FORM_FIELD, LATE_FIELD})
"""All that a form holds which only takes a late one along."""

TOO_LONG_TO_KEEP: Final = (
    "登录已结束，本次提交尚未生效；填写的内容过长，登录后无法保留。请用浏览器的“后退”回到原页面，先另存填写的内容。",
    "Your login has ended and nothing was done. What you typed is too long to be kept through a login: go back in your "
    "browser and save it elsewhere first.",
)
TYPED_BEFORE_LOGIN: Final = (
    "登录已结束，本次提交尚未生效。请用同一账号重新登录，填写的内容会保留，密码和文件除外。",
    "Your login has ended and nothing was done. Log in to the same account again: what you typed is kept, but for "
    "passwords and files.",
)
SENT_AGAIN: Final = frozenset({Overloaded.reason, FormOutOfDate.reason})
"""What passes beside outages: the form is given back to be sent again."""
RELOAD_SPREAD: Final = (3, 10)
"""In seconds."""
SMALL_FORM_DIGITS: Final = 4
"""Of its announced length in bytes: up to 9,999 a form is worth reading before it is refused."""
MOST_BYTES: Final = 256 * 1024
"""Of a form without files."""
MOST_BYTES_WITH_FILES: Final = 16 * 1024 * 1024
"""Of one with files: a photo as large as cameras take them, so that its rule can be named (ID-6)."""


@dataclass(frozen=True, slots=True)
class PageRoute:
    """One address: GET shows, POST does; where nothing is shown, GET leads to the next page above.

    A form of more than `most_bytes`, or with more than so many `files`, is refused while it comes in. `priority` says
    how early the page is refused under overload, where it is not by its effect: showing before doing.
    """

    path: str
    show: Handler | None = None
    do: Handler | None = None
    open_to: frozenset[Access] = ANYBODY
    files: int = 0
    most_bytes: int = 0
    """0 for what its files suggest."""
    priority: Priority | None = None
    streams: bool = False
    """Whether it answers with events for as long as a script follows them, which is nothing anybody does (ID-18)."""

    @property
    def form_bytes(self) -> int:
        """How large a form is taken."""
        return self.most_bytes or (MOST_BYTES_WITH_FILES if self.files else MOST_BYTES)

    @property
    def methods(self) -> list[str]:
        """What the address answers to."""
        return ["GET", "POST"] if self.do else ["GET"]

    def priority_of(self, method: str) -> Priority:
        """How early a request is refused."""
        return self.priority or (Priority.NORMAL if method == "POST" else Priority.LOW)


def routes(pages: Iterable[PageRoute], site: SiteContext) -> Sequence[Route]:
    """What answers at the addresses of a table."""
    table = tuple(pages)
    shown = [(compile_path(page.path)[0], page.show) for page in table if page.show]
    return [Route(page.path, _PageEndpoint(page, site, shown), methods=page.methods) for page in table]


@dataclass(frozen=True, slots=True)
class _PageEndpoint:
    """Around one handler: language, visitor, form token, and what to show when it refuses."""

    route: PageRoute
    site: SiteContext
    shown: Sequence[tuple[re.Pattern[str], Handler]]
    """The addresses of its table that show something, and what shows it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        announced = dict(scope["headers"]).get(b"content-length", b"")
        request = Request(scope, limited_receive(receive, announced, self.route.form_bytes), send)
        with suppress(ClientGone):
            response = await self._admitted(request, announced)
            await response(scope, receive, send)

    async def _admitted(self, request: Request, announced: bytes) -> Response:
        try:
            # A small form is read all the same: it is given back to be sent again, and nothing has to be typed anew.
            if request.method != "POST" or len(announced) > SMALL_FORM_DIGITS:
                self.site.front_door.admission.require_room(self.route.priority_of(request.method))
            return await self.answer(request)
        except Overloaded as refusal:
            return self._busy(request, refusal)

    def _busy(self, request: Request, refusal: Overloaded) -> Response:
        REFUSALS.labels(f"{request.method} {self.route.path}", refusal.reason).inc()
        jar = CookieJar(request.headers.get("cookie", ""), secure=self.site.secure_cookies)
        return self.site.busy_pages.answer(refusal, _preferences(request, jar), again=request.method == "GET")

    async def answer(self, request: Request) -> Response:
        secure = self.site.secure_cookies or request.url.scheme == "https"
        jar = CookieJar(request.headers.get("cookie", ""), secure=secure)
        reader = _preferences(request, jar)
        call = Call(
            f"{request.method} {self.route.path}",
            {
                "accept-language": reader.language.value,
                "x-request-id": new_id(),
                "traceparent": request.headers.get("traceparent", ""),
            },
        )
        enter(call)
        metadata, now = caller_metadata(request, ""), self.site.clock.now()
        background = BACKGROUND in request.headers or self.route.streams
        visitor, cookies, outage = await recognise(
            jar,
            self.site.services,
            self.site.form_tokens,
            self.site.front_door.authenticator,
            metadata,
            now,
            background=background,
        )
        page = Page(
            request=request,
            shown_path=self._shown_path(request.url.path),
            visitor=visitor,
            reader=reader,
            site=self.site,
            jar=jar,
            form_token="",
            help_address=self.site.help_addresses.get(self.route.path, HELP),
            now=now,
            cookies=cookies,
        )
        page.form_token = self._form_token(page)
        if chosen := reader.kept(request.query_params, jar, now):
            page.cookies += chosen
            return page.redirect(_without_choices(request))
        return await self._handled(page, call, outage)

    async def _handled(self, page: Page, call: Call, outage: Refusal | None) -> Response:
        try:
            return await self._handle_or_log_in(page, outage)
        except Refusal as refusal:
            if refusal.reason == "PASSWORD_CHANGE_REQUIRED":
                return page.redirect("/password")
            if refusal.reason in PROVEN_FIRST:
                return self._prove_first(page)
            return problem_page(page, NotFound() if _is_of_address(refusal, page) else refusal, call)
        except ClientGone:
            raise
        except Exception:
            _log.exception("unexpected error")
            return problem_page(page, InternalError(), call)

    async def _handle_or_log_in(self, page: Page, outage: Refusal | None) -> Response:
        """Who must log in does so first, and who is known to no service any more; whoever cannot be known for the
        moment is not sent to log in.
        """
        if page.visitor.kind in self.route.open_to:
            try:
                return await self._handle(page, outage)
            except Refusal as refusal:
                if refusal.code is not Code.UNAUTHENTICATED:
                    raise
            page.log_out()
            page.visitor = Visitor()
            page.form_token = self._form_token(page)
        elif outage is not None and not page.visitor.token:
            raise outage
        return await self._log_in_first(page)

    async def _log_in_first(self, page: Page) -> Response:
        """Leads to the login and from there back; a form comes along (GW-8)."""
        if page.request.method == "POST" and self.route.do:
            page.typed = page.typed or await self._typed_late(page)
            page.late = self._sealed(page)
            said = TYPED_BEFORE_LOGIN if page.late else TOO_LONG_TO_KEEP
            page.notice = page.say(*said) if _is_to_keep(page) else ""
        if not page.notice:
            return page.redirect(with_next(LOGIN, page.here))
        response = await self._showing(LOGIN)(page)
        response.status_code = 401
        return response

    async def _typed_late(self, page: Page) -> list[tuple[str, str]]:
        """What somebody typed whose login session has ended: a small form is read for anybody, a larger one for those
        who were known until lately (GW-6).
        """
        door, headers = self.site.front_door, dict(page.request.headers.raw)
        lately = door.authenticator.person(page.jar.get(ACCESS), expired_for=REMEMBERED_FOR)
        known = lately.subject_id if lately and lately.kind in self.route.open_to else NOBODY
        if known == NOBODY and not door.is_small(headers):
            return []
        caller = door.caller(client_address(page.request.scope), known)
        with door.body(caller, headers):
            async with sent_form(page.request, most_files=self.route.files) as sent:
                return _texts(sent)

    def _sealed(self, page: Page) -> str:
        """The form that was sent, for its own account alone; empty where it is nobody's or holds nothing."""
        if not _is_to_keep(page):
            return ""
        return self.site.late_forms.seal(LateForm(page.here, _token_of(page), page.kept), page.now)

    async def _handle(self, page: Page, outage: Refusal | None) -> Response:
        """Raises `outage`, what keeps the visitor's login session from being renewed: once the form is there to be sent
        again.
        """
        door = self.site.front_door
        caller = door.caller(client_address(page.request.scope), page.visitor.subject_id)
        admitted = door.admission.admitted(self.route.priority_of(page.request.method))
        if page.request.method != "POST" or self.route.do is None:
            if outage is not None:
                raise outage
            if self.route.show is None:
                return page.redirect(page.shown_path)
            with door.bounds.request(caller), admitted:
                return await self.route.show(page)
        with door.body(caller, dict(page.request.headers.raw)):
            async with sent_form(page.request, most_files=self.route.files) as sent:
                page.sent, page.typed = dict(sent), _texts(sent)
                page.uploads = [one for _, one in sent.multi_items() if isinstance(one, UploadFile) and one.filename]
                in_time = _is_in_time(page)
                if outage is not None:
                    raise outage
                with door.bounds.request(caller), admitted:
                    if not in_time:
                        return await self._give_back(page, FormOutOfDate.status)
                    page.late = str(page.sent.get(LATE_FIELD, ""))
                    if page.late and page.sent.keys() <= CARRYING:
                        return await self._go_on(page)
                    return await self._prove_and_do(page, self.route.do)

    async def _go_on(self, page: Page) -> Response:
        """After a login: the form that was sent before it, filled in, where it belongs to this account and page (GW-8).

        On the way there other pages may be shown, which take it along.
        """
        late = self.site.late_forms.open(page.late, page.now)
        if late is None or not same_account(page.form_token, late.token):
            return page.redirect(page.here if self.route.show else page.shown_path)
        if late.address != page.here:
            return await self.route.show(page) if self.route.show else page.go_on(page.shown_path)
        page.late, page.sent, page.typed = "", dict(late.typed), late.typed
        return await self._give_back(page, 200)

    async def _give_back(self, page: Page, status: int) -> Response:
        """The page of a form that came too late, with what was typed (GW-8).

        Raises FormOutOfDate, which has a page to send it again from, where its own has nothing to fill in.
        """
        show = self._showing(page.shown_path)
        if "form" not in inspect.signature(show).parameters or not page.kept:
            raise FormOutOfDate()
        page.notice = FormOutOfDate().message(page.language.value)
        response = await show(page, Form.of(dict(page.kept)))
        if response.status_code == 200:
            response.status_code = status
        return response

    async def _prove_and_do(self, page: Page, do: Handler) -> Response:
        """Proves the password first where it came with the form (ID-17)."""
        if password := page.secret(PROOF_PASSWORD):
            try:
                await page.ask(ProvePasswordRequest(password=password))
            except Refusal as refusal:
                return _proof_page(page, page.refused(page.form(), refusal, {"password": PROOF_PASSWORD}))
        return await do(page)

    def _shown_path(self, path: str) -> str:
        """The address itself, or the next page above one that only takes forms.

        Nobody means to look there, but browsers do: reloading, changing the language, after logging in again.
        """
        if self.route.show:
            return path
        above = map(str, PurePosixPath(path).parents)
        return next(path for path in above if any(one.fullmatch(path) for one, _ in self.shown))

    def _showing(self, path: str) -> Handler:
        """What shows the page at an address of the table."""
        return next(show for one, show in self.shown if one.fullmatch(path))

    def _prove_first(self, page: Page) -> Response:
        """Candidates have no factor but the password, which is asked for on the spot; then goes on what they were
        doing. Staff go to a page of its own, and their form comes along.
        """
        if page.visitor.kind is Access.CANDIDATE:
            return _proof_page(page, BLANK)
        page.late = page.late or self._sealed(page)
        return page.go_on(with_next(PROOF, page.here if page.late else page.shown_path))

    def _form_token(self, page: Page) -> str:
        """Of the login session; before there is one, of a cookie that only this browser has."""
        if page.visitor.login_session_id:
            return self.site.form_tokens.form_token(page.visitor.login_session_id, page.visitor.subject_id)
        browser = page.jar.get(FORM)
        if not browser:
            browser = secrets.token_urlsafe(24)
            page.cookies.append(page.jar.set(FORM, browser))
        return self.site.form_tokens.token(f"browser {hashlib.sha256(browser.encode()).hexdigest()}")


def not_found(site: SiteContext) -> Callable[[Request, Exception], Awaitable[Response]]:
    """What answers where there is no page."""

    async def refuse(page: Page) -> Response:
        raise NotFound()

    answering = _PageEndpoint(PageRoute("*", show=refuse), site, ())

    async def answer(request: Request, _: Exception) -> Response:
        return await answering.answer(request)  # the same answer without a route, whatever the method

    return answer


def _token_of(page: Page) -> str:
    return dict(page.typed).get(FORM_FIELD, "")


def _is_to_keep(page: Page) -> bool:
    """Whether somebody typed something into a form of an account's."""
    return bool(page.kept) and tells_account(_token_of(page))


def _texts(sent: FormData) -> list[tuple[str, str]]:
    return [(name, text) for name, text in sent.multi_items() if isinstance(text, str)]


def _is_in_time(page: Page) -> bool:
    """Whether the form was shown in this login session; not where it was in another one of the same account, so that
    it is nobody else's (GW-8). Raises CsrfTokenInvalid.
    """
    sent = str(page.sent.get(FORM_FIELD, ""))
    if same_session(page.form_token, sent):
        return True
    if same_account(page.form_token, sent):
        return False
    raise CsrfTokenInvalid()


def _is_of_address(refusal: Refusal, page: Page) -> bool:
    """Whether nothing is wrong with a request but the address that somebody came by: there is no such page."""
    wrong = {one.field for one in refusal.fields}
    return bool(wrong) and refusal.reason == InvalidRequest.reason and wrong <= page.params.keys()


def problem_page(page: Page, refusal: Refusal, call: Call) -> Response:
    """What went wrong, what to do next, and what to quote when asking for help. What passes by itself is tried again by
    itself, or sent again with one press (GW-7).
    """
    shown, status = shown_refusal(refusal)
    response = page.render(
        "web/problem.html",
        status=status,
        refusal=shown,
        message=shown.message(page.language.value),
        trace_id=call.trace.trace_id,
        passing=shown.code in PASSING or shown.reason in SENT_AGAIN,
        reload_seconds=_reload_seconds(shown),
        typed=page.kept,
    )
    if shown.retry_after is not None:
        response.headers["retry-after"] = str(retry_seconds(shown.retry_after))
    return response


def _proof_page(page: Page, form: Form) -> Response:
    return page.render("web/password_proof.html", form=form, typed=page.kept)


def _reload_seconds(refusal: Refusal) -> int:
    """When a page looks again: not before it is worth it, and not all pages at once."""
    soonest = retry_seconds(refusal.retry_after) if refusal.retry_after else 0
    return soonest + randint(*RELOAD_SPREAD)  # noqa: S311  # no secret


def _preferences(request: Request, jar: CookieJar) -> ReaderPreferences:
    return ReaderPreferences.of(request.query_params, jar, request.headers.get("accept-language", ""))


def _without_choices(request: Request) -> str:
    """The address of the page whose reader has just chosen how it is shown."""
    return str(request.url.remove_query_params(CHOICES).replace(scheme="", netloc=""))
