"""Spreadsheets (EN-1): the words of an XLSX workbook's first sheet, read in a bounded pool of threads."""

import io
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, Final
from zipfile import ZipFile

from openpyxl import load_workbook

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
_TOO_LARGE: Final = Expected(
    f"不超过 {MOST_ROWS} 行、{MOST_COLUMNS} 列的表格", f"a sheet of at most {MOST_ROWS} rows and {MOST_COLUMNS} columns"
)
_PADDED: Final = re.compile("0+")


class _TooLarge(Exception):
    """The sheet holds more than an import takes."""


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
    except _TooLarge:
        return SheetFile(file.name, (), _TOO_LARGE)
    except Exception:  # A damaged workbook ends openpyxl anywhere, with whatever it stumbled over (F-21).
        return SheetFile(file.name, (), _NO_WORKBOOK)


def _records(content: bytes) -> Iterator[Record]:
    with ZipFile(io.BytesIO(content)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MOST_BYTES:
            raise _TooLarge
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # What a sheet says of its own size is not believed (F-19).
        width = cells = 0
        for number, row in enumerate(sheet.iter_rows(), 1):
            cells += len(row)
            words = _trimmed([_words(cell) for cell in row])
            if number > MOST_ROWS or len(words) > MOST_COLUMNS or cells > MOST_CELLS:
                raise _TooLarge
            if words:
                width = width or len(words)
                yield number, words + [""] * (width - len(words))
    finally:
        book.close()


def _trimmed(words: list[str]) -> list[str]:
    while words and not words[-1]:
        words.pop()
    return words


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
