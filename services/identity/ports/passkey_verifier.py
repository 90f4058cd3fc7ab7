"""What browsers and authenticators say (WebAuthn, ID-18)."""

from collections.abc import Sequence
from typing import Protocol

from services.identity.domain.authentication.second_factors import Passkey, PasskeyCredential, PasskeyQuestion
from services.identity.domain.staff import Staff


class PasskeyVerifier(Protocol):
    """Asks authenticators, and verifies their answers against the public origin."""

    @property
    def origin(self) -> str:
        """Where passkeys work."""
        ...

    def ask_for_new(self, staff: Staff, known: Sequence[Passkey]) -> PasskeyQuestion:
        """What makes a passkey on an authenticator that has none of those known."""
        ...

    def ask_for_proof(self, known: Sequence[Passkey]) -> PasskeyQuestion:
        """What proves one of those known."""
        ...

    def verify_new(self, answer_json: str, challenge: bytes) -> PasskeyCredential:
        """The credential that was made. Raises PasskeyRefused."""
        ...

    def verify_proof(self, answer_json: str, challenge: bytes, known: Sequence[Passkey]) -> Passkey:
        """The passkey that signed, with its new count. Raises WrongSecondFactor."""
        ...
