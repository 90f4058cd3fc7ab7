"""The tokens by which the callers of a test prove who they are."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from chassis.clock import Clock
from chassis.ids import new_id
from chassis.security.tokens import Access, Principal, Signer

Metadata = tuple[tuple[str, str]]
VALID_FOR: Final = timedelta(days=30)
"""Longer than any test moves its clock, except those that are about the end of a token."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Makes the `authorization` of a call by anybody. `keys_dir` holds the keys of every service."""

    keys_dir: Path
    clock: Clock

    def of(self, principal: Principal, valid_for: timedelta = VALID_FOR) -> Metadata:
        """A person, as identity says who they are (ID-14)."""
        return _bearer(Signer.load(self.keys_dir, "identity", self.clock).sign(principal, valid_for))

    def candidate(self, candidate_id: str) -> Metadata:
        """A candidate with a login session."""
        return self.of(Principal(Access.CANDIDATE, candidate_id, login_session_id="login session"))

    def reviewer(self, organisation: str, reviewer_id: str = "") -> Metadata:
        """A reviewer of an organisation with a login session; a new one unless named."""
        return self.of(Principal(Access.REVIEWER, reviewer_id or new_id(), "login session", organisation=organisation))

    def operator(self, operator_id: str = "operator-1") -> Metadata:
        """An operator with a login session."""
        return self.of(Principal(Access.OPERATOR, operator_id, "login session", organisation="AUTHORITY"))

    def service(self, name: str, audience: str) -> Metadata:
        """The service `name`, calling the service `audience`."""
        return _bearer(Signer.load(self.keys_dir, name, self.clock).sign_as_service(audience, VALID_FOR))


def forged_by(name: str, audience: str, clock: Clock) -> Metadata:
    """What somebody signs as a service with a key that nobody knows, such as one that the gateway might have."""
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return _bearer(Signer(name, key, clock).sign_as_service(audience, VALID_FOR))


def _bearer(token: str) -> Metadata:
    return (("authorization", f"Bearer {token}"),)
