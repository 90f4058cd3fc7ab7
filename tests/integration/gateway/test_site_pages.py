"""What every page of the tables has, whoever reads it: the addresses come from the tables, so none is left out."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final

import httpx
import pytest

from chassis.security.tokens import Access
from gateway.contracts.rpcs import Contracts
from gateway.http.cookies import ACCESS
from gateway.http.reader_preferences import LARGE, TYPE_SIZE, USUAL
from gateway.site import PAGES
from gateway.web.page_endpoint import PageRoute
from tests.integration.gateway.answering_services import Services
from tests.integration.gateway.filled_answers import AN_ID, filled_answers
from tests.integration.gateway.logged_in_browser import access_token

READERS: Final = {"zh-CN": "", "en": "large"}
"""Languages, and how the root of a page is marked: each is read in one size of type."""
MOST_BYTES: Final = 100_000
VARIABLES: Final = {
    "session_id": "2026-10",
    "submission:int": "1",
    "provider": "sandbox",
    "date": "2026-10-24",
    "kind": "INTEGRITY_PLEDGE",
}
"""What stands for a variable of an address; an id for any other."""
SHOWN: Final = [one for one in PAGES if one.show and not one.streams and not one.path.startswith("/sign-in")]
"""A sign-in leads away, to the provider of an organisation, and takes the answer that comes from there; a stream
does not end.
"""


class Outline(HTMLParser):
    """The headings of a page in reading order, and what its root says of it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.lang = ""
        self.html_class = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "html":
            self.lang, self.html_class = str(named.get("lang")), named.get("class") or ""


@pytest.fixture
def filled(services: Services, contracts: Contracts) -> None:
    """Every list of every page has something on it."""
    services.answers.update(filled_answers(contracts))


def address(route: PageRoute) -> str:
    return re.sub(r"\{([^}]+)\}", lambda found: VARIABLES.get(found[1], AN_ID), route.path)


def faults(page: str, language: str, kind: Access) -> Iterator[str]:
    """What a page lacks that every page has."""
    outline = Outline(page)
    if (outline.lang, outline.html_class) != (language, READERS[language]):
        yield f"{outline.lang} {outline.html_class}"
    if outline.headings.count(1) != 1 or outline.headings[0] != 1:
        yield f"headings {outline.headings}"
    if any(deeper - before > 1 for before, deeper in zip(outline.headings, outline.headings[1:], strict=False)):
        yield f"leaps between headings {outline.headings}"
    if len(page.encode()) > MOST_BYTES:
        yield f"{len(page.encode())} bytes"
    if ("bottom-bar" in page) != (kind is Access.CANDIDATE):
        yield "the bar at the bottom of a candidate's phone"


@pytest.mark.parametrize("language", READERS)
async def test_every_page_can_be_read(http: httpx.AsyncClient, filled: None, language: str) -> None:  # GW-3
    found, seen = {}, 0
    for route in SHOWN:
        kind = Access.CANDIDATE if Access.CANDIDATE in route.open_to else next(iter(route.open_to))
        http.cookies.set(ACCESS, access_token(kind))
        http.cookies.set(TYPE_SIZE, LARGE if READERS[language] else USUAL)
        answer = await http.get(address(route), headers={"accept-language": language})
        if answer.status_code == httpx.codes.SEE_OTHER:
            continue  # It leads to another of these.
        if answer.status_code != httpx.codes.OK:
            found[route.path] = [str(answer.status_code)]
        elif answer.headers["content-type"].startswith("text/html"):
            found[route.path] = list(faults(answer.text, language, kind))
            seen += 1
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
    assert seen > 50


async def test_the_size_of_type_is_chosen_by_a_link_and_kept(http: httpx.AsyncClient) -> None:  # GW-3
    shown = await http.get("/login?next=%2Forders")
    [link] = re.findall(r'class="type-size"\s+href="([^"]+)"', shown.text)
    chosen = await http.get("/login" + link.replace("&amp;", "&"))
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/login?next=%2Forders")
    assert f"{TYPE_SIZE}={LARGE}" in chosen.headers["set-cookie"]
    assert "Expires=" in chosen.headers["set-cookie"]
    http.cookies.set(TYPE_SIZE, LARGE)
    assert '<html lang="zh-CN" class="large">' in (await http.get("/login")).text


async def test_nonsense_for_a_size_of_type_is_the_usual_one(http: httpx.AsyncClient) -> None:
    http.cookies.set(TYPE_SIZE, "huge")
    assert 'class="large"' not in (await http.get("/login")).text
