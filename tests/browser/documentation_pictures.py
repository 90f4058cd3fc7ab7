"""`make pictures`: takes the pictures of docs/pages.md and of the guides anew, from a suite of its own.

The people are invented. Pictures are taken while candidates and staff go their ways by clicking, so that they show what
people see.
"""

import io
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from cli.demo.invented_people import invent
from cli.journey.steps.candidate_steps import PASSWORD
from sandbox.portraits import portrait
from tests.browser.candidate_browser import CandidateBrowser
from tests.browser.outside_systems import OutsideSystems
from tests.browser.staff_browser import candidate_with_case, log_in, log_in_as, waiting_case
from tests.e2e.suite_process import ROOT, SuiteProcess, temporary_suite, zikao
from tests.e2e.test_journey import play
from tools.install_browser import find

FOLDER: Final = ROOT / "docs" / "images"
PHONE: Final[dict[str, Any]] = {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 1.5}
DESKTOP: Final[dict[str, Any]] = {"viewport": {"width": 1200, "height": 780}, "device_scale_factor": 1}
COLOURS: Final = 64
"""Of a page of letters, which is small and sharp without loss."""
QUALITY: Final = 72
"""Of a page with faces, which is smaller with some."""
PLAYED: Final = (
    ("--count", "24", "--concurrency", "6"),
    ("--scenario", "late-money"),
    ("--scenario", "manual-review"),
    ("--scenario", "receipt-and-statement"),
)
"""What is played first."""


@dataclass(frozen=True, slots=True)
class Album:
    """Where pictures go."""

    folder: Path

    def take(self, page: Page, name: str, *, height: int = 0) -> None:
        """The page from its top; `height` in CSS pixels where it is not the window's."""
        size = page.viewport_size
        assert size
        page.wait_for_load_state("networkidle")
        page.evaluate("scrollTo(0, 0)")
        if height:
            page.set_viewport_size({"width": size["width"], "height": height})
        with Image.open(io.BytesIO(page.screenshot())) as taken:
            file = self.folder / f"{name}.webp"
            file.write_bytes(smallest(taken.convert("RGB")))
        page.set_viewport_size(size)
        print(f"  {file.relative_to(ROOT)}  {file.stat().st_size // 1000} kB", flush=True)

    def take_in_both_languages(self, page: Page, name: str, *, height: int = 0) -> None:
        """The page as a guide of either language shows it."""
        self.take(page, name, height=height)
        address = page.url
        page.goto(f"{address.partition('#')[0]}?language=en")
        Album(self.folder / "en").take(page, name, height=height)
        page.goto(f"{page.url.partition('#')[0]}?language=zh-CN")
        page.goto(address)


def smallest(taken: Image.Image) -> bytes:
    """A picture as WebP, in whichever way is smaller."""
    few_colours, lossy = io.BytesIO(), io.BytesIO()
    taken.quantize(COLOURS).convert("RGB").save(few_colours, "WEBP", lossless=True, method=6)
    taken.save(lossy, "WEBP", quality=QUALITY, method=6)
    return min(few_colours.getvalue(), lossy.getvalue(), key=len)


def main() -> None:
    """Starts a suite, plays, takes the pictures and stops it."""
    program = find()
    if program is None:
        sys.exit("There is no Chromium to take pictures with: run `make browser`.")
    with tempfile.TemporaryDirectory() as folder, temporary_suite(Path(folder) / "home") as suite:
        prepare(suite)
        with sync_playwright() as playwright, httpx.Client(base_url=suite.sandbox_url, trust_env=False) as http:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--lang=zh-CN"])
            take_all(browser, suite, OutsideSystems(http), Album(FOLDER))
            browser.close()


def prepare(suite: SuiteProcess) -> None:
    """Plays, with some trouble, so that lists and figures have something to show."""
    trouble = zikao("sandbox", "fault", "set", "notification", "WRONG_AMOUNT", "--times", "3")
    subprocess.run(trouble, env={**os.environ, "ZIKAO_SANDBOX_URL": suite.sandbox_url}, cwd=ROOT, check=True)
    for options in PLAYED:
        print(f"playing {' '.join(options)}", flush=True)
        played = play(suite, *options)
        if played.returncode:
            sys.exit(played.stdout + played.stderr)


def take_all(browser: Browser, suite: SuiteProcess, outside: OutsideSystems, album: Album) -> None:
    """Every picture there is."""
    with opened(browser, suite, PHONE) as page:
        take_candidates_pictures(page, outside, album)
    with opened(browser, suite, PHONE) as page:
        take_picture_of_proofs(page, suite, album)
    with opened(browser, suite, DESKTOP) as page:
        take_reviewers_pictures(page, suite, album)
    with opened(browser, suite, DESKTOP) as page:
        take_operators_pictures(page, suite, album)


@contextmanager
def opened(browser: Browser, suite: SuiteProcess, kind: dict[str, Any]) -> Iterator[Page]:
    """A browser of its own."""
    context = browser.new_context(base_url=suite.gateway_url, locale="zh-CN", reduced_motion="reduce", **kind)
    yield context.new_page()
    context.close()


def take_candidates_pictures(page: Page, outside: OutsideSystems, album: Album) -> None:
    """From the notice to paid, and what is to be seen on the way."""
    person = invent(random.SystemRandom())
    outside.know(person, portrait(person.portrait_seed))
    candidate = CandidateBrowser(page, person, outside)
    page.goto("/")
    album.take_in_both_languages(page, "notice-phone")
    page.goto("/register")
    album.take_in_both_languages(page, "register-phone")
    with tempfile.TemporaryDirectory() as folder:
        candidate.make_account()
        candidate.fill_in_details()
        page.goto("/photo")
        album.take_in_both_languages(page, "photo-phone")
        candidate.verify_phone()
        page.goto("/")
        album.take_in_both_languages(page, "home-phone")
        candidate.show_face(Path(folder))
    candidate.do_what_is_left()
    page.goto("/")
    candidate.select(2)
    album.take_in_both_languages(page, "courses-phone")
    page.click(".basket .primary")
    album.take(page, "undertaking-phone")
    pay_url = candidate.agree()
    album.take_in_both_languages(page, "order-phone")
    beside = page.context.new_page()
    beside.goto(pay_url)
    album.take(beside, "pay-phone")
    beside.close()
    outside.pay(pay_url)
    candidate.see_it_paid()
    album.take_in_both_languages(page, "paid-phone")


def take_picture_of_proofs(page: Page, suite: SuiteProcess, album: Album) -> None:
    """What a case asks its candidate for."""
    person, case_id = candidate_with_case(suite)
    log_in(page, person.document_number, PASSWORD)
    page.goto(f"/cases/{case_id}")
    album.take_in_both_languages(page, "proofs-phone")


def take_reviewers_pictures(page: Page, suite: SuiteProcess, album: Album) -> None:
    """A school's pages."""
    case_id = waiting_case(suite)
    waiting_case(suite)
    log_in_as(page, suite, "reviewer")
    page.goto("/console")
    album.take_in_both_languages(page, "queue")
    page.goto(f"/console/cases/{case_id}")
    page.click('form[action$="/claim"] button')
    page.locator(".sheet img").first.wait_for()
    album.take_in_both_languages(page, "case", height=960)
    page.goto("/console/figures")
    album.take_in_both_languages(page, "figures")
    page.goto("/console/practice")
    page.locator("main .cards a").first.click()
    album.take_in_both_languages(page, "practice")


def take_operators_pictures(page: Page, suite: SuiteProcess, album: Album) -> None:
    """The exam authority's pages."""
    log_in_as(page, suite, "operator")
    for path, name in OPERATION:
        page.goto(path)
        album.take(page, name)
    page.goto("/operation/statements")
    page.locator("table a").first.click()
    album.take(page, "statement")


OPERATION: Final[Sequence[tuple[str, str]]] = (
    ("/operation", "operation"),
    ("/operation/exceptions", "exceptions"),
    ("/operation/external-systems", "outside"),
)


if __name__ == "__main__":
    main()
