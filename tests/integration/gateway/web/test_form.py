"""Every form of every page carries a token that only its own page has, or changes nothing."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from chassis.security.tokens import Access
from gateway import portal
from gateway.http.cookies import ACCESS
from gateway.site import PAGES
from gateway.web.page_endpoint import MOST_BYTES, MOST_BYTES_WITH_FILES
from tests.integration.gateway.answering_services import Services
from tests.integration.gateway.logged_in_browser import ME, access_token, address, enter

TEMPLATES = Path(portal.__file__).parent / "templates"
HEAD = b'--x\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n'
FILE = b"x" * 1_000_000
PROOFS = f"/phone-changes/{ME}/proofs"
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
        while sent < 2 * MOST_BYTES_WITH_FILES:
            part = FILE if sent else HEAD
            sent += len(part)
            yield part

    kind = {"content-type": "multipart/form-data; boundary=x"}
    answer = await http.post(PROOFS, content=endless(), headers=kind)
    assert (answer.status_code, "BODY_TOO_LARGE" in answer.text) == (413, True)
    assert sent <= MOST_BYTES_WITH_FILES + len(FILE)
    announced = await http.post(PROOFS, content=b"", headers={**kind, "content-length": str(MOST_BYTES_WITH_FILES + 1)})
    assert announced.status_code == 413


MULTIPART = "multipart/form-data; boundary=b"


def part(head: bytes, value: bytes = b"v") -> bytes:
    return b"--b\r\n" + head + b"\r\n\r\n" + value + b"\r\n--b--\r\n"


NAMED = b'content-disposition: form-data; name="login_name"'


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("multipart/form-data", b"x"),
        (MULTIPART, b"x"),
        (MULTIPART, b"--b\r\nno header\r\n\r\nv\r\n--b--\r\n"),
        (MULTIPART, part(b"content-disposition: form-data")),
        (MULTIPART, part(NAMED + b'; filename="f"')),
        (MULTIPART + "; charset=utf-7", part(NAMED, b"+2AA-")),
        ("multipart/form-data; boundary=" + "b" * 300, b"x"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % number for number in range(201))),
        (MULTIPART, b"".join(part(b'content-disposition: form-data; name="a%d"' % one)[:-7] for one in range(201))),
    ],
)
async def test_what_is_no_form_is_told_so(  # F-26
    http: httpx.AsyncClient, services: Services, kind: str, content: bytes
) -> None:
    answer = await http.post("/login", content=content, headers={"content-type": kind})
    assert (answer.status_code, "MALFORMED_FORM" in answer.text) == (400, True)
    assert services.asked == []


async def test_a_form_without_files_is_small(http: httpx.AsyncClient) -> None:  # GW-6
    answer = await http.post("/login", data={"login_name": "x" * MOST_BYTES})
    assert (answer.status_code, "BODY_TOO_LARGE" in answer.text) == (413, True)
    large = await http.post(PROOFS, data={"note": "x" * MOST_BYTES})
    assert large.status_code == 403


async def test_a_form_of_a_page_for_others_is_not_read(http: httpx.AsyncClient) -> None:  # GW-6
    read = 0

    async def form() -> AsyncIterator[bytes]:
        nonlocal read
        read += 1
        yield HEAD

    for forged in ("", "a.b.c", access_token(Access.CANDIDATE)[:-4] + "AAAA", access_token(Access.REVIEWER)):
        http.cookies.set(ACCESS, forged)
        answer = await http.post("/photo", content=form(), headers={"content-type": MULTIPART})
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fphoto")
    assert read == 0
