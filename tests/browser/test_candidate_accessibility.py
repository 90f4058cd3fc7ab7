"""Every page of the portal, in both languages and widths: WCAG 2.2 AA, weight, forms, no script within it.
WCAG holds for the pages of the simulated outside world too, which say what they are (PA-13).
"""

import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from cli.demo.invented_people import Person
from cli.journey.steps.candidate_steps import PASSWORD
from gateway.portal.routes import CASE, ORDER, PAGES
from sandbox.portraits import portrait
from tests.browser.candidate_browser import CandidateBrowser
from tests.browser.outside_systems import OutsideSystems
from tests.browser.page_checks import MOST_BYTES, TOO_WIDE, PageVisits, violations
from tests.browser.staff_browser import candidate_with_case
from tests.e2e.suite_process import SuiteProcess

pytestmark = pytest.mark.browser

PAPER = "/papers/{paper_id}/document"
FILES = frozenset({"/photo/image", "/photo/sample", f"{ORDER}/qr", f"{CASE}/materials/{{material_id}}", PAPER})
ON_THE_WAY = frozenset({"/sign-in", "/sign-in/{provider_id}", "/courses"})
"""Addresses that show nothing of their own: they lead to a sign-in provider and back (ID-18), or to the session's
courses.
"""


@pytest.mark.parametrize("context", ["phone", "english"], indirect=True)
def test_every_page_of_the_portal(
    context: BrowserContext, page: Page, person: Person, outside: OutsideSystems, suite: SuiteProcess, tmp_path: Path
) -> None:
    visits = PageVisits(page, PAGES, FILES | ON_THE_WAY)
    _outside(visits)
    see_the_way_in(visits, CandidateBrowser(page, person, outside), tmp_path)
    see_the_way_to_paid(visits, CandidateBrowser(page, person, outside))
    context.clear_cookies()
    see_a_case(visits, *candidate_with_case(suite))
    context.clear_cookies()
    see_who_lost_a_phone(visits, CandidateBrowser(page, person, outside))
    assert visits.left_out() == set()


@pytest.mark.parametrize("context", ["phone", "english"], indirect=True)
def test_every_page_of_the_reference_of_the_api(context: BrowserContext, page: Page) -> None:
    visits = PageVisits(page, PAGES)
    visits.see("/api")
    for path in [str(link.get_attribute("href")) for link in page.locator("h2 a").all()]:
        answer = page.goto(path)
        assert answer
        assert len(answer.body()) <= MOST_BYTES, path
        assert not page.evaluate(TOO_WIDE), path
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert violations(page) == [], path


def _outside(visits: PageVisits) -> None:
    for path in (
        "/login",
        "/register",
        "/recovery",
        "/phone-changes",
        "/announcements",
        "/papers/check",
        "/help/payment",
        "/nothing",
    ):
        visits.see(path)


def see_the_way_in(visits: PageVisits, candidate: CandidateBrowser, folder: Path) -> None:
    """What a new candidate comes by before the selection (ID-5)."""
    page = visits.page
    candidate.make_account()
    first = ("/", "/registrations/new", "/details", "/phone", "/email", "/photo")
    for path in (*first, "/cases", "/correction", "/orders"):
        visits.see(path)
    candidate.fill_in_details()
    visits.see("/details/check")
    candidate.verify_phone()
    candidate.show_face(folder)
    for path in (
        "/",
        "/photo",
        "/account",
        "/account/looks",
        "/account/data",
        "/account/erasure",
        "/messages",
        "/password",
        page.locator('a[href$="/plan"]').first.get_attribute("href"),
    ):
        visits.see(str(path))
    page.goto("/")
    courses = str(page.locator('main section a[href$="/courses"]').first.get_attribute("href"))
    for last in ("notice", "questionnaire"):
        visits.see(courses.replace("courses", last))
    candidate.do_what_is_left()


def see_the_way_to_paid(visits: PageVisits, candidate: CandidateBrowser) -> None:
    """Courses, district, the order in each state, and what is there once it is paid (EN-10, PA-1)."""
    page = visits.page
    candidate.select(2)
    courses = page.url.partition("?")[0]
    visits.see(courses)
    visits.see(courses.replace("/courses", "/district"))
    page.goto(courses)
    page.click(".basket .primary")
    visits.see()
    pay_url = candidate.agree()
    visits.see()
    see_the_outside_world(page, pay_url)
    candidate.outside.pay(pay_url)
    candidate.see_it_paid()
    visits.see()
    visits.see(f"{page.url}/refunds")
    for path in ("/orders", "/", courses):
        visits.see(path)
    see_papers(visits)


def see_papers(visits: PageVisits) -> None:
    """A paper is a file, and what the code on it leads to is open to anybody (EN-18)."""
    page = visits.page
    visits.see("/papers")
    with page.expect_download() as saved:
        page.locator("form[action='/papers'] button").last.click()
    assert saved.value.suggested_filename.startswith("confirmation-")
    visits.see("/papers")
    visits.see(str(page.locator("a[href*='/papers/check?']").first.get_attribute("href")))
    expect(page.locator("main")).to_contain_text(re.compile("仍然有效|still holds"))


def see_the_outside_world(page: Page, pay_url: str) -> None:
    """The sandbox's pages, beside the page that waits for the money."""
    beside = page.context.new_page()
    for path in ("/", "/inbox", "/register", urlsplit(pay_url).path):
        beside.goto(urljoin(pay_url, path))
        expect(beside.locator("[role=note]")).to_contain_text("模拟环境")
        expect(beside.locator("[role=note]")).to_contain_text("A simulation")
        assert violations(beside) == [], path
    beside.close()


def see_a_case(visits: PageVisits, person: Person, case_id: str) -> None:
    """What a candidate sees whom the register does not know by the photo (ID-7)."""
    page = visits.page
    page.goto("/login")
    page.fill("#login_name", person.document_number)
    page.fill("#password", PASSWORD)
    page.click("main button.primary")
    page.wait_for_url("**/")
    for path in ("/photo", "/cases", f"/cases/{case_id}"):
        visits.see(path)
    files = [{"name": "front.jpg", "mimeType": "image/jpeg", "buffer": portrait(person.portrait_seed)}]
    page.set_input_files("#image-DOCUMENT_FRONT", files)
    page.click("#DOCUMENT_FRONT form[action$='/materials'] button")
    expect(page.locator("#DOCUMENT_FRONT .handed-in img")).to_be_visible()
    visits.see()


def see_who_lost_a_phone(visits: PageVisits, candidate: CandidateBrowser) -> None:
    """Another phone, and a password forgotten, without logging in (ID-4, ID-11)."""
    page, person, outside = visits.page, candidate.person, candidate.outside
    page.goto("/phone-changes")
    phone = f"139{person.phone[3:]}" if not person.phone.startswith("139") else f"138{person.phone[3:]}"
    page.fill("#new_phone", phone)
    page.click("main button.primary")
    page.fill("#code", outside.code_for(phone))
    page.select_option("#document_type", "1")
    page.fill("#document_number", person.document_number)
    page.fill("#display_name", person.name)
    page.click("main button.primary")
    page.wait_for_url(re.compile(r"/phone-changes/[0-9a-f-]{36}$"))
    visits.see()
    page.goto("/recovery")
    page.fill("#login_name", person.document_number)
    page.click("main button.primary")
    page.wait_for_url("**/recovery/*")
    visits.see()
