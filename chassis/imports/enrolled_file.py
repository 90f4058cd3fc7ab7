"""The file that names enrolled candidates (在籍考生): CSV with a header, read line by line whatever its size (OP-1)."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TextIO

REQUIRED: Final = ("document_type", "document_number", "display_name", "school_code")
OPTIONAL: Final = ("phone", "major_code", "ticket_number", "passed_course_codes")
ENCODING: Final = "utf-8-sig"


class Unreadable(Exception):
    """The file cannot be read as one that names candidates; `zh` and `en` say why, and follow a name of the file."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Line:
    """One enrolled candidate as the file has it; `number` is that of the line in the file."""

    number: int
    cells: Mapping[str, str] = field(repr=False)

    @property
    def registers(self) -> bool:
        """Whether it brings a registration with its ticket number."""
        return bool(self.cells["major_code"] or self.cells["ticket_number"])


def lines_in(file: TextIO) -> Iterator[Line]:
    """The file's lines, read as they are asked for. Open it in ENCODING, without translation of line ends.

    Raises Unreadable.
    """
    rows = csv.DictReader(file, strict=True)
    try:
        _require_columns(rows.fieldnames or ())
        for row in rows:
            cells = {name: (row.get(name) or "").strip() for name in (*REQUIRED, *OPTIONAL)}
            if any(cells.values()):
                yield Line(rows.line_num, cells)
    except UnicodeDecodeError as error:
        raise Unreadable(
            "不是 UTF-8 编码；在 Excel 中请另存为“CSV UTF-8”", "is not UTF-8; in Excel, save it as “CSV UTF-8”"
        ) from error
    except csv.Error as error:
        raise Unreadable(
            f"第 {rows.line_num} 行不是合格的 CSV", f"is no CSV in line {rows.line_num}: {error}"
        ) from error


def _require_columns(names: object) -> None:
    present = set(names) if isinstance(names, (list, tuple)) else set()
    if missing := [name for name in REQUIRED if name not in present]:
        raise Unreadable(
            f"缺少列 {', '.join(missing)}；必须有 {', '.join(REQUIRED)}",
            f"has no column {', '.join(missing)}; it needs {', '.join(REQUIRED)}",
        )
    if strange := sorted(str(name) for name in present - {*REQUIRED, *OPTIONAL}):
        raise Unreadable(
            f"有无法识别的列 {', '.join(strange)}；可以有 {', '.join(OPTIONAL)}",
            f"has columns nobody knows: {', '.join(strange)}; it may have {', '.join(OPTIONAL)}",
        )
