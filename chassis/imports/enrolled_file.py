"""The file that names enrolled candidates (在籍考生): CSV with a header, read line by line whatever its size (OP-1)."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TextIO

from chassis.imports.table_shape import fitted, header_names, is_blank, repeated_names
from chassis.imports.text_encodings import encoding_fault

REQUIRED: Final = ("document_type", "document_number", "display_name", "school_code")
OPTIONAL: Final = ("phone", "major_code", "ticket_number", "passed_course_codes")
COLUMNS: Final = (*REQUIRED, *OPTIONAL)
ENCODING: Final = "utf-8-sig"

_BETWEEN_CODES: Final = re.compile(r"[\s,，、;；|]+")


class Unreadable(Exception):
    """The file cannot be read as one that names candidates; `zh` and `en` say why, and follow a name of the file."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong with a line; never what it says."""

    line: int
    column: str
    reason: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Line:
    """One enrolled candidate as the file has it; `number` is that of the line in the file. A line with a fault is sent
    nowhere.
    """

    number: int
    cells: Mapping[str, str] = field(repr=False)
    fault: LineFault | None = None

    @property
    def registers(self) -> bool:
        """Whether it brings a registration with its ticket number."""
        return bool(self.cells["major_code"] or self.cells["ticket_number"])

    @property
    def passed_course_codes(self) -> list[str]:
        """The codes of the courses that are passed, with whatever stands between them in their one cell."""
        return [code for code in _BETWEEN_CODES.split(self.cells["passed_course_codes"]) if code]


def lines_in(file: TextIO) -> Iterator[Line]:
    """The file's lines, read as they are asked for; blank ones are left out, and one of another shape than the header
    has its fault (F-20). Open the file in ENCODING, without translation of line ends.

    Raises Unreadable.
    """
    rows = csv.reader(file, strict=True)
    try:
        names = header_names(next(rows, ()))
        _require_columns(names)
        for record in rows:
            if not is_blank(record):
                yield _line(rows.line_num, names, record)
    except UnicodeDecodeError as error:
        raise Unreadable(*encoding_fault(error.object)) from error
    except csv.Error as error:
        raise Unreadable(
            f"第 {rows.line_num} 行不是合格的 CSV", f"is no CSV in line {rows.line_num}: {error}"
        ) from error


def _line(number: int, names: Sequence[str], record: Sequence[str]) -> Line:
    values = fitted(record, len(names))
    if values is None:
        return Line(number, dict.fromkeys(COLUMNS, ""), _misshapen(number, len(record), len(names)))
    named = dict(zip(names, values, strict=True))
    return Line(number, {name: named.get(name, "").strip() for name in COLUMNS})


def _misshapen(number: int, values: int, columns: int) -> LineFault:
    return LineFault(
        number,
        "",
        "ROW_SHAPE",
        f"有 {values} 个值，而表头有 {columns} 列；一格之内有逗号时，请给整格加引号。",
        f"It has {values} values where the header has {columns} columns; quote a cell that has a comma in it.",
    )


def _require_columns(names: Sequence[str]) -> None:
    if missing := [name for name in REQUIRED if name not in names]:
        raise Unreadable(
            f"缺少列 {', '.join(missing)}；必须有 {', '.join(REQUIRED)}",
            f"has no column {', '.join(missing)}; it needs {', '.join(REQUIRED)}",
        )
    if strange := sorted({name for name in names if name} - set(COLUMNS)):
        raise Unreadable(
            f"有无法识别的列 {', '.join(strange)}；可以有 {', '.join(OPTIONAL)}",
            f"has columns nobody knows: {', '.join(strange)}; it may have {', '.join(OPTIONAL)}",
        )
    if again := repeated_names(names):
        named = ", ".join(again) or "（空）"
        raise Unreadable(f"的表头中 {named} 重复或没有名称", f"has a header with a column twice or nameless: {named}")
