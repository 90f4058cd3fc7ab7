"""No file that people open with a spreadsheet has a live formula (CWE-1236), whoever writes it."""

import ast
import csv
import io
from pathlib import Path
from typing import Final

import pytest
from openpyxl import load_workbook

from chassis.spreadsheet_cells import inert
from services.enrollment.mapping.roster_files import BYTE_ORDER_MARK, COLUMNS, CsvSheet, XlsxSheet

ROOT: Final = Path(__file__).parents[3]
LIVE = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1+1", '=HYPERLINK("https://evil.example")']


@pytest.mark.parametrize("text", LIVE)
def test_what_a_spreadsheet_would_calculate_is_text(text: str) -> None:
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "张三", "00538", "2026-10-25", "a=b", "中国古代文学史（一）", "'=1"])
def test_all_else_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


@pytest.mark.parametrize("text", LIVE)
def test_a_roster_has_no_formula_in_either_format(text: str) -> None:
    row = (text,) * len(COLUMNS)
    written = CsvSheet().add([row]).removeprefix(BYTE_ORDER_MARK).decode()
    assert set(list(csv.reader(io.StringIO(written, newline="")))[1]) == {inert(text)}
    sheet = XlsxSheet()
    sheet.add([row])
    (_, cells) = load_workbook(io.BytesIO(sheet.finish())).active.iter_rows()
    assert {cell.data_type for cell in cells} == {"s"}


MADE_FOR_THE_IMPORT: Final = {"cli/demo/session_dates.py"}
"""A file of the catalogue, written to be read by the suite itself."""


def test_whoever_writes_a_table_uses_it() -> None:
    writers = {
        path.relative_to(ROOT).as_posix()
        for room in ("chassis", "cli", "gateway", "services")
        for path in (ROOT / room).rglob("*.py")
        if any(
            (isinstance(node, ast.Attribute) and node.attr in {"writer", "DictWriter"})
            or (isinstance(node, ast.Name) and node.id == "Workbook")
            for node in ast.walk(ast.parse(path.read_text()))
        )
    }
    plain = {name for name in writers if "inert" not in (ROOT / name).read_text()}
    assert len(writers) > 3
    assert plain == MADE_FOR_THE_IMPORT
