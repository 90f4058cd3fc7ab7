"""WCAG 2.2 AA, as far as a program can tell, on every page there is: the addresses come from the tables, so that a page
without a visit fails. Chinese on a phone by day, English on a desktop by night; none scrolls sideways at any width, nor
in large type, and whatever is pressed is large enough.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect
from zikao.review.v1 import resources_pb2 as review

from chassis.errors import InvalidRequest
from chassis.security.tokens import Access
from gateway.http.cookies import ACCESS
from gateway.site import PAGES
from gateway.web.page_endpoint import PageRoute
from tests.browser.conftest import DESKTOP, PATIENCE_MS, PHONE
from tests.browser.filled_gateway import FilledGateway, filled_gateway
from tests.browser.page_checks import TOO_SMALL, violations
from tests.integration.gateway.filled_answers import AN_ID
from tests.integration.gateway.logged_in_browser import ME, access_token

pytestmark = pytest.mark.browser

VARIABLES: Final = {
    "session_id": "2026-10",
    "submission:int": "1",
    "provider": "sandbox",
    "date": "2026-10-24",
    "kind": "INTEGRITY_PLEDGE",
}
"""What stands for a variable of an address; an id for any other."""
ANSWERED_BY_A_FILE: Final = frozenset({"/account/data"})
"""Forms whose answer is saved, and no page: a browser stays where it was."""
SEND_EMPTY: Final = """(token, address) => {
  const form = Object.assign(document.createElement("form"), { method: "post", action: address });
  form.append(token);
  document.body.append(form);
  form.submit();
}"""
PEOPLE: Final = """document_type,document_number,display_name,school_code
RESIDENT_CARD,11010519491231002X,文静,10269
NOTHING,1,,
"""
WIDTHS: Final = ((360, True), (768, False))
"""Beside the reader's own width: a phone in large type, and what lies between a phone and a desktop."""
WIDE_WHERE: Final = """([width, large]) => {
  document.documentElement.classList.toggle("large", large);
  return document.documentElement.scrollWidth > innerWidth ? width + (large ? " in large type" : "") : "";
}"""
READERS: Final[dict[str, Any]] = {
    "phone": {"viewport": PHONE, "locale": "zh-CN", "color_scheme": "light"},
    "desktop": {"viewport": DESKTOP, "locale": "en-GB", "color_scheme": "dark"},
}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilledGateway]:
    with filled_gateway(tmp_path_factory.mktemp("filled")) as one:
        yield one


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest, browser: Browser, gateway: FilledGateway) -> Iterator[Page]:
    """A browser before a gateway on which every list is filled."""
    gateway.restore()
    context = browser.new_context(base_url=gateway.url, **READERS[request.param])
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def enter(page: Page, gateway: FilledGateway, kind: Access) -> None:
    """Who looks."""
    page.context.clear_cookies()
    page.context.add_cookies([{"name": ACCESS, "value": access_token(kind), "url": gateway.url}])


def address(route: PageRoute) -> str:
    return re.sub(r"\{([^}]+)\}", lambda found: VARIABLES.get(found[1], AN_ID), route.path)


def check(page: Page, what: str) -> None:
    assert violations(page) == [], what
    assert page.evaluate(TOO_SMALL) == [], what
    assert too_wide(page) == [], what


def too_wide(page: Page) -> list[str]:
    """The widths at which a page scrolls sideways, in the usual and in large type; its own width is restored."""
    before = page.viewport_size
    assert before
    found = [page.evaluate(WIDE_WHERE, [before["width"], False])]
    for width, large in WIDTHS:
        page.set_viewport_size({"width": width, "height": before["height"]})
        found.append(page.evaluate(WIDE_WHERE, [width, large]))
    page.set_viewport_size(before)
    return [one for one in found if one]


def shows_page(page: Page, path: str) -> bool:
    """Whether an address answers with a page, and not with a file; whatever it is, it answers."""
    answer = page.request.get(path)
    assert answer.status == 200, path
    return answer.headers["content-type"].startswith("text/html")


def test_every_page(reader: Page, gateway: FilledGateway) -> None:
    visited = []
    for route in PAGES:
        if route.show is None or route.streams or route.path.startswith("/sign-in"):
            continue
        enter(reader, gateway, Access.CANDIDATE if Access.CANDIDATE in route.open_to else next(iter(route.open_to)))
        if shows_page(reader, address(route)):
            reader.goto(address(route))
            check(reader, route.path)
            visited.append(route.path)
    assert len(visited) > 50


def test_a_case_in_hand(reader: Page, gateway: FilledGateway) -> None:
    case = review.Case.FromString(gateway.usual["ReviewService.GetCase"].SerializeToString())  # type: ignore[union-attr]
    case.state, case.claimed_by = review.Case.CLAIMED, ME
    gateway.answers["ReviewService.GetCase"] = case
    enter(reader, gateway, Access.REVIEWER)
    reader.goto(f"/console/cases/{AN_ID}")
    expect(reader.locator("[data-judge]")).to_be_visible()
    check(reader, "a case to decide")


@pytest.mark.parametrize("reader", ["desktop"], indirect=True)
def test_what_is_wrong_is_summed_up_and_reached_by_keyboard(reader: Page, gateway: FilledGateway) -> None:
    enter(reader, gateway, Access.OPERATOR)
    reader.goto("/operation/days")
    reader.locator("form[action='/operation/days']").evaluate("form => form.noValidate = true")
    reader.click("form[action='/operation/days'] button.primary")
    expect(reader.locator("#summary")).to_be_focused()
    reader.keyboard.press("Tab")
    reader.keyboard.press("Enter")
    expect(reader.locator("#first_date")).to_be_focused()
    check(reader, "a form with mistakes")


def test_every_answer_to_an_empty_form(reader: Page, gateway: FilledGateway) -> None:  # GW-3
    answered = []
    gateway.answers["PaperService.IssuePaper"] = InvalidRequest()  # else it would lead to a file
    for route in PAGES:
        if route.do is None or route.path in ANSWERED_BY_A_FILE:
            continue
        enter(reader, gateway, Access.CANDIDATE if Access.CANDIDATE in route.open_to else next(iter(route.open_to)))
        reader.goto("/password")
        with reader.expect_navigation() as sent:
            reader.locator("main form input[name=csrf_token]").evaluate(SEND_EMPTY, address(route))
        if sent.value and sent.value.request.redirected_from is None:  # where it leads to is looked at by itself
            check(reader, route.path)
            answered.append(route.path)
    assert len(answered) > 15


@pytest.mark.parametrize(
    ("path", "button"),
    [
        ("/operation/texts/INTEGRITY_PLEDGE", "form[action='/operation/texts/INTEGRITY_PLEDGE'] button.primary"),
        ("/operation/import", "main form button.primary"),
        ("/operation/candidates", "main form button.primary"),
    ],
)
def test_what_is_shown_before_it_is_done(
    reader: Page, gateway: FilledGateway, path: str, button: str
) -> None:  # EN-1, ID-3
    enter(reader, gateway, Access.OPERATOR)
    reader.goto(path)
    for chosen in reader.locator("input[type=file]").all():
        chosen.set_input_files([{"name": "courses.csv", "mimeType": "text/csv", "buffer": PEOPLE.encode()}])
    with reader.expect_navigation():
        reader.click(button)
    check(reader, f"the answer of {path}")
