"""Where somebody comes from, as far as bounds are concerned: an IPv4 address or an IPv6 network of 64 bits, which is
what one household or one stranger has.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from chassis.security.trusted_networks import TrustedNetworks

EVERYBODY: Final = ""
"""The source of what a trusted proxy sends without saying for whom: it stands for nobody in particular."""

_REMEMBERED: Final = 16_384


class Sources:
    """Tells sources from trusted proxies."""

    def __init__(self, trusted_proxies: str) -> None:
        """`trusted_proxies`: addresses and networks with commas between. Raises ValueError for others."""
        self._proxies = TrustedNetworks(trusted_proxies)
        self.of_request = lru_cache(maxsize=_REMEMBERED)(self._of_request)
        """The source of a request by its client's address; EVERYBODY where a proxy names nobody."""
        self.of_connection = self.of_request
        """The source of a connection by its peer's address; EVERYBODY for a proxy, which connects for all."""

    def _of_request(self, address: str) -> str:
        try:
            known = _unmapped(ip_address(address))
        except ValueError:
            return EVERYBODY
        if self._proxies.hold(address):
            return EVERYBODY
        return str(IPv6Network((known, 64), strict=False)) if isinstance(known, IPv6Address) else str(known)


def _unmapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
