"""Signatures under `/pay` (PA-5): Ed25519 over `timestamp + "." + subject + "." + body`; docs/sandbox.md has the form.

The subject says what a message is for, so that a signed request cannot be sent to another address, nor an answer be
passed off as a notification. The timestamp bounds how long a recording is good for.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from sandbox.web.refusals import unauthorised

WINDOW_SECONDS: Final = 300
DEMO_MERCHANT: Final = "zikao"
MERCHANT: Final = "x-sandbox-merchant"
TIMESTAMP: Final = "x-sandbox-timestamp"
SIGNATURE: Final = "x-sandbox-signature"
KEY_ID: Final = "x-sandbox-key-id"
DIGEST: Final = "x-sandbox-digest"
NOTIFICATION: Final = "notification"


def request_subject(method: str, target: str) -> str:
    """What a request is for; `target` is its path with the query exactly as sent."""
    return f"{method} {target}"


def answer_subject(status: int, subject: str) -> str:
    """What an answer is for."""
    return f"answer {status} {subject}"


def canonical(timestamp: str, subject: str, body: bytes) -> bytes:
    """The bytes that are signed."""
    return f"{timestamp}.{subject}.".encode() + body


@dataclass(frozen=True, slots=True)
class PlatformKey:
    """The key that signs answers and notifications."""

    private: Ed25519PrivateKey

    @classmethod
    def generate(cls) -> Self:
        """A new key: nobody trusts it, which is what a forger has (F-4)."""
        return cls(Ed25519PrivateKey.generate())

    @property
    def public_pem(self) -> bytes:
        """The public half."""
        return _public_pem(self.private.public_key())

    @property
    def key_id(self) -> str:
        """Tells keys apart while one replaces another."""
        raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return hashlib.sha256(raw).hexdigest()[:16]

    def headers(self, now: datetime, subject: str, body: bytes) -> dict[str, str]:
        """The headers that go with `body`."""
        timestamp = str(int(now.timestamp()))
        signature = self.private.sign(canonical(timestamp, subject, body))
        return {TIMESTAMP: timestamp, SIGNATURE: base64.b64encode(signature).decode(), KEY_ID: self.key_id}


@dataclass(frozen=True, slots=True)
class Merchants:
    """Who may speak under `/pay`: merchants by name with their public keys."""

    keys: Mapping[str, Ed25519PublicKey]

    def verify(self, headers: Mapping[str, str], subject: str, body: bytes, now: datetime) -> str:
        """The merchant who signed the request. Raises Refused (401) with the reason when it is not proven."""
        name, timestamp, signature = (headers.get(header, "") for header in (MERCHANT, TIMESTAMP, SIGNATURE))
        if not (name and timestamp and signature):
            raise unauthorised("SIGNATURE_MISSING", "缺少签名", "merchant, timestamp or signature is missing")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise unauthorised("TIMESTAMP_MALFORMED", "时间戳格式错误", "the timestamp is not a number of seconds")
        if abs(now.timestamp() - int(timestamp)) > WINDOW_SECONDS:
            raise unauthorised("TIMESTAMP_OUT_OF_WINDOW", "时间戳已失效", "the timestamp is too far from now")
        key = self.keys.get(name)
        if key is None:
            raise unauthorised("MERCHANT_UNKNOWN", "商户未登记", "the merchant is not registered")
        try:
            # Ed25519 compares in constant time and decides in one step: nothing is learnt from how long it takes.
            key.verify(base64.b64decode(signature, validate=True), canonical(timestamp, subject, body))
        except (InvalidSignature, binascii.Error) as error:
            raise unauthorised("SIGNATURE_INVALID", "签名无效", "the signature does not verify") from error
        return name


def open_keys(keys_dir: Path) -> tuple[PlatformKey, Merchants]:
    """The keys below `keys_dir`/sandbox; the platform's and the demo merchant's are made if they are missing."""
    folder = keys_dir / "sandbox"
    _ensure_pair(folder / "platform.pem")
    _ensure_pair(folder / "merchants" / f"{DEMO_MERCHANT}.pem")
    private = load_pem_private_key((folder / "platform.pem").read_bytes(), password=None)
    assert isinstance(private, Ed25519PrivateKey), "platform.pem is not an Ed25519 key"
    files = sorted((folder / "merchants").glob("*.pub.pem"))
    return PlatformKey(private), Merchants({file.name.removesuffix(".pub.pem"): _public_key(file) for file in files})


def _public_key(file: Path) -> Ed25519PublicKey:
    key = load_pem_public_key(file.read_bytes())
    assert isinstance(key, Ed25519PublicKey), f"{file.name} is not an Ed25519 key"
    return key


def _ensure_pair(private_file: Path) -> None:
    public_file = private_file.with_suffix(".pub.pem")
    if public_file.exists():
        return  # A deployment may register a merchant without ever seeing its private key.
    private_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not private_file.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write_whole(private_file, pem, 0o600)
    private = load_pem_private_key(private_file.read_bytes(), password=None)
    assert isinstance(private, Ed25519PrivateKey)
    _write_whole(public_file, _public_pem(private.public_key()), 0o644)


def _write_whole(file: Path, content: bytes, mode: int) -> None:
    """Nobody ever reads half a key."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.touch(mode)
    draft.write_bytes(content)
    draft.replace(file)


def _public_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
