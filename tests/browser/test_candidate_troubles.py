"""What happens to people on the way: trouble outside, another device, a face that is not theirs, no mouse (GW-1)."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from cli.demo.invented_people import Person, invent
from cli.journey.steps.candidate_steps import PASSWORD
from gateway.http.cookies import ACCESS
from sandbox.portraits import portrait
from tests.browser.candidate_browser import GO_ON, SCHOOL_CODE, CandidateBrowser, look_until
from tests.browser.conftest import PATIENCE_MS, PHONE
from tests.browser.outside_systems import OutsideSystems
from tests.browser.staff_browser import candidate_with_case, imported_candidate
from tests.e2e.suite_process import SuiteProcess
from tests.support.wait_until import block_until

pytestmark = pytest.mark.browser


@pytest.fixture
def candidate(page: Page, person: Person, outside: OutsideSystems) -> CandidateBrowser:
    return CandidateBrowser(page, person, outside)


@pytest.fixture
def other_device(browser: Browser, suite: SuiteProcess) -> Iterator[Page]:
    """Another device."""
    context = browser.new_context(base_url=suite.gateway_url, viewport=PHONE, locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def log_in(page: Page, person: Person) -> None:
    page.goto("/login")
    page.fill("#login_name", person.document_number)
    page.fill("#password", PASSWORD)
    page.click(GO_ON)
    page.wait_for_url("**/")


@pytest.mark.parametrize("context", ["english"], indirect=True)
def test_a_platform_that_does_not_answer_is_never_shown_as_a_failure(  # PA-4, F-1, F-18
    context: BrowserContext, candidate: CandidateBrowser, tmp_path: Path
) -> None:
    page, outside = candidate.page, candidate.outside
    candidate.get_ready(tmp_path)
    candidate.select(1)
    pay_url = candidate.check_out()
    with outside.trouble("notification", "LOST"), outside.trouble("query", "OUTAGE"):
        outside.pay(pay_url)
        page.click("form[action$='/refresh'] button")
        expect(page.locator(".notice[role=status]")).to_contain_text("not known yet")
        expect(page.locator("h1 .badge.bad")).to_have_count(0)
        expect(page.locator("#state")).to_have_attribute("data-state", "AWAITING_PAYMENT")
    candidate.see_it_paid()


def test_a_course_is_appended_to_what_is_effective(candidate: CandidateBrowser, tmp_path: Path) -> None:  # EN-9, PA-9
    page = candidate.page
    candidate.get_ready(tmp_path)
    for _ in range(2):
        candidate.select(1)
        candidate.outside.pay(candidate.check_out())
        candidate.see_it_paid()
    candidate.see_effective(2)
    page.goto("/orders")
    expect(page.locator(".cards .badge.good")).to_have_count(2)
    page.locator(".cards a").first.click()
    expect(page.locator("[aria-labelledby=receipt-title]")).to_be_visible()


def test_a_registration_begun_here_goes_on_elsewhere_and_is_ended_from_there(  # ID-5, ID-14
    candidate: CandidateBrowser, other_device: Page
) -> None:
    here = candidate.page
    candidate.make_account()
    log_in(other_device, candidate.person)
    other_device.click(".next a")
    expect(other_device.locator("#ethnicity")).to_be_visible()
    other_device.goto("/account")
    devices = other_device.locator(".devices li")
    expect(devices).to_have_count(2)
    other_device.click("form[action='/account/end'] button")
    expect(devices).to_have_count(1)
    here.context.clear_cookies(name=ACCESS)  # as when its fifteen minutes are over
    here.goto("/account")
    assert "/login" in here.url


def _page_at(page: Page, path: str) -> str:
    """Where asking for a page leads."""
    page.goto(path)
    return page.url


@pytest.mark.parametrize("context", ["phone", "english"], indirect=True)
def test_a_number_that_a_stranger_registered_is_its_owners(  # ID-15
    candidate: CandidateBrowser, other_device: Page, tmp_path: Path
) -> None:
    newcomer = invent(random.SystemRandom())
    squat = replace(candidate.person, name=newcomer.name, phone=newcomer.phone)
    stranger = CandidateBrowser(other_device, squat, candidate.outside)
    stranger.make_account()
    stranger.verify_phone()
    told = candidate.outside.received(squat.phone)
    candidate.make_account()
    candidate.fill_in_details()
    candidate.verify_phone()
    candidate.show_face(tmp_path)
    expect(candidate.page.locator("main")).to_contain_text(re.compile("准考证号|[Tt]icket number"))
    assert candidate.outside.letter_to(squat.phone, "终止", beyond=told)
    block_until(lambda: "/login" in _page_at(other_device, "/details"))


@pytest.mark.parametrize("context", ["phone", "english"], indirect=True)
def test_who_has_too_many_accounts_with_a_number_reads_what_to_do(candidate: CandidateBrowser) -> None:  # ID-15
    page = candidate.page
    for _ in range(3):
        candidate.make_account()
        page.context.clear_cookies()
    page.goto("/register")
    page.select_option("#document_type", "1")
    page.fill("#document_number", candidate.person.document_number)
    page.fill("#display_name", candidate.person.name)
    page.select_option("#school_code", SCHOOL_CODE)
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click(GO_ON)
    expect(page.locator("#summary")).to_contain_text(re.compile("主考学校|host school"))
    expect(page.locator("#document_number")).to_have_value(candidate.person.document_number)


@pytest.mark.parametrize("context", ["phone", "english"], indirect=True)
def test_an_imported_candidate_first_enters_with_a_code_too(  # ID-15, ID-3
    page: Page, suite: SuiteProcess, outside: OutsideSystems
) -> None:
    person = imported_candidate(suite)
    page.goto("/login")
    page.fill("#login_name", person.document_number)
    page.fill("#password", person.initial_password)
    page.click(GO_ON)
    expect(page.locator("#summary")).to_contain_text(re.compile("验证码已发送|It was sent to the phone"))
    page.fill("#code", outside.code_for(person.phone))
    page.fill("#password", person.initial_password)
    page.click(GO_ON)
    page.wait_for_url("**/password")


def test_who_is_not_recognised_is_led_to_the_proofs(  # ID-7, RE-3
    page: Page, suite: SuiteProcess, outside: OutsideSystems
) -> None:
    person, case_id = candidate_with_case(suite)
    log_in(page, person)
    CandidateBrowser(page, person, outside).do_what_is_left()
    look_until(page, f".next a[href='/cases/{case_id}']", 1)
    page.click(".next a")
    page.click("main form[action$='/submit'] button")
    expect(page.locator("#summary a")).to_have_count(3)
    page.click("#summary a >> nth=2")
    expect(page.locator("#HOLDING_DOCUMENT")).to_be_focused()
    for number, place in enumerate(("DOCUMENT_FRONT", "DOCUMENT_BACK", "HOLDING_DOCUMENT")):
        proof = {"name": "proof.jpg", "mimeType": "image/jpeg", "buffer": portrait(person.portrait_seed + number)}
        page.set_input_files(f"#image-{place}", [proof])
        page.click(f"#{place} form[action$='/materials'] button")
        expect(page.locator(f"#{place} .handed-in img")).to_have_count(1)
    page.click("main form[action$='/submit'] button")
    expect(page.locator("main .badge").first).to_have_text("已提交，等待审核")


@pytest.mark.parametrize("context", ["desktop"], indirect=True)
def test_courses_are_selected_and_paid_for_by_keyboard_alone(  # EN-5, EN-10, PA-1
    context: BrowserContext, candidate: CandidateBrowser, tmp_path: Path
) -> None:
    page = candidate.page
    candidate.get_ready(tmp_path)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    tab_to(page, 'main section a[href$="/courses"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/courses*")
    tab_to(page, ".slot:not(.taken) li button")
    page.keyboard.press("Enter")
    expect(page.locator(".slot.taken")).to_have_count(1)
    tab_to(page, ".basket .primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/*")
    tab_to(page, "form[action$='/pay'] button")
    page.keyboard.press("Enter")  # without the undertaking
    tab_to(page, "#undertaking")
    page.keyboard.press("Space")
    tab_to(page, "form[action$='/pay'] button")
    page.keyboard.press("Enter")
    expect(page.locator(".pay img")).to_be_visible()
    candidate.outside.pay(str(page.get_attribute(".pay a.button", "href")))
    candidate.see_it_paid()


def tab_to(page: Page, selector: str) -> None:
    """Goes on by the Tab key until an element that fits has the focus, and sees that the focus can be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"no way by keyboard to {selector}")
