"""WCAG 2.2 AA, as far as a program can tell, on what the staff's pages come to show while somebody works, in both
languages and widths; `test_every_page.py` visits every address.
"""

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.page_checks import violations
from tests.browser.staff_browser import log_in_as, waiting_case
from tests.e2e.suite_process import SuiteProcess

pytestmark = pytest.mark.browser


def check(page: Page, what: str) -> None:
    assert violations(page) == [], what
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what


@pytest.mark.parametrize("context", ["phone", "english"], indirect=True)
def test_what_a_reviewer_sees(context: BrowserContext, page: Page, suite: SuiteProcess) -> None:
    case_id = waiting_case(suite)
    log_in_as(page, suite, "reviewer")
    page.goto("/console?state=4")
    check(page, "decided cases")
    page.goto("/console/practice")
    page.click("main .cards a")
    check(page, "practice courses of a session")
    page.click("header a[href='/console/help/practice']")
    check(page, "the guide's part about it")
    page.goto(f"/console/cases/{case_id}")
    check(page, "a case that waits")
    page.click(".claim button.primary")
    check(page, "a case to decide")
    page.check("[data-key=x]")
    page.check("[data-reason='1']")
    page.click("[data-submit]")
    check(page, "a decided case")


@pytest.mark.parametrize("context", ["phone", "english"], indirect=True)
def test_what_an_operator_sees(context: BrowserContext, page: Page, suite: SuiteProcess) -> None:
    log_in_as(page, suite, "operator")
    page.goto("/operation/import")
    content = b"course_code,name\nabc,x\n"
    page.set_input_files("#files", [{"name": "courses.csv", "mimeType": "text/csv", "buffer": content}])
    page.click("main button.primary")
    check(page, "bad rows")
    page.goto("/operation")
    page.click("main .cards a")
    check(page, "a session")
