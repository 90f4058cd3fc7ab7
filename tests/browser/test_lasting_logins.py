"""Pages that stay open for longer than an access token holds: nobody is logged out, and what happens is seen (GW-8)."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from cli.demo.invented_people import Person
from gateway.http.cookies import ACCESS, claims_of
from tests.browser.candidate_browser import CandidateBrowser
from tests.browser.outside_systems import OutsideSystems
from tests.browser.test_candidate_troubles import log_in
from tests.e2e.suite_process import SuiteProcess, temporary_suite, until
from tests.support.wait_until import PATIENCE_SECONDS

pytestmark = pytest.mark.browser

SHORT_LIVED = {"ZIKAO_LOGIN_TOKENS__ACCESS_FOR": "PT3S"}
LOOK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"
"""What a browser says when somebody comes back to a page: its stream is opened anew, as after an hour."""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SuiteProcess]:
    """A suite whose access tokens hold for a moment."""
    with temporary_suite(tmp_path_factory.mktemp("short-lived") / "home", SHORT_LIVED) as one:
        yield one


@pytest.fixture
def candidate(page: Page, person: Person, outside: OutsideSystems) -> CandidateBrowser:
    return CandidateBrowser(page, person, outside)


def access_token(context: BrowserContext) -> str:
    return next(one["value"] for one in context.cookies() if one["name"] == ACCESS)


def wait_for_end(context: BrowserContext) -> None:
    """Until the access token that the browser has now has ended."""
    end = claims_of(access_token(context))["exp"]
    until(lambda: time.time() > end, PATIENCE_SECONDS, lambda: end)


def test_an_order_page_left_open_beyond_its_token_learns_that_it_is_paid(  # F-22, GW-8
    context: BrowserContext, candidate: CandidateBrowser, tmp_path: Path
) -> None:
    candidate.get_ready(tmp_path)
    candidate.select(1)
    pay_url = candidate.check_out()
    candidate.page.evaluate("window.leftOpen = true")
    shown_with = access_token(context)
    wait_for_end(context)
    candidate.page.evaluate(LOOK_AGAIN)
    until(lambda: access_token(context) != shown_with, PATIENCE_SECONDS, lambda: candidate.page.url)
    assert candidate.page.evaluate("window.leftOpen")
    candidate.outside.pay(pay_url)
    candidate.see_it_paid()


def test_two_tabs_loaded_at_once_after_a_pause_stay_logged_in(  # F-23, GW-8
    context: BrowserContext, candidate: CandidateBrowser
) -> None:
    candidate.make_account()
    one, other = candidate.page, context.new_page()
    for tab in (one, other):
        tab.goto("/account")
    for _ in range(3):
        wait_for_end(context)
        with one.expect_navigation(), other.expect_navigation():
            for tab in (one, other):
                tab.evaluate("setTimeout(() => location.reload())")
        assert [tab.url.endswith("/account") for tab in (one, other)] == [True, True]


def test_a_form_comes_back_as_it_was_typed_after_a_new_login_in_another_tab(  # GW-8
    context: BrowserContext, candidate: CandidateBrowser
) -> None:
    candidate.make_account()
    candidate.type_details()
    other = context.new_page()
    other.goto("/")
    other.click('form[action="/logout"] button')
    log_in(other, candidate.person)
    candidate.page.click("main button.primary")
    expect(candidate.page.locator("main input[name=occupation]")).to_have_value("职员")
    candidate.page.click("main form button")
    candidate.page.wait_for_url("**/details/check")
