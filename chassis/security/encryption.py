"""Personal data at rest: encrypted fields, and blind indexes to look them up by without being able to read them."""

import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES: Final = 12
_END_OF_KEY_ID: Final = b"\x00"


class Undecipherable(Exception):
    """A field cannot be decrypted: its key is missing, or it was tampered with."""


class FieldCipher:
    """AES-256-GCM under named keys. New values use the first key; old values name theirs, so keys can be rotated."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """`keys`: 32 bytes each by id, the one in use first. Raises ValueError for none or another length."""
        if not keys or any(len(key) != 32 for key in keys.values()):
            raise ValueError("field keys are 32 bytes each, and there is at least one")
        self._current = next(iter(keys))
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}

    @classmethod
    def of(cls, current: str, *older: str, earlier_names: Mapping[str, str] | None = None) -> "FieldCipher":
        """With keys of 64 hex digits. They are named by their hash, so that rotation needs no names in the
        configuration; `earlier_names` has those that were named otherwise once. Raises ValueError.
        """
        keys = [bytes.fromhex(text) for text in (current, *older)]
        named = {hashlib.sha256(key).hexdigest()[:8]: key for key in keys}
        return cls(named | {name: bytes.fromhex(text) for name, text in (earlier_names or {}).items()})

    @property
    def mark(self) -> bytes:
        """What everything sealed with the key in use begins with."""
        return self._current.encode() + _END_OF_KEY_ID

    def encrypt(self, text: str, *, context: str = "") -> bytes:
        """The text, readable only with the key and the same `context` (the row it belongs to, say)."""
        return self.seal(text.encode(), context=context)

    def decrypt(self, stored: bytes, *, context: str = "") -> str:
        """The text again. Raises Undecipherable."""
        return self.unseal(stored, context=context).decode()

    def seal(self, content: bytes, *, context: str = "") -> bytes:
        """As `encrypt`, for what is not text: an image."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, content, context.encode())
        return self.mark + nonce + sealed

    def unseal(self, stored: bytes, *, context: str = "") -> bytes:
        """The content again. Raises Undecipherable."""
        name, _, rest = stored.partition(_END_OF_KEY_ID)
        cipher = self._ciphers.get(name.decode(errors="replace"))
        if cipher is None:
            raise Undecipherable("the key of this field is not configured")
        try:
            return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], context.encode())
        except InvalidTag as tampered:
            raise Undecipherable("this field is not what was stored") from tampered


class BlindIndex:
    """A keyed hash by which equal texts are found without storing them."""

    def __init__(self, key: bytes) -> None:
        """`key`: 32 bytes. Raises ValueError for another length."""
        if len(key) != 32:
            raise ValueError("an index key is 32 bytes")
        self._key = key

    def of(self, text: str) -> bytes:
        """32 bytes that are the same for the same text (HMAC-SHA256). Normalise before."""
        return hmac.new(self._key, text.encode(), hashlib.sha256).digest()
