"""The port to what seals device tokens."""

from typing import Protocol

from services.identity.domain.authentication.known_devices import KnownDevice


class DeviceTokenSealer(Protocol):
    """Makes and reads the opaque tokens by which devices are known (F-28)."""

    def token_of(self, device: KnownDevice) -> str:
        """A token, different each time, that nobody else can make, read or change."""
        ...

    def device_of(self, token: str) -> KnownDevice | None:
        """The device of a token; None for a text that is none of ours."""
        ...
