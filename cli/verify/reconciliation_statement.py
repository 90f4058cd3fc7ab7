"""A filed statement of a day (PA-10), verified by whoever has payment's public key; nothing of the suite is asked."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from cli.terminal.known_failures import KnownFailure

SHOWN_DIGITS = 16


class NotAStatement(KnownFailure):
    """The file is no filed statement, or the key is none."""


@dataclass(frozen=True, slots=True)
class FiledStatement:
    """A statement with the signature beside it, as DownloadStatement serves both."""

    content: Mapping[str, Any]
    key_id: str
    signature: bytes

    @classmethod
    def read(cls, file: Path) -> Self:
        """The file. Raises NotAStatement."""
        try:
            said = json.loads(file.read_bytes())
            return cls(dict(said["statement"]), str(said["keyId"]), base64.b64decode(said["signature"], validate=True))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotAStatement(f"{file} is not a filed statement") from error

    @property
    def signed(self) -> bytes:
        """What was signed: canonical JSON, which is the same however the file was laid out since."""
        return json.dumps(self.content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def signed_by(self, key: Ed25519PublicKey) -> bool:
        """Whether the owner of a key has signed it."""
        try:
            key.verify(self.signature, self.signed)
        except InvalidSignature:
            return False
        return True

    def rows(self) -> list[tuple[str, str]]:
        """What it says, for people."""
        totals = self.content["totals"]
        shown = ("provider", "date", "zone", "drawnUpTime", "state")
        rows = [(name, str(self.content[name])) for name in shown]
        rows += [(name, f"{value:,}") for name, value in sorted(totals.items())]
        return [*rows, ("signed by the key", self.key_id)]


def public_key(file: Path) -> Ed25519PublicKey:
    """A public key in PEM. Raises NotAStatement."""
    try:
        key = load_pem_public_key(file.read_bytes())
    except (OSError, ValueError) as error:
        raise NotAStatement(f"{file} is no public key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise NotAStatement(f"{file} is not an Ed25519 key")
    return key


def key_id(key: Ed25519PublicKey) -> str:
    """How statements name the key behind `payment:`."""
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:SHOWN_DIGITS]


def trouble(filed: FiledStatement, keys: Sequence[Ed25519PublicKey]) -> str:
    """Why the statement cannot be believed, as a sentence; empty when it can."""
    if any(filed.signed_by(key) for key in keys):
        return ""
    given = ", ".join(key_id(key) for key in keys)
    if filed.key_id.partition(":")[2] in {key_id(key) for key in keys}:
        return "The statement is not what was signed: something in it has been changed."
    return f"The statement names the key {filed.key_id}; the keys given are {given}."
