"""The catalogue's files are checked as a whole, then imported to the byte (EN-1)."""

import re

from zikao.enrollment.v1 import catalogue_service_pb2

from tests.integration.gateway.logged_in_browser import Browser

Imported = catalogue_service_pb2.ImportCatalogueResponse
CSV = "course_code,name\n00015,英语\n".encode()


async def test_bad_rows_are_shown_and_nothing_can_be_imported(operator: Browser) -> None:  # EN-1
    found = Imported()
    found.problems.add(file="courses.csv", line=7, column="credits", found="十四", expected_zh="0 到 50 的整数")
    operator.services.answers["CatalogueService.ImportCatalogue"] = found
    page = (await operator.send("/operation/import", files=[("courses.csv", CSV)])).text
    assert "courses.csv:7" in page
    assert "0 到 50 的整数" in page
    assert "/operation/import/apply" not in page
    asked = operator.asked("CatalogueService/ImportCatalogue", catalogue_service_pb2.ImportCatalogueRequest)
    assert asked.dry_run


async def test_what_was_checked_is_imported_to_the_byte(operator: Browser) -> None:  # EN-1, GW-2
    checked, applied = Imported(), Imported(applied=True)
    operator.services.answers["CatalogueService.ImportCatalogue"] = checked
    files = [("courses.csv", CSV), ("fees.xlsx", bytes(range(256)))]
    page = (await operator.send("/operation/import", files=files)).text
    carried = dict(re.findall(r'name="(file\.[^"]+)" value="([^"]+)"', page))
    operator.services.answers["CatalogueService.ImportCatalogue"] = applied
    answer = await operator.send("/operation/import/apply", **carried)
    assert "已导入。" in answer.text
    asked = operator.asked("CatalogueService/ImportCatalogue", catalogue_service_pb2.ImportCatalogueRequest)
    assert [(one.name, one.content) for one in asked.files] == files
    assert not asked.dry_run


async def test_no_file_is_a_mistake_at_its_input(operator: Browser) -> None:
    answer = await operator.send("/operation/import")
    assert answer.status_code == 400
    assert '<a href="#files">' in answer.text


async def test_many_removals_are_imported_only_by_a_press_that_states_their_number(operator: Browser) -> None:  # EN-20
    operator.services.answers["CatalogueService.ImportCatalogue"] = Imported(removals_to_confirm=313)
    page = (await operator.send("/operation/import", files=[("plan_courses.csv", CSV)])).text
    assert "将移除的条目：313" in page
    carried = dict(re.findall(r'name="(file\.[^"]+|remove)" value="([^"]+)"', page))
    assert carried["remove"] == "313"
    await operator.send("/operation/import/apply", **carried)
    asked = operator.asked("CatalogueService/ImportCatalogue", catalogue_service_pb2.ImportCatalogueRequest)
    assert (asked.dry_run, asked.remove) == (False, 313)
