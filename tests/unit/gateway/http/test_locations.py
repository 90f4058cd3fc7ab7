"""Nobody is sent elsewhere by an address of ours (no open redirect)."""

import re
from pathlib import Path

import pytest

from gateway.http.locations import own_location

GATEWAY = Path(__file__).parents[4] / "gateway"


@pytest.mark.parametrize("address", ["/", "/orders", "/orders?state=1&next=%2F", "/课程", "/a//b", "/a?b=http://c"])
def test_a_path_of_ours_stays(address: str) -> None:
    assert own_location(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "orders",
        "//evil.example",
        "//evil.example/?language=en",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\nx: y",
        "/\x00",
        "/a\\b",
        " /orders",
        "https://evil.example/",
        "https:/evil.example",
        "javascript:alert(1)",
        "//[evil",
        "http://[evil",
    ],
)
def test_anything_else_leads_home(address: str) -> None:
    assert own_location(address) == "/"


def test_no_other_module_makes_a_location() -> None:
    made = re.compile(r"RedirectResponse\(|[\"']location[\"']", re.IGNORECASE)
    makers = [file.name for file in sorted(GATEWAY.rglob("*.py")) if made.search(file.read_text())]
    assert makers == ["locations.py"]
