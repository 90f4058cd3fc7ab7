"""Who says that they ask: bearer tokens for tools, cookies for browsers.

A caller that logs in with `X-Login-Session: cookie` gets its tokens as HttpOnly cookies, out of reach of scripts and
blank in the answer, and from then on need not send them. What a cookie authorises can be forged by another site, so
changes also need `X-CSRF-Token`: the value of the cookie `zikao_csrf`, which only our own pages can read.
"""

from dataclasses import dataclass
from typing import Any, Final

from gateway.contracts.proto_json import MessageType, MessageTypes
from gateway.contracts.rpcs import Rpc
from gateway.errors import CsrfTokenInvalid
from gateway.http.asgi import Header, Request
from gateway.http.cookies import ACCESS, DEVICE, REFRESH, CookieJar, login_session_of
from gateway.http.form_tokens import FormTokens

ASKS_FOR_COOKIES: Final = b"x-login-session"
CSRF_HEADER: Final = b"x-csrf-token"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

TOKENS: Final = "zikao.identity.v1.Tokens"
REFRESHES: Final = "zikao.identity.v1.LoginService.RefreshLoginSession"
ENDS_ONE: Final = "zikao.identity.v1.LoginService.DeleteLoginSession"
ENDS_ALL: Final = "zikao.identity.v1.LoginService.RevokeAllLoginSessions"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request shows: the `authorization` to pass on, and whether it came as a cookie."""

    authorization: str = ""
    by_cookie: bool = False


NOBODY: Final = Credentials()


class CookieLogin:
    """The cookies of one RPC: who asks by them, and what an answer does to them."""

    def __init__(self, rpc: Rpc, messages: MessageTypes, form_tokens: FormTokens, *, secure: bool) -> None:
        self._rpc = rpc
        self._form_tokens = form_tokens
        self._secure = secure
        self._request: MessageType = messages.type(rpc.descriptor.input_type.full_name)
        self._answer: MessageType = messages.type(rpc.descriptor.output_type.full_name)
        self._tokens_in = _tokens_in(rpc)
        self._takes_device = "device_token" in rpc.descriptor.input_type.fields_by_name
        self._ends = rpc.name in (ENDS_ONE, ENDS_ALL)
        self.concerned = self._tokens_in is not None or self._ends
        """Whether answers of this RPC give or take login sessions."""

    def credentials(self, request: Request) -> Credentials:
        """Who asks. Raises CsrfTokenInvalid for a change by cookie without its form token."""
        bearer = request.text(b"authorization")
        if bearer or b"cookie" not in request.headers:
            return Credentials(bearer)
        access = self.jar(request).get(ACCESS)
        if not access:
            return NOBODY
        if request.method not in SAFE_METHODS and not self._form_token_fits(request, access):
            if self._rpc.access.public:
                return NOBODY
            raise CsrfTokenInvalid()
        return Credentials(f"Bearer {access}", by_cookie=True)

    def with_cookie_tokens(self, request: Request, wire: bytes) -> bytes:
        """The request of a browser with what its cookies hold of it: the refresh token where it asks to refresh, the
        device token where it may show one. Raises CsrfTokenInvalid.
        """
        if not _asks_for_cookies(request):
            return wire
        jar = self.jar(request)
        if self._takes_device:
            return wire + self._request.write(device_token=jar.get(DEVICE))
        if self._rpc.name != REFRESHES:
            return wire
        refresh = jar.get(REFRESH)
        if not refresh:
            return wire
        if not self._form_token_fits(request, jar.get(ACCESS)):
            raise CsrfTokenInvalid()
        return wire + self._request.write(refresh_token=refresh)

    def with_cookies(
        self, request: Request, credentials: Credentials, asked: bytes, answered: bytes
    ) -> tuple[bytes, list[Header]]:
        """The answer as a browser may see it, and the cookies to set or take away."""
        if not credentials.by_cookie and not _asks_for_cookies(request):
            return answered, []
        if self._ends:
            return answered, self.jar(request).log_out() if self._is_own(asked) else []
        return self._moved_to_cookies(request, answered)

    def _moved_to_cookies(self, request: Request, answered: bytes) -> tuple[bytes, list[Header]]:
        answer = self._answer.read(answered)
        tokens = getattr(answer, self._tokens_in) if self._tokens_in else answer
        if tokens is None or not tokens.access_token:
            return answered, []
        cookies = login_cookies(self.jar(request), tokens, self._form_tokens)
        if tokens.device_token:
            cookies += self.jar(request).remember_device(tokens.device_token, tokens.device_expire_time.to_datetime())
        tokens.access_token = tokens.refresh_token = tokens.device_token = ""
        return answer.to_binary(), cookies

    def _is_own(self, asked: bytes) -> bool:
        return self._rpc.name == ENDS_ALL or self._request.read(asked).login_session_id == "current"

    def _form_token_fits(self, request: Request, access: str) -> bool:
        return self._form_tokens.check(login_session_of(access), request.text(CSRF_HEADER))

    def jar(self, request: Request) -> CookieJar:
        """The cookies that came with a request."""
        return CookieJar(request.text(b"cookie"), secure=self._secure or request.https)


def login_cookies(jar: CookieJar, tokens: Any, form_tokens: FormTokens) -> list[Header]:
    """The cookies of a login session that has just been opened or renewed."""
    form_token, until = form_tokens.token(tokens.login_session_id), tokens.refresh_expire_time.to_datetime()
    return jar.log_in(tokens.access_token, tokens.refresh_token, form_token, until)


def _asks_for_cookies(request: Request) -> bool:
    return request.headers.get(ASKS_FOR_COOKIES) == b"cookie"


def _tokens_in(rpc: Rpc) -> str | None:
    """The field of the answer that holds new tokens, empty when the whole answer does, None when none does."""
    answer = rpc.descriptor.output_type
    if answer.full_name == TOKENS:
        return ""
    held = (field.name for field in answer.fields if field.message_type and field.message_type.full_name == TOKENS)
    return next(held, None)
