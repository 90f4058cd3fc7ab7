"""The networks of those whose word about their own caller's address is believed (OP-8)."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import unquote

_REMEMBERED: Final = 4096


class TrustedNetworks:
    """Tells who is trusted by their address."""

    def __init__(self, networks: str) -> None:
        """`networks`: addresses and networks with commas between. Raises ValueError for anything else."""
        self._networks = tuple(ip_network(one.strip(), strict=False) for one in networks.split(",") if one.strip())
        self.hold = lru_cache(maxsize=_REMEMBERED)(self._hold)
        """Whether an address lies in one of the networks; what is no address does not."""

    def _hold(self, address: str) -> bool:
        try:
            known = ip_address(address)
        except ValueError:
            return False
        mapped = known.ipv4_mapped if isinstance(known, IPv6Address) else None
        return any((mapped or known) in network for network in self._networks)


def address_of_peer(peer: str) -> str:
    """The address in gRPC's name of the other end, without the port, which is new with each connection:
    `ipv4:127.0.0.1:5123`, `ipv6:%5B::1%5D:5123`.
    """
    kind, _, rest = unquote(peer).partition(":")
    return rest.rpartition(":")[0].strip("[]") if kind in ("ipv4", "ipv6") else ""
