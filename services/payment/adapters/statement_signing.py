"""Signs statements with the service's own key (PA-10): whoever has its public key can verify what was filed."""

import hashlib
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

SHOWN_DIGITS = 16


class KeySigner:
    """Signs with an Ed25519 key. What it signs is JSON and begins with a brace, so that no signature of
    it can pass for that of a token.
    """

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self._key = key
        raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = f"{name}:{hashlib.sha256(raw).hexdigest()[:SHOWN_DIGITS]}"

    @classmethod
    def load(cls, keys_dir: Path, name: str) -> Self:
        """The signer of the service `name`. Raises FileNotFoundError."""
        key = load_pem_private_key((keys_dir / f"{name}.pem").read_bytes(), None)
        assert isinstance(key, Ed25519PrivateKey)
        return cls(name, key)

    def sign(self, document: bytes) -> bytes:
        """An Ed25519 signature."""
        return self._key.sign(document)
