"""Tokens that show that a form or a script of our own pages asks.

What a cookie authorises can be forged by another site, so a change by cookie needs such a token too. It is an HMAC over
the login session's id: nothing is stored (GW-2), and a token of one login session is worth nothing in another.
"""

import base64
import hashlib
import hmac
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key


class FormTokens:
    """The tokens that show that one of our own pages asks."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def load(cls, keys_dir: Path) -> "FormTokens":
        """The tokens of this suite, whichever process makes or checks them.

        Raises FileNotFoundError without the gateway's key.
        """
        private = load_pem_private_key((keys_dir / "gateway.pem").read_bytes(), password=None)
        assert isinstance(private, Ed25519PrivateKey)
        secret = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        return cls(HKDF(SHA256(), 32, salt=None, info=b"zikao form tokens").derive(secret))

    def token(self, login_session_id: str) -> str:
        """The token of a login session."""
        digest = hmac.digest(self._key, login_session_id.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def check(self, login_session_id: str, token: str) -> bool:
        """Whether `token` belongs to the login session."""
        return bool(login_session_id) and hmac.compare_digest(self.token(login_session_id).encode(), token.encode())
