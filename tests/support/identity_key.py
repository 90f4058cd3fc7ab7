"""A key of identity for tests that run no identity: tokens of people by it, and whoever verifies them."""

from datetime import timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from chassis.clock import ManualClock, SystemClock
from chassis.security.tokens import Access, Principal, Signer, Verifier

_KEY: Final = Ed25519PrivateKey.generate()
_PRIVATE: Final = _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
_PUBLIC: Final = _KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def token_of(
    kind: Access,
    subject_id: str,
    login_session_id: str,
    age: timedelta = timedelta(),
    left: timedelta = timedelta(days=1),
) -> str:
    """A token of somebody with a login session, given some time ago and good for another day unless told."""
    given = ManualClock(SystemClock().now() - age)
    return Signer("identity", _PRIVATE, given).sign(Principal(kind, subject_id, login_session_id), age + left)


def gateways_verifier() -> Verifier:
    """What a gateway verifies such tokens by."""
    return Verifier([("identity", _PUBLIC)], SystemClock(), audience="gateway")
