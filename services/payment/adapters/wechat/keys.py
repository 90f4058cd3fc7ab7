"""WeChat Pay's cryptography: requests signed by us, answers and notifications by the platform (SHA-256 with RSA),
notifications encrypted with our APIv3 key (AES-256-GCM), and personal data for the platform with its key (RSA-OAEP).

The SDK `wechatpayv3` does all of it. What is here decides which key it does it with, and what a failure means.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from wechatpayv3.utils import (
    aes_decrypt,
    build_authorization,
    load_certificate,
    load_private_key,
    load_public_key,
    rsa_encrypt,
    rsa_verify,
)

from chassis.telemetry.logs import get_logger
from services.payment.adapters.platform_http import merchant_key
from services.payment.config import WeChatConfig
from services.payment.errors import ProviderUnavailable

_log = get_logger(__name__)

FOR_EVER: Final = datetime.max.replace(tzinfo=UTC)
CIPHER: Final = "AEAD_AES_256_GCM"
CERTIFICATE: Final = "-----BEGIN CERTIFICATE-----"
PUBLIC_KEY: Final = "PUB_KEY_ID"
"""Begins the id of a public key; a certificate has a serial number instead."""


class Undecipherable(Exception):
    """What a notification carries cannot be decrypted with our APIv3 key."""


class TooLong(Exception):
    """A text is longer than the platform's key can encrypt."""


@dataclass(frozen=True, slots=True)
class PlatformKey:
    """A key of the platform's, and the id by which it is named; `until`: when a certificate ends."""

    key_id: str
    key: RSAPublicKey
    until: datetime = FOR_EVER

    def encrypted(self, text: str) -> str:
        """Personal data as only the platform can read it, in base64. Raises TooLong."""
        try:
            return str(rsa_encrypt(text, self.key))
        except ValueError as error:
            raise TooLong from error


class WeChatKeys:
    """Our keys and the platform's, read at first use; the platform's again when it signs with one that is new.

    In the folder `platform_keys` a public key is named by its file, as `PUB_KEY_ID_….pem`, a certificate by its serial
    number.
    """

    def __init__(self, account: WeChatConfig) -> None:
        self._account = account
        self._platform: dict[str, PlatformKey] = {}

    def authorization(self, method: str, target: str, body: str) -> str:
        """The header that proves a request, now. `target` is the path with its query, exactly as sent.

        Raises ProviderUnavailable while there is no key of ours.
        """
        ours = self._account
        return str(
            build_authorization(target, method, ours.merchant, ours.certificate_serial, self._private_key, data=body)
        )

    def signed_by_platform(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the platform has signed `body`, an answer's or a notification's."""
        signer = self._platform_key(headers.get("wechatpay-serial", ""))
        if signer is None:
            return False
        said = [headers.get(f"wechatpay-{name}", "") for name in ("timestamp", "nonce", "signature")]
        try:
            return bool(rsa_verify(said[0], said[1], body.decode(), said[2], signer.key))
        except UnicodeDecodeError:
            return False

    def decrypted(self, resource: Mapping[str, Any]) -> str:
        """What a notification carries. Raises Undecipherable."""
        if resource.get("algorithm") != CIPHER:
            raise Undecipherable
        try:
            said = aes_decrypt(
                str(resource["nonce"]),
                str(resource["ciphertext"]),
                str(resource.get("associated_data") or ""),
                self._account.api_v3_key.get_secret_value(),
            )
        except (KeyError, ValueError) as error:
            raise Undecipherable from error
        if said is None:
            raise Undecipherable
        return str(said)

    @property
    def platform_key_id(self) -> str:
        """The id of the platform's public key in use; empty where only certificates are."""
        return next((name for name in self._read_platform() if name.startswith(PUBLIC_KEY)), "")

    @property
    def for_secrets(self) -> PlatformKey:
        """The key that personal data is encrypted with: the public key, else the certificate that lasts longest.
        Raises ProviderUnavailable while none is known.
        """
        known = self._read_platform()
        if not known:
            raise ProviderUnavailable
        return max(known.values(), key=lambda one: one.until)

    @cached_property
    def _private_key(self) -> RSAPrivateKey:
        key = load_private_key(merchant_key(self._account.private_key).decode())
        assert isinstance(key, RSAPrivateKey)
        return key

    def _platform_key(self, serial: str) -> PlatformKey | None:
        if serial not in self._platform:
            self._platform = self._read_platform()
        return self._platform.get(serial)

    def _read_platform(self) -> dict[str, PlatformKey]:
        files = sorted(self._account.platform_keys.glob("*.pem"))
        known = {one.key_id: one for one in map(_platform_key, files)}
        if not known:
            _log.error("platform_key_missing", path=str(self._account.platform_keys))
        return known


def _platform_key(file: Path) -> PlatformKey:
    content = file.read_text()
    if CERTIFICATE not in content:
        return PlatformKey(file.stem, _rsa(load_public_key(content)))
    certificate = load_certificate(content)
    assert certificate is not None, f"{file.name} is no certificate"
    return PlatformKey(
        f"{certificate.serial_number:X}", _rsa(certificate.public_key()), certificate.not_valid_after_utc
    )


def _rsa(key: object) -> RSAPublicKey:
    assert isinstance(key, RSAPublicKey)
    return key
