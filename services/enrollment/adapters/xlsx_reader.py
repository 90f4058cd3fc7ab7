"""Spreadsheets (EN-1): the words of an XLSX workbook's first sheet, read in a bounded pool of threads."""

import io
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, Final
from zipfile import ZipFile

from openpyxl import load_workbook

from chassis.imports.table_shape import without_blank_end
from chassis.process.thread_pool import ThreadPool
from services.enrollment.domain.imports.file_rows import CatalogueFile, Record, SheetFile
from services.enrollment.domain.imports.problems import Expected

MOST_BYTES: Final = 64 * 1024 * 1024
"""What a workbook may unpack to: a file of a few megabytes can claim to hold any amount."""
MOST_ROWS: Final = 50_000
MOST_COLUMNS: Final = 64
MOST_CELLS: Final = MOST_ROWS * MOST_COLUMNS
"""Empty ones too: a cell in the last column makes sixteen thousand of its row."""

_NO_WORKBOOK: Final = Expected("XLSX 工作簿", "an XLSX workbook")
_DAMAGED: Final = Expected(
    "完好的 XLSX 工作簿；该文件已损坏，请重新保存", "a sound XLSX workbook; this one is damaged, save it anew"
)
_ENCRYPTED: Final = Expected(
    "不带密码的 XLSX 工作簿；加密的或旧 .xls 格式的请另存",
    "an XLSX workbook without a password; save an encrypted or old .xls one anew",
)
_STRICT: Final = Expected(
    "普通的 XLSX 工作簿；该文件是“Strict Open XML”格式，请另存为“Excel 工作簿”",
    "an ordinary XLSX workbook; this one is “Strict Open XML”, save it as “Excel Workbook”",
)
_UNCALCULATED: Final = Expected(
    "已计算的公式；请用表格软件打开并保存一次",
    "formulas with their results; open and save it once in a spreadsheet program",
)
_TOO_LARGE: Final = Expected(
    f"不超过 {MOST_ROWS} 行、{MOST_COLUMNS} 列的表格", f"a sheet of at most {MOST_ROWS} rows and {MOST_COLUMNS} columns"
)
_PADDED: Final = re.compile("0+")
_COMPOUND_FILE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
"""How an encrypted workbook and one of before 2007 begin."""
_ZIP: Final = b"PK\x03\x04"
_STRICT_NAMES: Final = b"http://purl.oclc.org/ooxml/"
_FORMULA_WITHOUT_VALUE: Final = re.compile(
    rb"""
    <%(name)sc(?![^>]*\st="str")(?:\s[^>]*)?> \s*          # a cell whose value is no text, which might be empty
    <%(name)sf(?:\s[^>]*)? (?:/>|>[^<]*</%(name)sf>) \s*   # its formula
    (?:<%(name)sv\s*/>|<%(name)sv></%(name)sv>)? \s* </    # and no value
    """
    % {b"name": rb"(?:\w+:)?"},
    re.VERBOSE,
)


class _Unusable(Exception):
    """The workbook is not read."""

    def __init__(self, fault: Expected) -> None:
        super().__init__(fault.en)
        self.fault = fault


class XlsxReader:
    """Reads XLSX with openpyxl."""

    def __init__(self, threads: ThreadPool) -> None:
        self._threads = threads

    async def read(self, file: CatalogueFile) -> SheetFile:
        """The words in the cells of a workbook's first sheet, or what is wrong with it. Raises Overloaded."""
        return await self._threads.do(read, file)


def read(file: CatalogueFile) -> SheetFile:
    """A workbook's first sheet as words; formulas count as what they last came to."""
    try:
        return SheetFile(file.name, tuple(_records(file.content)))
    except _Unusable as unusable:
        return SheetFile(file.name, (), unusable.fault)
    except Exception:  # A damaged workbook ends openpyxl anywhere, with whatever it stumbled over (F-21).
        return SheetFile(file.name, (), _DAMAGED if file.content.startswith(_ZIP) else _NO_WORKBOOK)


def _records(content: bytes) -> Iterator[Record]:
    if content.startswith(_COMPOUND_FILE):
        raise _Unusable(_ENCRYPTED)
    with ZipFile(io.BytesIO(content)) as packed:
        _require_usable(packed)
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # What a sheet says of its own size is not believed (F-19).
        width = cells = 0
        for number, row in enumerate(sheet.iter_rows(), 1):
            cells += len(row)
            words = without_blank_end([_words(cell).strip() for cell in row])
            if number > MOST_ROWS or len(words) > MOST_COLUMNS or cells > MOST_CELLS:
                raise _Unusable(_TOO_LARGE)
            if words:
                width = width or len(words)
                yield number, words + [""] * (width - len(words))
    finally:
        book.close()


def _require_usable(packed: ZipFile) -> None:
    """Raises _Unusable."""
    if sum(part.file_size for part in packed.infolist()) > MOST_BYTES:
        raise _Unusable(_TOO_LARGE)
    if _STRICT_NAMES in packed.read("xl/workbook.xml"):
        raise _Unusable(_STRICT)
    for part in packed.namelist():
        if part.startswith("xl/worksheets/") and _FORMULA_WITHOUT_VALUE.search(packed.read(part)):
            raise _Unusable(_UNCALCULATED)


def _words(cell: Any) -> str:
    """A cell as it would be written in CSV."""
    match cell.value:
        case None:
            return ""
        case bool(value):
            return str(value).lower()
        case int(value):
            return _number(value, cell.number_format)
        case float(value) if value.is_integer():
            return _number(int(value), cell.number_format)
        case datetime() as value if value.time() == time():
            return value.date().isoformat()
        case time() as value:
            return value.isoformat("minutes" if not value.second else "seconds")
        case date() as value:
            return value.isoformat()
        case value:
            return str(value)


def _number(value: int, number_format: str) -> str:
    """A code such as 00037 is often a number that is only shown with its zeros: it is read as it is shown."""
    return str(value).zfill(len(number_format)) if _PADDED.fullmatch(number_format) else str(value)
