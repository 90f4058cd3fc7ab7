"""Who asks, by their token, before anything is done for them: public keys are enough to verify it (GW-2)."""

from datetime import timedelta
from typing import Final

from chassis.errors import Unauthenticated
from chassis.security.tokens import PEOPLE, Principal, Verifier

BEARER: Final = "Bearer "
LONGEST_TOKEN: Final = 4096
"""Characters; ours have some 400."""


class Authenticator:
    """Verifies the tokens of people. Services have none for the gateway."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    def person(self, token: str, *, expired_for: timedelta = timedelta()) -> Principal | None:
        """Whom a token proves; nobody when it is forged, ended, not a person's, or has been expired for so long."""
        if not token or len(token) > LONGEST_TOKEN:
            return None
        try:
            principal = self._verifier.verify(token, expired_for=expired_for)
        except Unauthenticated:
            return None
        return principal if principal.kind in PEOPLE else None

    def bearer(self, authorization: str) -> Principal | None:
        """Whom an `authorization` header proves."""
        return self.person(authorization.removeprefix(BEARER)) if authorization.startswith(BEARER) else None
