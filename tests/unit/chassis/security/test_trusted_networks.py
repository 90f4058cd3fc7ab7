"""Whose word for an address is believed (GW-2, OP-8)."""

import pytest

from chassis.config import ServerConfig
from chassis.security.trusted_networks import TrustedNetworks, address_of_peer


@pytest.mark.parametrize("address", ["127.0.0.1", "10.8.0.1", "::ffff:10.8.0.1", "2001:db8::7"])
def test_who_is_in_a_named_network_is_trusted(address: str) -> None:  # GW-2
    assert TrustedNetworks("127.0.0.1, 10.8.0.0/16,2001:db8::/32").hold(address)


@pytest.mark.parametrize("address", ["127.0.0.2", "10.9.0.1", "2001:db9::7", "", "unix:/socket", "localhost"])
def test_nobody_else_is(address: str) -> None:  # GW-2
    assert not TrustedNetworks("127.0.0.1, 10.8.0.0/16,2001:db8::/32").hold(address)


def test_nobody_is_where_none_is_named() -> None:  # GW-2
    assert not TrustedNetworks(ServerConfig().gateways).hold("127.0.0.1")


@pytest.mark.parametrize("gateways", ["*", "gateway", "10.0.0.0/40"])
def test_what_is_no_network_keeps_a_process_from_starting(gateways: str) -> None:  # GW-2
    with pytest.raises(ValueError, match="does not appear to be"):
        ServerConfig(gateways=gateways)


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("ipv4:127.0.0.1:5123", "127.0.0.1"),
        ("ipv6:[::1]:5123", "::1"),
        ("ipv6:%5B2001:db8::7%5D:5123", "2001:db8::7"),
        ("unix:/run/socket", ""),
        ("", ""),
    ],
)
def test_the_other_end_is_known_by_its_address_without_the_port(peer: str, address: str) -> None:
    assert address_of_peer(peer) == address
