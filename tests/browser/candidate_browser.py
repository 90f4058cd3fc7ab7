"""A candidate at a browser: what they press, in the order of the journey. The words are those of either language."""

import re
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from cli.demo.invented_people import Person
from cli.journey.steps.candidate_steps import PASSWORD
from sandbox.portraits import portrait
from tests.browser.outside_systems import OutsideSystems
from tests.support.wait_until import PATIENCE_SECONDS

SCHOOL_CODE, MAJOR_CODE = "10269", "050101"
GO_ON = "main button.primary"


@dataclass(frozen=True, slots=True)
class CandidateBrowser:
    """A person, their browser's page and the systems outside."""

    page: Page
    person: Person
    outside: OutsideSystems

    def make_account(self) -> None:
        """From the notice to the pledge (ID-1, ID-5)."""
        page = self.page
        page.goto("/")
        page.click('a[href="/register"]')
        page.select_option("#document_type", "1")
        page.fill("#document_number", self.person.document_number)
        page.fill("#display_name", self.person.name)
        page.select_option("#school_code", SCHOOL_CODE)
        page.fill("#password", PASSWORD)
        page.fill("#again", PASSWORD)
        page.click(GO_ON)
        page.select_option("#major_code", MAJOR_CODE)
        page.check("#pledge")
        page.click(GO_ON)
        page.wait_for_url("**/details")

    def type_details(self) -> None:
        """Details, ready to be sent (ID-12)."""
        page, number = self.page, self.person.document_number
        page.goto("/details")
        page.select_option("#sex", "2" if int(number[16]) % 2 else "1")
        page.fill("#birth_date", f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
        page.fill("#ethnicity", "汉族")
        page.select_option("#political_status", "4")
        page.select_option("#education", "3")
        page.fill("#occupation", "职员")
        page.fill("#household_region", "上海市")
        page.fill("#postal_address", "上海市示例路 1 号")
        page.fill("#postal_code", "200000")
        page.fill("#email", self.person.email)

    def fill_in_details(self) -> None:
        """Details, checked and confirmed (ID-12)."""
        self.type_details()
        self.page.click(GO_ON)
        self.page.wait_for_url("**/details/check")
        self.page.click(GO_ON)
        self.page.wait_for_url("**/phone")

    def verify_phone(self) -> None:
        """A code to the phone (ID-10)."""
        self.page.goto("/phone")
        self.page.fill("#phone", self.person.phone)
        self.page.click(GO_ON)
        self.page.fill("#code", self.outside.code_for(self.person.phone))
        self.page.click(GO_ON)
        self.page.wait_for_url(re.compile(r"/(photo)?$"))

    def show_face(self, folder: Path) -> None:
        """Photo and check (ID-6, ID-7)."""
        file = folder / "portrait.jpg"
        file.write_bytes(portrait(self.person.portrait_seed))
        self.page.goto("/photo")
        self.page.set_input_files("#portrait", file)
        self.page.click(GO_ON)
        self.page.click('form[action="/photo/verify"] button')
        self.page.wait_for_url("**/")

    def do_what_is_left(self) -> None:
        """Reads and answers what the session asks, as home says it is next (EN-2, EN-3)."""
        page = self.page
        page.goto("/")
        while page.locator(".next a[href^='/sessions/']:not([href$='/courses'])").count():
            page.click(".next a")
            if "/questionnaire" in page.url:
                for question in page.locator("fieldset").all():
                    question.locator("input").first.check()
            page.click(GO_ON)
            page.wait_for_load_state()
            page.goto("/")

    def select(self, count: int) -> None:
        """Selects a course in each of the first free half-days (EN-5)."""
        self.page.goto("/")
        self.page.click('main section a[href$="/courses"]')
        for _ in range(count):
            taken = self.page.locator(".slot.taken").count()
            self.page.locator(".slot:not(.taken) li button").first.click()
            expect(self.page.locator(".slot.taken")).to_have_count(taken + 1)

    def check_out(self) -> str:
        """Checkout, undertaking, QR code (EN-10, PA-1); gives the payment page's address."""
        self.page.click(".basket .primary")
        return self.agree()

    def agree(self) -> str:
        """Accepts the undertaking and gets the QR code (PA-1); gives the payment page's address."""
        self.page.check("#undertaking")
        self.page.click(GO_ON)
        return str(self.page.get_attribute(".pay a.button", "href"))

    def see_it_paid(self) -> None:
        """Waits for "paid" to appear by itself (PA-4)."""
        expect(self.page.locator("h1 .badge.good")).to_be_visible()

    def see_effective(self, count: int) -> None:
        """Home shows so many effective courses; enrollment hears of the money by an event (EN-8)."""
        self.page.goto("/")
        look_until(self.page, ".tickets .badge.good", count)

    def get_ready(self, folder: Path) -> None:
        """Everything before the selection."""
        self.make_account()
        self.fill_in_details()
        self.verify_phone()
        self.show_face(folder)
        self.do_what_is_left()


def look_until(page: Page, selector: str, count: int) -> None:
    """Loads the page again until it shows so many of something that follows by an event."""
    shown = page.locator(selector)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while shown.count() != count and time.monotonic() < deadline:
        page.reload()
    expect(shown).to_have_count(count)
