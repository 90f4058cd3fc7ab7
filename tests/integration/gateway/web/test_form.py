"""Every form of every page carries a token that only its own page has, or changes nothing."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from gateway import portal
from gateway.site import PAGES
from gateway.web.page_endpoint import MOST_BYTES
from tests.integration.gateway.answering_services import Services
from tests.integration.gateway.logged_in_browser import address, enter

TEMPLATES = Path(portal.__file__).parent / "templates"
PART = b'--x\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n' + b"x" * 1_000_000 + b"\r\n"
WITHOUT = {}, {"csrf_token": ""}, {"csrf_token": "guessed"}


async def test_a_form_without_its_token_reaches_no_service(http: httpx.AsyncClient, services: Services) -> None:
    for route in PAGES:
        if route.do is None:
            continue
        enter(http, route)
        for fields in WITHOUT:
            answer = await http.post(address(route), data=fields)
            assert (answer.status_code, "CSRF_TOKEN_INVALID" in answer.text) == (403, True), route.path
    assert not services.asked


def test_a_form_shown_under_several_addresses_names_its_own() -> None:  # ID-7, ID-11
    shown_elsewhere = {"photo.html": "/photo", "phone_change.html": "/phone-changes"}
    for name, path in shown_elsewhere.items():
        forms = re.findall(r"<form method=.post.[^>]*>", (TEMPLATES / name).read_text())
        assert forms
        assert all('action="/' in form for form in forms)
        assert any(f'action="{path}"' in form for form in forms)


async def test_cookies_of_pages_are_for_this_site_over_https_and_for_no_script(http: httpx.AsyncClient) -> None:
    answer = await http.get("https://gateway/login")
    cookies = answer.headers.get_list("set-cookie")
    assert cookies
    assert all({"HttpOnly", "Secure", "SameSite=Lax", "Path=/"} <= set(one.split("; ")) for one in cookies)
    assert all(one.startswith("__Host-") for one in cookies)


async def test_a_form_larger_than_its_page_takes_is_refused_while_it_comes_in(http: httpx.AsyncClient) -> None:  # GW-3
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 2 * MOST_BYTES:
            sent += len(PART)
            yield PART

    kind = {"content-type": "multipart/form-data; boundary=x"}
    answer = await http.post("/login", content=endless(), headers=kind)
    assert (answer.status_code, "BODY_TOO_LARGE" in answer.text) == (413, True)
    assert sent <= MOST_BYTES + len(PART)
    announced = await http.post("/login", content=b"", headers={**kind, "content-length": str(MOST_BYTES + 1)})
    assert announced.status_code == 413
