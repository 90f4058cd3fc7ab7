"""Who counts as one source (GW-6)."""

import pytest
from pydantic import ValidationError

from gateway.config import Config
from gateway.http.front_door.sources import EVERYBODY, Sources


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7", "::ffff:198.51.100.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
    ],
)
def test_one_address_or_one_network_of_64_bits_is_one_source(one: str, other: str) -> None:
    sources = Sources("127.0.0.1")
    assert sources.of_request(one) == sources.of_request(other) != EVERYBODY


@pytest.mark.parametrize(("one", "other"), [("198.51.100.7", "198.51.100.8"), ("2001:db8:1:2::1", "2001:db8:1:3::1")])
def test_others_are_others(one: str, other: str) -> None:
    sources = Sources("127.0.0.1")
    assert sources.of_request(one) != sources.of_request(other)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "", "no address", "198.51.100.7\x00"])
def test_a_proxy_and_what_is_no_address_stand_for_nobody_in_particular(address: str) -> None:
    assert Sources("127.0.0.1, 10.0.0.0/8").of_request(address) == EVERYBODY


@pytest.mark.parametrize("proxies", ["*", "proxy.example", "10.0.0.0/33", "127.0.0.1; 10.0.0.1"])
def test_a_proxy_is_trusted_by_its_network_and_by_nothing_else(proxies: str) -> None:  # GW-2
    with pytest.raises(ValueError, match="does not appear to be"):
        Sources(proxies)
    with pytest.raises(ValidationError):
        Config(form_key="0f" * 32, trusted_proxies=proxies)
