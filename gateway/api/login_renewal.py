"""Login sessions of browsers that ask the API by cookie, as the streams and scripts of our pages do: they last like
those of whoever looks at pages (GW-8).
"""

from typing import Final

from chassis.errors import Code, Refusal
from chassis.rpc.client import CALL_SECONDS, Metadata, Peers
from gateway.api.credentials import REFRESHES, CookieLogin, login_cookies
from gateway.contracts.proto_json import MessageType
from gateway.contracts.rpcs import Contracts
from gateway.http.asgi import LONGEST_USER_AGENT, Header, Request
from gateway.http.cookies import ACCESS, REFRESH, REMEMBERED_FOR, RENEWED_BEFORE_END
from gateway.http.form_tokens import FormTokens
from gateway.http.front_door.authenticator import Authenticator

COOKIE: Final = b"cookie"


class LoginRenewal:
    """Renews what ends soon before anything is asked with it."""

    def __init__(
        self, contracts: Contracts, peers: Peers, form_tokens: FormTokens, authenticator: Authenticator
    ) -> None:
        [rpc] = (one for one in contracts.rpcs if one.name == REFRESHES)
        self._request: MessageType = contracts.messages.type(rpc.descriptor.input_type.full_name)
        self._tokens: MessageType = contracts.messages.type(rpc.descriptor.output_type.full_name)
        self._ask = peers.named(rpc.upstream).unary_unary(rpc.path)
        self._form_tokens = form_tokens
        self._authenticator = authenticator

    async def renew(self, request: Request, login: CookieLogin) -> list[Header]:
        """The cookies to set, whatever the answer will be: those of a login session whose access token has ended or
        ends soon. From then on the request has the new tokens. It is no activity of staff: pages tell of that (ID-18).

        Raises CsrfTokenInvalid; what keeps the login session from being renewed now, where the access token has ended
        (GW-7). What refuses the login session itself leaves the request as it is, to be refused.
        """
        if login.concerned or not login.credentials(request).by_cookie:
            return []
        jar = login.jar(request)
        access, refresh = jar.get(ACCESS), jar.get(REFRESH)
        if not refresh or not self._ends_soon(access):
            return []
        wire = self._request.write(refresh_token=refresh, background=True)
        try:
            answered = await self._ask(wire, timeout=CALL_SECONDS, metadata=_metadata(request))
        except Refusal as refusal:
            if refusal.code is Code.UNAVAILABLE and self._authenticator.person(access) is None:
                raise
            return []
        tokens = self._tokens.read(answered)
        request.headers[COOKIE] += b"; " + jar.pair(ACCESS, tokens.access_token)
        return login_cookies(jar, tokens, self._form_tokens)

    def _ends_soon(self, access: str) -> bool:
        person = self._authenticator.person
        return person(access, expired_for=-RENEWED_BEFORE_END) is None and (
            person(access, expired_for=REMEMBERED_FOR) is not None
        )


def _metadata(request: Request) -> Metadata:
    return [
        ("x-forwarded-for", request.client),
        ("x-user-agent", request.text(b"user-agent")[:LONGEST_USER_AGENT]),
    ]
