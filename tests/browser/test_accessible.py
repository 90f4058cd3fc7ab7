"""WCAG 2.2 AA, as far as a program can tell, on every page of the portal in both languages."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from cli.journey.people import Person
from tests.browser.candidate import AtBrowser
from tests.browser.outside import World

pytestmark = pytest.mark.browser

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
OUTSIDE = ["/login", "/register", "/api"]
INSIDE = ["/", "/registrations/new", "/details", "/details/check", "/phone", "/photo", "/cases", "/orders", "/account"]
INSIDE += ["/password"]


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]


@pytest.mark.parametrize("context", ["phone", "english"], indirect=True)
def test_what_everybody_sees(context: BrowserContext, page: Page) -> None:
    for path in OUTSIDE:
        page.goto(path)
        assert violations(page) == [], path


@pytest.mark.parametrize("context", ["phone", "english"], indirect=True)
def test_what_a_candidate_sees(
    context: BrowserContext, page: Page, person: Person, world: World, tmp_path: Path
) -> None:
    somebody = AtBrowser(page, person, world)
    somebody.get_ready(tmp_path)
    for path in INSIDE:
        page.goto(path)
        assert violations(page) == [], path
    somebody.select(2)
    assert violations(page) == [], "courses"
    page.goto(page.url.split("?")[0].split("#")[0].replace("/courses", "/district"))
    assert violations(page) == [], "district"
    page.go_back()
    somebody.check_out()
    assert violations(page) == [], "order"


@pytest.mark.parametrize("context", ["phone"], indirect=True)
def test_no_page_scrolls_sideways_on_a_phone(
    context: BrowserContext, page: Page, person: Person, world: World, tmp_path: Path
) -> None:
    somebody = AtBrowser(page, person, world)
    somebody.get_ready(tmp_path)
    for path in [*OUTSIDE, *INSIDE]:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
