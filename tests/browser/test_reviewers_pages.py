"""The reviewers' pages in a real browser: by keyboard only, beside a colleague, without scripts (RE-4, RE-7)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import DESKTOP, PATIENCE_MS
from tests.browser.staff_browser import log_in, log_in_as, second_reviewer, waiting_case
from tests.e2e.suite_process import SuiteProcess

pytestmark = pytest.mark.browser


@pytest.fixture
def case_id(suite: SuiteProcess) -> str:
    return waiting_case(suite)


@pytest.fixture
def colleague(browser: Browser, suite: SuiteProcess) -> Iterator[Page]:
    """Another reviewer of the same school, at a browser of their own."""
    context = browser.new_context(base_url=suite.gateway_url, viewport=DESKTOP, locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    log_in(page, *second_reviewer(suite))
    yield page
    context.close()


@pytest.mark.parametrize("context", ["desktop"], indirect=True)
def test_a_case_is_claimed_looked_at_and_rejected_by_keyboard_alone(
    context: BrowserContext, page: Page, suite: SuiteProcess, case_id: str
) -> None:
    log_in_as(page, suite, "reviewer")
    page.goto(f"/console/cases/{case_id}")
    expect(page.locator(".sheet img")).to_have_count(0)
    page.keyboard.press("c")
    expect(page.locator(".sheet img")).to_have_count(4)
    assert page.locator(".portrait img").evaluate("image => image.decode().then(() => image.naturalWidth)")
    page.keyboard.press("2")
    expect(page.locator(".sheet").nth(1)).to_be_focused()
    page.keyboard.press("r")
    page.keyboard.press("+")
    assert "rotate(90deg)" in str(page.locator(".sheet img").nth(1).get_attribute("style"))
    assert "140%" in str(page.locator(".sheet img").nth(1).get_attribute("style"))
    page.keyboard.press("z")
    assert "rotate(0deg)" in str(page.locator(".sheet img").nth(1).get_attribute("style"))
    page.keyboard.press("x")
    for key, reason in ("0", 10), ("1", 1):
        page.keyboard.press(key)
        expect(page.locator("[name=reason]").nth(reason - 1)).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("请重拍 axr1")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".undo .badge")).to_have_text("未通过")
    page.goto(f"/console/cases/{case_id}")
    expect(page.locator("h1 .badge")).to_have_text("未通过")
    expect(page.locator(".story")).to_contain_text("请重拍 axr1")


@pytest.mark.parametrize("context", ["desktop"], indirect=True)
def test_two_keys_approve_the_next_case_comes_by_itself_and_one_key_undoes(  # RE-4, RE-12
    context: BrowserContext, page: Page, suite: SuiteProcess, case_id: str
) -> None:
    waiting_case(suite)
    log_in_as(page, suite, "reviewer")
    page.goto(f"/console/cases/{case_id}")
    page.keyboard.press("c")
    expect(page.locator(".proof.large img")).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".undo .badge")).to_have_text("通过")
    page.wait_for_url(lambda url: "/console/cases/" in url and case_id not in url.split("?")[0])
    expect(page.locator("[data-judge]")).to_be_visible()
    page.keyboard.press("u")
    page.wait_for_url(f"**/console/cases/{case_id}")
    expect(page.locator("[data-judge]")).to_be_visible()


@pytest.mark.parametrize("context", ["desktop"], indirect=True)
def test_shortcuts_can_be_switched_off(  # WCAG 2.1.4
    context: BrowserContext, page: Page, suite: SuiteProcess, case_id: str
) -> None:
    log_in_as(page, suite, "reviewer")
    page.goto(f"/console/cases/{case_id}")
    page.keyboard.press("c")
    page.uncheck("#keys-on")
    expect(page.locator("[data-judge] kbd").first).to_be_hidden()
    page.keyboard.press("a")
    expect(page.locator("#verdict")).not_to_be_checked()


@pytest.mark.parametrize("context", ["desktop"], indirect=True)
def test_two_reviewers_who_want_the_same_case(  # RE-4
    context: BrowserContext, page: Page, suite: SuiteProcess, colleague: Page, case_id: str
) -> None:
    log_in_as(page, suite, "reviewer")
    for one in (page, colleague):
        one.goto(f"/console/cases/{case_id}")
    colleague.click(".claim button.primary")
    expect(colleague.locator("[data-judge]")).to_be_visible()
    expect(page.locator("[data-changed]")).to_be_visible()  # by itself
    page.click(".claim button.primary")
    expect(page.locator("#summary")).to_be_focused()
    expect(page.locator(".claim h2")).to_have_text("其他审核员正在审核")
    page.goto("/console")
    row = page.locator("tr", has=page.locator(f"#case-{case_id}"))
    expect(row).to_contain_text("其他审核员")
    colleague.click("[data-key=l]")
    expect(row).to_contain_text("待审核")  # by itself


@pytest.mark.parametrize("context", ["no-script"], indirect=True)
def test_a_case_is_approved_without_scripts(
    context: BrowserContext, page: Page, suite: SuiteProcess, case_id: str
) -> None:
    log_in_as(page, suite, "reviewer")
    page.goto(f"/console/cases/{case_id}")
    page.click(".claim button.primary")
    page.check("#verdict")
    page.click("[data-judge] button.primary")
    expect(page.locator(".undo .badge.good")).to_be_visible()


@pytest.mark.parametrize("context", ["phone"], indirect=True)
def test_the_exam_authority_sees_no_case_of_a_school(  # RE-2
    context: BrowserContext, page: Page, suite: SuiteProcess, case_id: str
) -> None:
    log_in_as(page, suite, "authority")
    page.goto("/console")
    expect(page.locator(f"#case-{case_id}")).to_have_count(0)
    answer = page.goto(f"/console/cases/{case_id}")
    assert answer
    assert answer.status == 404
