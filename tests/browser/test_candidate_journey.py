"""A person with a browser gets from the notice to "paid, effective" (GW-1)."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from cli.demo.invented_people import Person
from cli.journey.steps.candidate_steps import PASSWORD
from sandbox.portraits import portrait
from tests.browser.candidate_browser import CandidateBrowser, look_until
from tests.browser.outside_systems import OutsideSystems

pytestmark = pytest.mark.browser


@pytest.fixture
def candidate(page: Page, person: Person, outside: OutsideSystems) -> CandidateBrowser:
    return CandidateBrowser(page, person, outside)


@pytest.mark.parametrize("context", ["phone", "english"], indirect=True)
def test_from_the_notice_to_paid_and_effective_without_refreshing(  # PA-4, EN-8
    context: BrowserContext, candidate: CandidateBrowser, tmp_path: Path
) -> None:
    candidate.get_ready(tmp_path)
    candidate.select(3)
    pay_url = candidate.check_out()
    candidate.outside.pay(pay_url)
    candidate.see_it_paid()
    candidate.see_effective(3)


@pytest.mark.parametrize("context", ["no-script"], indirect=True)
def test_the_same_without_scripts(context: BrowserContext, candidate: CandidateBrowser, tmp_path: Path) -> None:
    candidate.get_ready(tmp_path)
    candidate.select(1)
    pay_url = candidate.check_out()
    candidate.outside.pay(pay_url)
    look_until(candidate.page, "h1 .badge.good", 1)


def test_the_code_says_how_long_it_is_valid(candidate: CandidateBrowser, tmp_path: Path) -> None:  # PA-3
    candidate.get_ready(tmp_path)
    candidate.select(1)
    candidate.check_out()
    expect(candidate.page.locator("[data-countdown]")).to_have_text(re.compile(r"\(29:\d\d\)$"))


def test_a_taken_half_day_offers_a_swap_in_place(candidate: CandidateBrowser, tmp_path: Path) -> None:  # EN-5, EN-12
    candidate.get_ready(tmp_path)
    candidate.select(1)
    slot = candidate.page.locator(".slot.taken")
    slot.locator("summary").click()
    before = slot.locator("li.chosen strong").inner_text()
    slot.locator("li:not(.chosen) button").first.click()
    expect(candidate.page.locator(".slot.taken summary strong")).not_to_have_text(before)
    expect(candidate.page.locator(".slot.taken")).to_have_count(1)


def test_what_is_wrong_is_summed_up_and_has_the_focus(page: Page, person: Person) -> None:
    page.goto("/register")
    page.select_option("#document_type", "1")
    page.fill("#document_number", person.document_number[:-1])
    page.fill("#display_name", person.name)
    page.select_option("#school_code", "10269")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD + "x")
    page.keyboard.press("Enter")
    expect(page.locator("#summary")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#again")).to_be_focused()
    expect(page.locator("#again")).to_have_attribute("aria-invalid", "true")


def test_nobody_comes_in_without_logging_in_and_everybody_gets_where_they_wanted(  # ID-1
    candidate: CandidateBrowser, context: BrowserContext
) -> None:
    candidate.make_account()
    candidate.page.click('form[action="/logout"] button')
    candidate.page.goto("/orders")
    assert "/login?next=%2Forders" in candidate.page.url
    candidate.page.fill("#login_name", candidate.person.document_number)
    candidate.page.fill("#password", PASSWORD)
    candidate.page.click("main button.primary")
    candidate.page.wait_for_url("**/orders")


def test_a_form_of_another_site_changes_nothing(candidate: CandidateBrowser) -> None:
    candidate.make_account()
    answer = candidate.page.request.post("/account/end-all", form={"csrf_token": "guessed"})
    assert answer.status == 403
    candidate.page.goto("/account")
    assert candidate.page.url.endswith("/account")


def test_a_forgotten_password_is_replaced_by_a_code(candidate: CandidateBrowser) -> None:  # ID-4
    candidate.make_account()
    candidate.fill_in_details()
    candidate.verify_phone()
    page = candidate.page
    page.click('form[action="/logout"] button')
    page.click('a[href="/recovery"]')
    page.fill("#login_name", candidate.person.document_number)
    received = candidate.outside.received(candidate.person.phone)
    page.click("main button.primary")
    page.wait_for_url("**/recovery/*")
    page.fill("#code", candidate.outside.code_for(candidate.person.phone, beyond=received))
    page.fill("#new_password", "Zikao2027")
    page.fill("#again", "Zikao2027")
    page.click("main button.primary")
    page.wait_for_url("**/login")
    page.fill("#login_name", candidate.person.document_number)
    page.fill("#password", "Zikao2027")
    page.click("main button.primary")
    expect(page.locator("h1")).to_have_text(candidate.person.name)


def test_a_large_photo_is_cropped_and_compressed_before_the_upload(
    candidate: CandidateBrowser, tmp_path: Path
) -> None:  # ID-6
    file = tmp_path / "large.png"
    with Image.open(io.BytesIO(portrait(candidate.person.portrait_seed))) as drawn:
        drawn.resize((drawn.width * 3, drawn.height * 3)).save(file)
    candidate.make_account()
    candidate.page.goto("/photo")
    candidate.page.set_input_files("#portrait", file)
    expect(candidate.page.locator("canvas.preview")).to_be_visible()
    candidate.page.click("main button.primary")
    expect(candidate.page.locator('img[src="/photo/image"]')).to_be_visible()


def test_a_refused_photo_names_the_rule(candidate: CandidateBrowser, tmp_path: Path) -> None:  # ID-6
    file = tmp_path / "notes.txt"
    file.write_text("not a photo")
    candidate.make_account()
    candidate.page.goto("/photo")
    candidate.page.set_input_files("#portrait", file)
    candidate.page.click("main button.primary")
    expect(candidate.page.locator("#summary li")).not_to_have_count(0)


def test_the_graduation_plan_says_why_it_has_no_end_yet_and_what_to_take_first(  # EN-13
    candidate: CandidateBrowser, tmp_path: Path
) -> None:
    candidate.get_ready(tmp_path)
    candidate.page.click('a[href$="/plan"]')
    expect(candidate.page.locator("p.notice")).to_be_visible()
    expect(candidate.page.locator("ol.timeline > li")).to_have_count(1)
    expect(candidate.page.locator("ol.timeline > li li").first).to_be_visible()
