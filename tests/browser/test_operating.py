"""The operators' pages in a real browser (OP-1)."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.staff import log_in_as
from tests.e2e.suite import ROOT, Running

pytestmark = pytest.mark.browser

COURSES = ROOT / "deploy" / "catalog" / "courses.csv"


@pytest.mark.parametrize("context", ["phone", "no-script"], indirect=True)
def test_an_import_with_a_bad_row_names_it_and_a_good_one_is_checked_first(  # EN-1
    context: BrowserContext, page: Page, suite: Running, tmp_path: Path
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
def test_a_reviewer_is_employed_and_disabled(context: BrowserContext, page: Page, suite: Running) -> None:  # RE-2
    log_in_as(page, suite, "operator")
    page.goto("/operation/staff")
    page.fill("#login_name", "browsed")
    page.fill("#display_name", "李伟")
    page.select_option("#kind", label="审核员")
    page.fill("#organisation", "10269")
    page.fill("#initial_password", "Initial-1")
    page.click("main button.primary")
    row = page.locator("tr", has_text="browsed")
    expect(row).to_contain_text("待修改初始密码")
    row.locator("button").click()
    expect(row).to_contain_text("已停用")


@pytest.mark.parametrize("context", ["desktop"], indirect=True)
def test_a_day_is_reconciled_and_its_statement_saved(  # PA-10
    context: BrowserContext, page: Page, suite: Running
) -> None:
    log_in_as(page, suite, "operator")
    page.goto("/operation/statements")
    page.fill("#provider", "sandbox")
    page.click("main button.primary")
    expect(page.locator("h1 .badge")).to_be_visible()
    with page.expect_download() as started:
        page.click("text=JSON")
    assert started.value.suggested_filename.startswith("statement-sandbox-")


def test_the_roster_of_the_open_session_is_a_file(page: Page, suite: Running) -> None:  # OP-1
    log_in_as(page, suite, "operator")
    page.click(".cards a")
    with page.expect_download() as started:
        page.click("text=XLSX")
    assert started.value.suggested_filename.endswith(".xlsx")
