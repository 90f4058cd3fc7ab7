"""Reading the files of an import, row by row (EN-1): CSV as it came in, spreadsheets as their cells' words."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from chassis.imports.table_shape import fitted, header_names, is_blank, repeated_names
from chassis.imports.text_encodings import encoding_fault
from services.enrollment.domain.imports.cells import value_in
from services.enrollment.domain.imports.file_formats import Key, Spec
from services.enrollment.domain.imports.problems import Expected, Problem, problem

Record: TypeAlias = tuple[int, Sequence[str]]
"""A row's cells, with the line they stand on."""


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """A file as it came in."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A spreadsheet as its cells' words; `fault` says what is wrong with one that cannot be read."""

    name: str
    records: tuple[Record, ...]
    fault: Expected | None = None


File = CatalogueFile | SheetFile


@dataclass(slots=True)
class Line:
    """One row that could be read, with where it came from."""

    spec: Spec
    file: str
    number: int
    row: dict[str, object]


def table_name(file: str) -> str:
    """The name under which a file is known, whatever its form: `courses.xlsx` holds what `courses.csv` does."""
    return f"{file.removesuffix('.xlsx')}.csv" if file.endswith(".xlsx") else file


def read_file(spec: Spec, file: File, problems: list[Problem]) -> list[Line]:
    """The rows of a file that can be read; every other one is added to `problems`."""
    if isinstance(file, SheetFile) and file.fault:
        problems.append(problem(file.name, 0, "", "", file.fault))
        return []
    try:
        records = _numbered(file) if isinstance(file, CatalogueFile) else iter(file.records)
        line, found = next(records, (1, ()))
        header = header_names(found)
        if again := repeated_names(header):
            expected = Expected("每列有名称且只出现一次的表头", "a header that names every column once")
            problems.append(problem(file.name, line, again[0], ",".join(found), expected))
            return []
        if missing := [column for column in spec.columns if column not in header]:
            expected = Expected(f"表头含列 {', '.join(missing)}", f"a header with {', '.join(missing)}")
            problems.append(problem(file.name, line, missing[0], ",".join(header), expected))
            return []
        return list(_lines(spec, file.name, header, records, problems))
    except UnicodeDecodeError as error:
        zh, en = encoding_fault(error.object)
        problems.append(
            problem(file.name, 0, "", "", Expected(f"UTF-8 编码的文件；该文件{zh}", f"UTF-8; this file {en}"))
        )
    except csv.Error as error:
        problems.append(problem(file.name, 0, "", str(error), Expected("规范的 CSV", "well-formed CSV")))
    return []


def _lines(
    spec: Spec, file: str, header: Sequence[str], records: Iterable[Record], problems: list[Problem]
) -> Iterator[Line]:
    seen: dict[Key, int] = {}
    own_key = tuple(column for column in spec.key if column in spec.columns)
    for number, record in records:
        if is_blank(record):
            continue
        values = fitted(record, len(header))
        if values is None:
            columns = Expected(f"{len(header)} 列", f"{len(header)} columns")
            problems.append(problem(file, number, "", f"{len(record)}", columns))
            continue
        row = _row(spec, file, number, dict(zip(header, values, strict=True)), problems)
        if row is None:
            continue
        key = tuple(row[column] for column in own_key)
        if key in seen:
            expected = Expected(f"与第 {seen[key]} 行不重复", f"not the same as line {seen[key]}")
            problems.append(problem(file, number, own_key[0], "|".join(map(str, key)), expected))
            continue
        seen[key] = number
        yield Line(spec, file, number, row)


def _numbered(file: CatalogueFile) -> Iterator[Record]:
    """Each record with the line it starts on: a quoted cell may span several."""
    reader = csv.reader(io.StringIO(file.content.decode("utf-8-sig"), newline=""), strict=True)
    while True:
        start = reader.line_num + 1
        record = next(reader, None)
        if record is None:
            return
        if record:
            yield start, record


def _row(
    spec: Spec, file: str, number: int, cells: Mapping[str, str], problems: list[Problem]
) -> dict[str, object] | None:
    row: dict[str, object] = {}
    for name, cell in spec.columns.items():
        found = cells[name].strip()
        try:
            row[name] = value_in(cell, found)
        except (ValueError, KeyError):
            problems.append(problem(file, number, name, found, cell.expected))
    if len(row) < len(spec.columns):
        return None
    if fault := spec.check(row):
        column, expected = fault
        problems.append(problem(file, number, column, cells[column], expected))
        return None
    return row
