"""Tokens that show that a form or a script of our own pages asks.

What a cookie authorises can be forged by another site, so a change by cookie needs such a token too. It is an HMAC over
the login session's id: nothing is stored (GW-2), and a token of one login session is worth nothing in another.
"""

import base64
import hashlib
import hmac


class FormTokens:
    """The tokens that show that one of our own pages asks."""

    def __init__(self, key: bytes) -> None:
        """`key`: the same 32 bytes in every gateway of the suite."""
        self._key = key

    def token(self, login_session_id: str) -> str:
        """The token of a login session."""
        digest = hmac.digest(self._key, login_session_id.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def check(self, login_session_id: str, token: str) -> bool:
        """Whether `token` belongs to the login session."""
        return bool(login_session_id) and hmac.compare_digest(self.token(login_session_id).encode(), token.encode())
