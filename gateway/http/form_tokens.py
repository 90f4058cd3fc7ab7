"""Tokens that show that a form or a script of our own pages asks.

What a cookie authorises can be forged by another site, so a change by cookie needs such a token too. It is an HMAC over
the login session's id: nothing is stored (GW-2), and a token of one login session is worth nothing in another. That of
a form also tells whose it is, so that what the same person sends too late is given back to them (GW-8).
"""

import base64
import hashlib
import hmac
from typing import Final

FORM_FIELD: Final = "csrf_token"
"""The input with which a form's token comes along."""
SEPARATOR: Final = "."


class FormTokens:
    """The tokens that show that one of our own pages asks."""

    def __init__(self, key: bytes) -> None:
        """`key`: the same 32 bytes in every gateway of the suite."""
        self._key = key

    def token(self, login_session_id: str) -> str:
        """The token of a login session."""
        digest = hmac.digest(self._key, login_session_id.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def form_token(self, login_session_id: str, subject_id: str) -> str:
        """The token of a form that is shown to an account in a login session."""
        return f"{self.token(login_session_id)}{SEPARATOR}{self.token(f'account {subject_id}')}"

    def check(self, login_session_id: str, token: str) -> bool:
        """Whether `token` belongs to the login session, a form's or not."""
        return bool(login_session_id) and _same_part(0, self.token(login_session_id), token)


def same_session(shown: str, sent: str) -> bool:
    """Whether a form's token is of the login session, or the browser, that another is of."""
    return _same_part(0, shown, sent)


def same_account(shown: str, sent: str) -> bool:
    """Whether a form was shown to the account that another was shown to: in whichever of its login sessions."""
    return _same_part(2, shown, sent)


def tells_account(token: str) -> bool:
    """Whether a form's token tells whose it is: that of a form for nobody in particular does not."""
    return bool(token.partition(SEPARATOR)[2])


def _same_part(part: int, shown: str, sent: str) -> bool:
    ours, theirs = shown.partition(SEPARATOR)[part], sent.partition(SEPARATOR)[part]
    return bool(ours) and hmac.compare_digest(ours.encode(), theirs.encode())
