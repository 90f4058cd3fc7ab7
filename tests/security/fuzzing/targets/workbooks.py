"""Workbooks that operators import (EN-1, F-19, F-21): the XML of a sheet, of its strings and styles, or the file."""

import io
from typing import Final
from zipfile import ZIP_STORED, ZipFile

from openpyxl import Workbook

from services.enrollment.adapters.xlsx_reader import MOST_COLUMNS, MOST_ROWS, read
from services.enrollment.domain.imports.file_formats import SPECS
from services.enrollment.domain.imports.file_rows import CatalogueFile, read_file

INSTRUMENTED: Final = ("services.enrollment.adapters.xlsx_reader", "services.enrollment.domain.imports", "openpyxl")

PARTS: Final = ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml")

STRINGS: Final = (
    b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>name</t></si>'
    b"<si><r><t>two</t></r><r><t>parts</t></r></si></sst>"
)
STRINGS_TYPE: Final = (
    b'<Override PartName="/xl/sharedStrings.xml" ContentType='
    b'"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)


def _parts() -> dict[str, bytes]:
    book, written = Workbook(), io.BytesIO()
    book.active.append(["school_code", "name"])
    book.active.append(["10246", "复旦大学"])
    book.save(written)
    with ZipFile(written) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    parts["xl/sharedStrings.xml"] = STRINGS
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", STRINGS_TYPE + b"</Types>")
    return parts


WHOLE: Final = _parts()
SHEET: Final = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD50000"/>'
    b'<sheetData><row r="1"><c r="A1" t="b"><v>1</v></c><c r="B1" t="e"><v>#N/A</v></c><c r="C1" t="s"><v>1</v></c>'
    b"</row></sheetData></worksheet>"
)
SEEDS: Final = (*(bytes([number]) + WHOLE[part] for number, part in enumerate(PARTS)), b"\0" + SHEET)


def run(data: bytes) -> None:
    """A workbook is read within its bounds, or something is said of it."""
    part = data[0] if data else len(PARTS)
    content = _packed({**WHOLE, PARTS[part]: data[1:]}) if part < len(PARTS) else data
    sheet = read(CatalogueFile("schools.xlsx", content))
    assert len(sheet.records) <= MOST_ROWS
    assert all(len(words) <= MOST_COLUMNS for _, words in sheet.records)
    read_file(SPECS["schools.csv"], sheet, [])


def _packed(parts: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_STORED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return written.getvalue()
