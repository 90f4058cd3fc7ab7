"""Device tokens: what is known of a device, sealed under the field key, so that only identity reads or makes one."""

import base64
import binascii
from typing import Final

from pydantic import TypeAdapter

from chassis.security.encryption import FieldCipher, Undecipherable
from services.identity.domain.authentication.known_devices import KnownDevice

CONTEXT: Final = "device token"
_DEVICES: Final = TypeAdapter(KnownDevice)


class SealedDeviceTokens:
    """Seals devices with AES-256-GCM; a retired field key still opens the tokens that it sealed."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def token_of(self, device: KnownDevice) -> str:
        """The device sealed, in characters that a cookie can hold."""
        sealed = self._cipher.seal(_DEVICES.dump_json(device), context=CONTEXT)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def device_of(self, token: str) -> KnownDevice | None:
        """The device again; None for a text that is none of ours."""
        try:
            sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            return _DEVICES.validate_json(self._cipher.unseal(sealed, context=CONTEXT))
        except (Undecipherable, binascii.Error, ValueError):
            return None
