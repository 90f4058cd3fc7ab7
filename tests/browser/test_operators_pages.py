"""The operators' pages in a real browser (OP-1)."""

import random
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from cli.demo.invented_people import invent
from tests.browser.staff_browser import log_in, log_in_as
from tests.e2e.suite_process import ROOT, SuiteProcess

pytestmark = pytest.mark.browser

HEADER = "document_type,document_number,display_name,school_code,major_code,ticket_number"
COURSES = ROOT / "deploy" / "catalog" / "courses.csv"


@pytest.mark.parametrize("context", ["phone", "no-script"], indirect=True)
def test_an_import_with_a_bad_row_names_it_and_a_good_one_is_checked_first(  # EN-1
    context: BrowserContext, page: Page, suite: SuiteProcess, tmp_path: Path
) -> None:
    lines = COURSES.read_text().splitlines()
    bad = tmp_path / "courses.csv"
    bad.write_text("\n".join([*lines, "abc,坏行,十四,笔试,THEORY,,,false,theory_course"]) + "\n")
    log_in_as(page, suite, "operator")
    page.goto("/operation/import")
    page.set_input_files("#files", bad)
    page.click("main button.primary")
    expect(page.locator("#summary")).to_be_visible()
    expect(page.locator("tbody tr").first).to_contain_text(f"courses.csv:{len(lines) + 1}")
    page.click("main a.button")
    page.set_input_files("#files", COURSES)
    page.click("main button.primary")
    expect(page.locator(".notice")).to_have_text("检查通过，尚未导入。")
    page.click("main button.primary")
    expect(page.locator(".notice")).to_have_text("已导入。")


@pytest.mark.parametrize("context", ["desktop"], indirect=True)
def test_a_reviewer_is_employed_and_disabled(context: BrowserContext, page: Page, suite: SuiteProcess) -> None:  # RE-2
    log_in_as(page, suite, "operator")
    page.goto("/operation/staff")
    page.fill("#login_name", "browsed")
    page.fill("#display_name", "李伟")
    page.select_option("#kind", label="审核员")
    page.select_option("#organisation", "10269")
    page.fill("#initial_password", "Initial-of-1-first")
    page.click("main button.primary")
    row = page.locator("tr", has_text="browsed")
    expect(row).to_contain_text("待修改初始密码")
    row.locator("a").click()
    page.fill("#disable_reason", "五月离职")
    page.click("form[action$='/disable'] button")
    expect(page.locator("main")).to_contain_text("停用原因：五月离职")


@pytest.mark.parametrize("context", ["desktop"], indirect=True)
def test_a_day_is_reconciled_and_its_statement_saved(  # PA-10
    context: BrowserContext, page: Page, suite: SuiteProcess
) -> None:
    log_in_as(page, suite, "operator")
    page.goto("/operation/statements")
    page.fill("#provider", "sandbox")
    page.click("main button.primary")
    expect(page.locator("h1 .badge")).to_be_visible()
    with page.expect_download() as started:
        page.click("text=JSON")
    assert started.value.suggested_filename.startswith("statement-sandbox-")


def test_the_roster_of_the_open_session_is_a_file(page: Page, suite: SuiteProcess) -> None:  # OP-1
    log_in_as(page, suite, "operator")
    page.click(".cards a")
    with page.expect_download() as started:
        page.click("text=XLSX")
    assert started.value.suggested_filename.endswith(".xlsx")


@pytest.mark.parametrize("context", ["phone", "no-script"], indirect=True)
def test_enrolled_candidates_are_checked_then_imported_and_can_log_in(  # ID-3, OP-1
    context: BrowserContext, page: Page, suite: SuiteProcess, tmp_path: Path
) -> None:
    chance = random.SystemRandom()
    people = [invent(chance) for _ in range(3)]
    lines = [
        f"{one.document_type},{one.document_number},{one.name},10269,050101,7{chance.randrange(10**11):011d}"
        for one in people
    ]
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text("\n".join([HEADER, *lines, "RESIDENT_CARD,110105194912310021,文静,10269,050101,1"]) + "\n")
    good.write_text("\n".join([HEADER, *lines]) + "\n")
    log_in_as(page, suite, "operator")
    page.goto("/operation/candidates")
    page.set_input_files("#file", bad)
    page.click("button[value=import]")
    expect(page.locator("#summary")).to_contain_text("没有导入任何内容")
    expect(page.locator(".result tbody th")).to_have_text("5")
    page.goto("/operation/candidates")
    page.set_input_files("#file", good)
    page.click("button[value=import]")
    expect(page.locator(".result .notice")).to_have_text("已导入。")
    expect(page.locator(".result .tiles dd").first).to_have_text("3")
    context.clear_cookies()
    log_in(page, people[0].document_number, people[0].initial_password)
    assert page.url.endswith("/password")
