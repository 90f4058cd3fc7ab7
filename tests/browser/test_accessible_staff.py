"""WCAG 2.2 AA, as far as a program can tell, on the pages of reviewers and operators, in both languages and widths."""

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.staff import log_in_as, waiting_case
from tests.browser.tour import violations
from tests.e2e.suite import Running

pytestmark = pytest.mark.browser

CONSOLE = ["/console", "/console?state=4", "/console/second-reviews", "/console/figures", "/console/practice"]
OPERATION = ["", "/import", "/exceptions", "/statements", "/staff", "/audit"]


def check(page: Page, what: str) -> None:
    assert violations(page) == [], what
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what


@pytest.mark.parametrize("context", ["phone", "english"], indirect=True)
def test_what_a_reviewer_sees(context: BrowserContext, page: Page, suite: Running) -> None:
    case_id = waiting_case(suite)
    log_in_as(page, suite, "reviewer")
    for path in CONSOLE:
        page.goto(path)
        check(page, path)
    page.click("main .cards a")
    check(page, "practice courses of a session")
    page.goto(f"/console/cases/{case_id}")
    check(page, "a case that waits")
    page.click(".claim button.primary")
    check(page, "a case to decide")
    page.check("[data-key=x]")
    page.check("[data-reason='1']")
    page.click("[data-submit]")
    check(page, "a decided case")


@pytest.mark.parametrize("context", ["phone", "english"], indirect=True)
def test_what_an_operator_sees(context: BrowserContext, page: Page, suite: Running) -> None:
    log_in_as(page, suite, "operator")
    for path in OPERATION:
        page.goto(f"/operation{path}")
        check(page, path)
    page.goto("/operation/import")
    content = b"course_code,name\nabc,x\n"
    page.set_input_files("#files", [{"name": "courses.csv", "mimeType": "text/csv", "buffer": content}])
    page.click("main button.primary")
    check(page, "bad rows")
    page.goto("/operation")
    page.click("main .cards a")
    check(page, "a session")
