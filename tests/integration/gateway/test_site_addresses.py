"""Every address of the pages answers a browser that comes by, whatever made it come."""

import re

import httpx
import pytest
from starlette.routing import compile_path

from gateway.site import PAGES
from gateway.web.page_endpoint import PageRoute
from tests.integration.gateway.logged_in_browser import address, enter

ONLY_FORMS = [route for route in PAGES if route.show is None]


def page_at(path: str) -> PageRoute | None:
    return next((one for one in PAGES if one.show and compile_path(one.path)[0].fullmatch(path)), None)


@pytest.mark.parametrize("route", ONLY_FORMS, ids=lambda route: route.path)
async def test_an_address_that_only_takes_forms_leads_to_a_page_above_it(
    http: httpx.AsyncClient, route: PageRoute
) -> None:
    enter(http, route)
    answer = await http.get(address(route))
    assert answer.status_code == 303
    above = answer.headers["location"]
    assert page_at(above)
    assert above == "/" or address(route).startswith(f"{above}/")


@pytest.mark.parametrize("route", ONLY_FORMS, ids=lambda route: route.path)
async def test_the_language_is_changed_after_a_form_too(http: httpx.AsyncClient, route: PageRoute) -> None:  # GW-1
    enter(http, route)
    shown = await http.post(address(route), data={})
    [link] = re.findall(r'class="language"\s+href="([^"]+)"', shown.text)
    changed = await http.get(address(route) + link)
    assert (changed.status_code, changed.headers["location"]) == (303, address(route))
    assert "zikao_language=en" in changed.headers["set-cookie"]


async def test_what_an_address_asks_for_outlives_a_change_of_the_language(http: httpx.AsyncClient) -> None:  # GW-1
    shown = await http.get("/login?next=%2Forders")
    [link] = re.findall(r'class="language"\s+href="([^"]+)"', shown.text)
    changed = await http.get("/login" + link.replace("&amp;", "&"))
    assert changed.headers["location"] == "/login?next=%2Forders"


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/?language=en",
        "/%2fevil.example/?language=en",
        "/%5cevil.example/?language=en",
        "/%5c%5cevil.example?language=en",
        "/%09/evil.example/?language=en",
        "/%0d%0alocation:%20//evil.example/?language=en",
        "//evil.example/",
        "/login/",
        "/login?next=//evil.example",
    ],
)
async def test_no_address_leads_to_another_host(http: httpx.AsyncClient, path: str) -> None:
    request = http.build_request("GET", "http://gateway/", headers={"host": "evil.example"})
    request.url = httpx.URL("http://gateway/").copy_with(raw_path=path.encode())
    answer = await http.send(request)
    assert re.fullmatch(r"/(?![/\\])[^\s\\]*", answer.headers.get("location", "/"))
    assert answer.status_code in {200, 303, 404}
    assert 'href="//' not in answer.text
