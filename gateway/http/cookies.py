"""The cookies of a login session: their names, how they are set and taken away, for the API and the pages alike.

Over https the names begin with `__Host-`, so that no other host of the domain can set them.
"""

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

from gateway.http.asgi import Header

ACCESS: Final = "zikao_access"
REFRESH: Final = "zikao_refresh"
CSRF: Final = "zikao_csrf"
DEVICE: Final = "zikao_device"
"""By what identity knows the browser from earlier logins (F-28); it outlasts them."""
LOGIN_COOKIES: Final = (ACCESS, REFRESH, CSRF)

RENEWED_BEFORE_END: Final = timedelta(minutes=1)
"""A login session is renewed so long before its access token ends."""
REMEMBERED_FOR: Final = timedelta(days=1)
"""Whoever was proven so recently is shown their own forms again while nobody can renew their login session (GW-7)."""

_LONG_AGO: Final = "Thu, 01 Jan 1970 00:00:00 GMT"


class CookieJar:
    """The cookies of one request, by names without their prefix, and the headers that set them."""

    def __init__(self, cookie_header: str, *, secure: bool) -> None:
        """`secure`: the browser came by https."""
        self._secure = secure
        self._cookies = _parsed(cookie_header)

    def get(self, name: str) -> str:
        """The value of a cookie; empty when the browser sent none."""
        return self._cookies.get(self._full(name), "")

    def pair(self, name: str, value: str) -> bytes:
        """A cookie as the browser will send it."""
        return f"{self._full(name)}={value}".encode("latin-1")

    def set(self, name: str, value: str, *, until: datetime | None = None, readable: bool = False) -> Header:
        """The header that sets a cookie until an instant, or for as long as the browser runs; `readable` by scripts."""
        lasting = f"; Expires={format_datetime(until, usegmt=True)}" if until else ""
        return self._header(name, value, lasting + ("" if readable else "; HttpOnly"))

    def clear(self, name: str) -> Header:
        """The header that takes a cookie away."""
        return self._header(name, "", f"; Expires={_LONG_AGO}")

    def log_in(self, access: str, refresh: str, form_token: str, until: datetime) -> list[Header]:
        """The headers that open a login session in this browser."""
        return [
            self.set(ACCESS, access, until=until),
            self.set(REFRESH, refresh, until=until),
            self.set(CSRF, form_token, until=until, readable=True),
        ]

    def remember_device(self, token: str, until: datetime) -> list[Header]:
        """The header that keeps a device token until an instant; none without one."""
        return [self.set(DEVICE, token, until=until)] if token else []

    def log_out(self) -> list[Header]:
        """The headers that end it."""
        return [self.clear(name) for name in LOGIN_COOKIES]

    def _header(self, name: str, value: str, attributes: str) -> Header:
        secure = "; Secure" if self._secure else ""
        return b"set-cookie", f"{self._full(name)}={value}; Path=/; SameSite=Lax{secure}{attributes}".encode("latin-1")

    def _full(self, name: str) -> str:
        return f"__Host-{name}" if self._secure else name


def claims_of(access_token: str) -> Mapping[str, Any]:
    """What a token says of itself, unverified; nothing where it is no token."""
    try:
        payload = access_token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, LookupError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def login_session_of(access_token: str) -> str:
    """The login session that a token says it belongs to, unverified; empty when it says nothing."""
    return str(claims_of(access_token).get("sid", ""))


def _parsed(header: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in header.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}
