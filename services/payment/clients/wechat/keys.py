"""WeChat Pay's cryptography: requests signed by us, answers and notifications by the platform (SHA-256 with RSA), and
what notifications carry encrypted with our APIv3 key (AES-256-GCM).
"""

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from chassis.logs import get_logger
from services.payment.errors import ProviderUnavailable

_log = get_logger(__name__)

SCHEME: Final = "WECHATPAY2-SHA256-RSA2048"
CIPHER: Final = "AEAD_AES_256_GCM"
CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"


class Undecipherable(Exception):
    """What a notification carries cannot be decrypted with our APIv3 key."""


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who we are at the platform. `platform_keys` is a folder: a public key is named by its file, as
    `PUB_KEY_ID_….pem`, a certificate by its serial number.
    """

    merchant: str
    app_id: str
    certificate_serial: str
    private_key: Path
    api_v3_key: bytes
    platform_keys: Path
    notify_url: str


class Keys:
    """Our keys and the platform's, read at first use; the platform's again when it signs with one that is new."""

    def __init__(self, merchant: Merchant) -> None:
        self._merchant = merchant
        self._private: RSAPrivateKey | None = None
        self._platform: dict[str, RSAPublicKey] = {}

    def authorization(self, method: str, target: str, body: bytes, timestamp: int) -> str:
        """The header that proves a request. `target` is the path with its query, exactly as sent."""
        nonce = secrets.token_hex(16)
        signature = self._signature(request_text(method, target, str(timestamp), nonce, body))
        ours = self._merchant
        return (
            f'{SCHEME} mchid="{ours.merchant}",nonce_str="{nonce}",signature="{signature}",'
            f'timestamp="{timestamp}",serial_no="{ours.certificate_serial}"'
        )

    def signed_by_platform(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the platform has signed `body`, an answer's or a notification's."""
        key = self._platform_key(headers.get("wechatpay-serial", ""))
        if key is None:
            return False
        text = answer_text(headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", ""), body)
        try:
            signature = base64.b64decode(headers.get("wechatpay-signature", ""), validate=True)
            key.verify(signature, text, PKCS1v15(), SHA256())
        except (binascii.Error, InvalidSignature):
            return False
        return True

    def decrypted(self, resource: Mapping[str, Any]) -> bytes:
        """What a notification carries. Raises Undecipherable."""
        if resource.get("algorithm") != CIPHER:
            raise Undecipherable
        try:
            return decrypt(
                self._merchant.api_v3_key,
                str(resource["nonce"]),
                str(resource.get("associated_data") or ""),
                str(resource["ciphertext"]),
            )
        except (KeyError, ValueError, InvalidTag) as error:
            raise Undecipherable from error

    @property
    def platform_key_id(self) -> str:
        """The id of the platform's public key in use; empty where only certificates are."""
        return next((name for name in self._read_platform() if name.startswith("PUB_KEY_ID")), "")

    def _signature(self, text: bytes) -> str:
        if self._private is None:
            try:
                key = load_pem_private_key(self._merchant.private_key.read_bytes(), None)
            except FileNotFoundError as missing:
                _log.error("merchant_key_missing", path=str(self._merchant.private_key))
                raise ProviderUnavailable() from missing
            assert isinstance(key, RSAPrivateKey)
            self._private = key
        return base64.b64encode(self._private.sign(text, PKCS1v15(), SHA256())).decode()

    def _platform_key(self, serial: str) -> RSAPublicKey | None:
        if serial not in self._platform:
            self._platform = self._read_platform()
        return self._platform.get(serial)

    def _read_platform(self) -> dict[str, RSAPublicKey]:
        known = dict(_named_key(file) for file in sorted(self._merchant.platform_keys.glob("*.pem")))
        if not known:
            _log.error("platform_key_missing", path=str(self._merchant.platform_keys))
        return known


def request_text(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """What is signed of a request: five lines, each ended by a line feed."""
    return f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def answer_text(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What is signed of an answer or a notification: three lines, each ended by a line feed."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def decrypt(key: bytes, nonce: str, associated_data: str, ciphertext: str) -> bytes:
    """AES-GCM with the tag at the end. Raises InvalidTag, ValueError."""
    return AESGCM(key).decrypt(nonce.encode(), base64.b64decode(ciphertext), associated_data.encode())


def _named_key(file: Path) -> tuple[str, RSAPublicKey]:
    content = file.read_bytes()
    if CERTIFICATE not in content:
        return file.stem, _rsa(load_pem_public_key(content))
    certificate = load_pem_x509_certificate(content)
    return f"{certificate.serial_number:X}", _rsa(certificate.public_key())


def _rsa(key: object) -> RSAPublicKey:
    assert isinstance(key, RSAPublicKey)
    return key
