"""Pages that stay open for longer than an access token holds: nobody is logged out, and what happens is seen (GW-8)."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from cli.demo.invented_people import Person
from cli.journey.steps.candidate_steps import PASSWORD
from gateway.http.cookies import ACCESS, claims_of
from tests.browser.candidate_browser import GO_ON, CandidateBrowser
from tests.browser.outside_systems import OutsideSystems
from tests.browser.page_checks import violations
from tests.browser.test_candidate_troubles import log_in
from tests.e2e.suite_process import SuiteProcess, temporary_suite, until
from tests.support.wait_until import PATIENCE_SECONDS

pytestmark = pytest.mark.browser

SHORT_LIVED = {"ZIKAO_LOGIN_TOKENS__ACCESS_FOR": "PT10S"}
LOG_OUT = 'form[action="/logout"] button'
LOOK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"
"""What a browser says when somebody comes back to a page: its stream is opened anew, as after an hour."""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SuiteProcess]:
    """A suite whose access tokens hold for a moment: just long enough to set it up with one."""
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


def test_a_form_comes_back_as_it_was_typed_after_a_new_login_in_another_tab_or_its_own(  # GW-8
    context: BrowserContext, candidate: CandidateBrowser
) -> None:
    candidate.make_account()
    candidate.type_details()
    page, other = candidate.page, context.new_page()
    other.goto("/")
    other.click(LOG_OUT)
    log_in(other, candidate.person)
    page.click(GO_ON)
    see_it_given_back(page)
    other.goto("/")
    other.click(LOG_OUT)
    page.fill("#occupation", "教师")
    page.click(GO_ON)
    expect(page.locator("#password")).to_be_visible()
    assert violations(page) == []
    page.fill("#login_name", candidate.person.document_number)
    page.fill("#password", PASSWORD)
    page.click(GO_ON)
    see_it_given_back(page, "教师")
    page.click(GO_ON)
    page.wait_for_url("**/details/check")


def see_it_given_back(page: Page, occupation: str = "职员") -> None:
    """The form at its own page, as it was typed, with a word about it."""
    expect(page.locator("#occupation")).to_have_value(occupation)
    expect(page.locator(".notice[role=status]")).to_contain_text("尚未生效")
    assert page.url.endswith("/details")
    assert violations(page) == []


def test_a_page_loaded_while_identity_restarts_says_so_and_comes_by_itself(  # GW-7, GW-8, F-23
    context: BrowserContext, candidate: CandidateBrowser, suite: SuiteProcess
) -> None:
    candidate.make_account()
    page = candidate.page
    page.goto("/account")
    os.kill(suite.process.pid, signal.SIGSTOP)  # or identity would be there again before anybody looks
    try:
        suite.kill("identity")
        wait_for_end(context)
        answer = page.reload()
        assert answer is not None
        assert (answer.status, int(answer.headers["retry-after"]) >= 1) == (503, True)
        expect(page.locator("main")).to_contain_text("您也无需重新登录")
        assert violations(page) == []
    finally:
        os.kill(suite.process.pid, signal.SIGCONT)
    expect(page.locator('form[action="/account/end-all"]')).to_be_visible(timeout=PATIENCE_SECONDS * 1000)
    assert page.url.endswith("/account")
