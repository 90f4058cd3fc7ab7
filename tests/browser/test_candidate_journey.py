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
from tests.browser.candidate_browser import AtBrowser, look_until
from tests.browser.outside_systems import World

pytestmark = pytest.mark.browser


@pytest.fixture
def somebody(page: Page, person: Person, world: World) -> AtBrowser:
    return AtBrowser(page, person, world)


@pytest.mark.parametrize("context", ["phone", "english"], indirect=True)
def test_from_the_notice_to_paid_and_effective_without_refreshing(  # PA-4, EN-8
    context: BrowserContext, somebody: AtBrowser, tmp_path: Path
) -> None:
    somebody.get_ready(tmp_path)
    somebody.select(3)
    pay_url = somebody.check_out()
    somebody.world.pay(pay_url)
    somebody.see_it_paid()
    somebody.see_effective(3)


@pytest.mark.parametrize("context", ["no-script"], indirect=True)
def test_the_same_without_scripts(context: BrowserContext, somebody: AtBrowser, tmp_path: Path) -> None:
    somebody.get_ready(tmp_path)
    somebody.select(1)
    pay_url = somebody.check_out()
    somebody.world.pay(pay_url)
    look_until(somebody.page, "h1 .badge.good", 1)


def test_the_code_says_how_long_it_is_valid(somebody: AtBrowser, tmp_path: Path) -> None:  # PA-3
    somebody.get_ready(tmp_path)
    somebody.select(1)
    somebody.check_out()
    expect(somebody.page.locator("[data-countdown]")).to_have_text(re.compile(r"\(29:\d\d\)$"))


def test_a_taken_half_day_offers_a_swap_in_place(somebody: AtBrowser, tmp_path: Path) -> None:  # EN-5, EN-12
    somebody.get_ready(tmp_path)
    somebody.select(1)
    slot = somebody.page.locator(".slot.taken")
    before = slot.locator("li.chosen strong").inner_text()
    slot.locator("li:not(.chosen) button").first.click()
    expect(somebody.page.locator(".slot.taken li.chosen strong")).not_to_have_text(before)
    expect(somebody.page.locator(".slot.taken")).to_have_count(1)


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
    somebody: AtBrowser, context: BrowserContext
) -> None:
    somebody.make_account()
    somebody.page.click('form[action="/logout"] button')
    somebody.page.goto("/orders")
    assert "/login?next=%2Forders" in somebody.page.url
    somebody.page.fill("#login_name", somebody.person.document_number)
    somebody.page.fill("#password", PASSWORD)
    somebody.page.click("main button.primary")
    somebody.page.wait_for_url("**/orders")


def test_a_form_of_another_site_changes_nothing(somebody: AtBrowser) -> None:
    somebody.make_account()
    answer = somebody.page.request.post("/account/end-all", form={"csrf_token": "guessed"})
    assert answer.status == 403
    somebody.page.goto("/account")
    assert somebody.page.url.endswith("/account")


def test_a_forgotten_password_is_replaced_by_a_code(somebody: AtBrowser) -> None:  # ID-4
    somebody.make_account()
    somebody.fill_in_details()
    somebody.verify_phone()
    page = somebody.page
    page.click('form[action="/logout"] button')
    page.click('a[href="/recovery"]')
    page.fill("#login_name", somebody.person.document_number)
    received = somebody.world.received(somebody.person.phone)
    page.click("main button.primary")
    page.wait_for_url("**/recovery/*")
    page.fill("#code", somebody.world.code_for(somebody.person.phone, beyond=received))
    page.fill("#new_password", "Zikao2027")
    page.fill("#again", "Zikao2027")
    page.click("main button.primary")
    page.wait_for_url("**/login")
    page.fill("#login_name", somebody.person.document_number)
    page.fill("#password", "Zikao2027")
    page.click("main button.primary")
    expect(page.locator("h1")).to_have_text(somebody.person.name)


def test_a_large_photo_is_cropped_and_compressed_before_the_upload(somebody: AtBrowser, tmp_path: Path) -> None:  # ID-6
    file = tmp_path / "large.png"
    with Image.open(io.BytesIO(portrait(somebody.person.portrait_seed))) as drawn:
        drawn.resize((drawn.width * 3, drawn.height * 3)).save(file)
    somebody.make_account()
    somebody.page.goto("/photo")
    somebody.page.set_input_files("#portrait", file)
    expect(somebody.page.locator("canvas.preview")).to_be_visible()
    somebody.page.click("main button.primary")
    expect(somebody.page.locator('img[src="/photo/image"]')).to_be_visible()


def test_a_refused_photo_names_the_rule(somebody: AtBrowser, tmp_path: Path) -> None:  # ID-6
    file = tmp_path / "notes.txt"
    file.write_text("not a photo")
    somebody.make_account()
    somebody.page.goto("/photo")
    somebody.page.set_input_files("#portrait", file)
    somebody.page.click("main button.primary")
    expect(somebody.page.locator("#summary li")).not_to_have_count(0)


def test_the_graduation_plan_says_why_it_has_no_end_yet_and_what_to_take_first(  # EN-13
    somebody: AtBrowser, tmp_path: Path
) -> None:
    somebody.get_ready(tmp_path)
    somebody.page.click('a[href$="/plan"]')
    expect(somebody.page.locator("p.notice")).to_be_visible()
    expect(somebody.page.locator("ol.timeline > li")).to_have_count(1)
    expect(somebody.page.locator("ol.timeline > li li").first).to_be_visible()
