"""Catalogue files as XLSX: the same rows, the same changes, the same problems as from CSV (EN-1)."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, time
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from services.enrollment.adapters import xlsx_reader
from services.enrollment.domain.imports.catalogue_import import plan_import
from services.enrollment.domain.imports.file_rows import CatalogueFile, SheetFile
from services.enrollment.domain.imports.immovable import Immovable

COURSES = ("course_code", "name", "credits", "exam_method", "kind", "paired_theory_code", "prerequisite_rule")
HEADER = (*COURSES, "retired", "fee_item")
AESTHETICS = ("00037", "美学", 6, "笔试", "THEORY", None, None, False, "theory_course")


def workbook(rows: Iterable[Sequence[object]], formats: dict[str, str] | None = None) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    for cell, number_format in (formats or {}).items():
        book.active[cell].number_format = number_format
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def sheet(name: str, *rows: Sequence[object], **formats: str) -> SheetFile:
    return xlsx_reader.read(CatalogueFile(name, workbook(rows, formats)))


def as_xlsx(file: CatalogueFile) -> SheetFile:
    rows = csv.reader(io.StringIO(file.content.decode(), newline=""))
    return xlsx_reader.read(CatalogueFile(file.name.replace(".csv", ".xlsx"), workbook(rows)))


def test_the_catalogue_as_spreadsheets_makes_the_same_changes(files, published) -> None:  # EN-1
    from_csv = plan_import(files, {}, Immovable(), published)
    from_xlsx = plan_import([as_xlsx(file) for file in files], {}, Immovable(), published)
    assert from_xlsx.problems == ()
    assert from_xlsx.changes == from_csv.changes
    assert {file.file for file in from_xlsx.files} == {file.name.replace(".csv", ".xlsx") for file in files}


def test_a_bad_cell_is_reported_with_its_file_row_column_and_what_was_expected(published) -> None:  # EN-1
    bad = ("37", *AESTHETICS[1:2], "many", *AESTHETICS[3:])
    outcome = plan_import([sheet("courses.xlsx", HEADER, AESTHETICS, (), bad)], {}, Immovable(), published)
    found = [(each.file, each.line, each.column, each.found) for each in outcome.problems]
    assert found == [("courses.xlsx", 4, "course_code", "37"), ("courses.xlsx", 4, "credits", "many")]
    assert all(each.expected.zh and each.expected.en for each in outcome.problems)
    assert outcome.changes == ()


def test_cells_read_as_they_are_shown() -> None:  # EN-1
    read = sheet(
        "any.xlsx",
        (37, 37, 6.0, 0.5, True, date(2026, 10, 24), time(9), "09:00", None, "last"),
        A1="00000",
    )
    ((line, words),) = read.records
    expected = ["00037", "37", "6", "0.5", "true", "2026-10-24", "09:00", "09:00", "", "last"]
    assert (line, list(words)) == (1, expected)


def test_one_table_comes_in_one_file(published) -> None:  # EN-1
    both = [sheet("schools.xlsx", ("school_code", "name")), CatalogueFile("schools.csv", b"school_code,name\n")]
    outcome = plan_import(both, {}, Immovable(), published)
    assert {each.file for each in outcome.problems} == {"schools.xlsx", "schools.csv"}


@pytest.mark.parametrize("content", [b"", b"PK", b"school_code,name\n10246,x\n"])
def test_what_is_no_workbook_is_reported(content, published) -> None:  # EN-1
    outcome = plan_import([xlsx_reader.read(CatalogueFile("schools.xlsx", content))], {}, Immovable(), published)
    (problem,) = outcome.problems
    assert (problem.file, problem.line, problem.expected.en) == ("schools.xlsx", 0, "an XLSX workbook")


def test_a_workbook_that_unpacks_to_too_much_is_not_read(monkeypatch) -> None:  # EN-1
    monkeypatch.setattr(xlsx_reader, "MOST_BYTES", 100)
    assert "rows" in sheet("schools.xlsx", ("school_code", "name")).fault.en


def test_a_sheet_of_too_many_rows_is_not_read(monkeypatch) -> None:  # EN-1
    monkeypatch.setattr(xlsx_reader, "MOST_ROWS", 2)
    assert sheet("schools.xlsx", ("school_code", "name"), ("10246", "a"), ("10247", "b")).records == ()


def with_sheet(content: bytes, change: Callable[[str], str]) -> bytes:
    """The workbook with the XML of its sheet changed, as no library writes it."""
    changed = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as before, ZipFile(changed, "w", ZIP_DEFLATED) as after:
        for part in before.namelist():
            text = before.read(part)
            after.writestr(part, change(text.decode()) if part == "xl/worksheets/sheet1.xml" else text)
    return changed.getvalue()


@pytest.mark.parametrize("told", ["A1", "A1:B2", "A1:XFD50000", "C9:D9"])
def test_what_a_sheet_says_of_its_size_is_not_believed(told: str) -> None:  # F-19
    content = with_sheet(
        workbook([HEADER, AESTHETICS]), lambda xml: re.sub('ref="[^"]*"', f'ref="{told}"', xml, count=1)
    )
    read = xlsx_reader.read(CatalogueFile("courses.xlsx", content))
    assert [list(words[:2]) for _, words in read.records] == [["course_code", "name"], ["00037", "美学"]]


def test_empty_cells_in_the_last_column_are_too_many_before_they_fill_the_memory() -> None:  # F-21
    wide = "".join(f'<row r="{row}"><c r="XFD{row}"/></row>' for row in range(1, 1000))
    content = with_sheet(workbook([HEADER]), lambda xml: re.sub("<sheetData>.*</sheetData>", _data(wide), xml))
    assert xlsx_reader.read(CatalogueFile("courses.xlsx", content)).fault == xlsx_reader._TOO_LARGE


def _data(rows: str) -> str:
    return f"<sheetData>{rows}</sheetData>"


def faulty(content: bytes) -> str:
    fault = xlsx_reader.read(CatalogueFile("courses.xlsx", content)).fault
    assert fault is not None
    return fault.en


def test_a_damaged_workbook_is_called_damaged() -> None:  # F-21
    content = workbook([HEADER, AESTHETICS])
    assert "damaged" in faulty(content[: len(content) // 2])


def test_a_workbook_with_a_password_or_of_before_2007_is_called_so() -> None:  # F-21
    assert "password" in faulty(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512))


def test_strict_open_xml_is_called_by_its_name() -> None:  # F-21
    changed = io.BytesIO()
    with ZipFile(io.BytesIO(workbook([HEADER]))) as before, ZipFile(changed, "w", ZIP_DEFLATED) as after:
        for part in before.namelist():
            strict = before.read(part).replace(b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/")
            after.writestr(part, strict)
    assert "Strict Open XML" in faulty(changed.getvalue())


def test_formulas_without_their_results_are_not_taken_for_empty_cells() -> None:  # F-21
    assert "formulas" in faulty(workbook([HEADER, (*AESTHETICS[:5], "=1+1", *AESTHETICS[6:])]))


def test_an_error_in_a_cell_is_no_value(published) -> None:  # F-21
    outcome = plan_import(
        [sheet("schools.xlsx", ("school_code", "name"), ("10246", "#REF!"))], {}, Immovable(), published
    )
    assert [(each.line, each.column, each.found) for each in outcome.problems] == [(2, "name", "#REF!")]
