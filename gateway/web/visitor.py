"""Who is browsing, by the token in their cookie, which is verified before any page trusts it (GW-2)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

from zikao.identity.v1 import login_service_pb2, resources_pb2

from chassis.errors import Code, Refusal
from chassis.security.revocations import RevocationsUnknown
from chassis.security.tokens import Access
from gateway.http.asgi import Header
from gateway.http.cookies import ACCESS, REFRESH, REMEMBERED_FOR, RENEWED_BEFORE_END, CookieJar, claims_of
from gateway.http.form_tokens import FormTokens
from gateway.http.front_door.authenticator import Authenticator
from gateway.web.service_calls import ServiceCalls

STAFF: Final = frozenset({Access.REVIEWER, Access.OPERATOR})
ACTIVITY_SECONDS: Final = 60
"""What staff do is told to identity by the minute, so that their login sessions end when it stops (ID-18)."""

AUTHORITY: Final = "AUTHORITY"
"""The organisation of the exam authority; any other is a host school, by its code."""

BACKGROUND: Final = "x-background"
"""A header by which a script of our pages says that it asks by itself, and nobody did anything."""

ENDS_IT: Final = frozenset({Code.UNAUTHENTICATED, Code.PERMISSION_DENIED, Code.INVALID_ARGUMENT, Code.NOT_FOUND})
"""Answers that say that there is no such login session to renew."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser's user: nobody in particular before they log in."""

    token: str = ""
    login_session_id: str = ""
    subject_id: str = ""
    kind: Access = Access.PUBLIC

    @classmethod
    def of(cls, token: str, authenticator: Authenticator) -> Self:
        """The user whom a token proves, or proved until it expired; nobody in particular where it never did."""
        principal = authenticator.person(token, expired_for=REMEMBERED_FOR)
        if principal is None:
            return cls()
        return cls(token, principal.login_session_id, principal.subject_id, principal.kind)


async def recognise(
    jar: CookieJar,
    services: ServiceCalls,
    form_tokens: FormTokens,
    authenticator: Authenticator,
    metadata: list[tuple[str, str]],
    now: datetime,
    *,
    background: bool = False,
) -> tuple[Visitor, list[Header], Refusal | None]:
    """The visitor, and the cookies to set: a login session whose access token ends soon is renewed first (ID-14), and
    one of staff by the minute while they do something; what a script asks in the `background` is nothing (ID-18).

    Only a refusal of the login session itself ends it. When it cannot be renewed now, the visitor stays who they are by
    a token that has not ended, and else is told why nothing can be done for them (GW-7).
    """
    token = jar.get(ACCESS)
    if not token:
        return Visitor(), [], None
    try:
        visitor = Visitor.of(token, authenticator)
    except RevocationsUnknown as refusal:
        return Visitor(), [], refusal  # Staff wait; nobody is logged out for it.
    claims = claims_of(token) if visitor.token else {}
    left = claims.get("exp", 0) - now.timestamp()
    still_good = left > RENEWED_BEFORE_END.total_seconds()
    news = visitor.kind in STAFF and claims.get("iat", now.timestamp()) <= now.timestamp() - ACTIVITY_SECONDS
    if still_good and (background or not news):
        return visitor, [], None
    refresh_token = jar.get(REFRESH)
    if not refresh_token:
        return (visitor, [], None) if left > 0 else (Visitor(), jar.log_out(), None)
    request = login_service_pb2.RefreshLoginSessionRequest(refresh_token=refresh_token, background=background)
    try:
        tokens = await services.by_request(request)(request, metadata=metadata)
    except Refusal as refusal:
        if refusal.reason == "REFRESH_TOKEN_JUST_USED":
            # In another tab a second factor was just proven: the next request has its tokens.
            return visitor, [], None
        if refusal.code is Code.UNAUTHENTICATED or (refusal.code in ENDS_IT and not still_good):
            return Visitor(), jar.log_out(), None
        return visitor, [], None if left > 0 else refusal  # What they did is told with the next request.
    return Visitor.of(tokens.access_token, authenticator), login_cookies(jar, tokens, form_tokens), None


def login_cookies(jar: CookieJar, tokens: resources_pb2.Tokens, form_tokens: FormTokens) -> list[Header]:
    """The cookies of a login session that has just been opened or renewed."""
    until = tokens.refresh_expire_time.ToDatetime(tzinfo=UTC)
    form_token = form_tokens.token(tokens.login_session_id)
    device_until = tokens.device_expire_time.ToDatetime(tzinfo=UTC)
    return [
        *jar.log_in(tokens.access_token, tokens.refresh_token, form_token, until),
        *jar.remember_device(tokens.device_token, device_until),
    ]
