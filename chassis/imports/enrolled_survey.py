"""The whole file of enrolled candidates, looked through before any of it is sent (EN-20): how many it names, whether
it can be believed, and which of its lines contradict each other.

What is known of the lines lies in a file of its own on disk, as digests: a large import costs no memory.
"""

import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Final

from chassis.imports.enrolled_file import Line, LineFault, Unreadable
from chassis.imports.rounded_numbers import LongNumbers, is_scientific

MOST_CONTRADICTIONS: Final = 10_000
_LONG: Final = ("document_number", "ticket_number", "phone")


@dataclass(frozen=True, slots=True)
class Statement:
    """What a line says that another must not say differently: of `about`, that it is `said`."""

    about: tuple[str, ...]
    said: tuple[str, ...]
    column: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Survey:
    """How many candidates a file names, and the faults that are seen only when lines are compared, by line."""

    count: int
    faults: Mapping[int, LineFault] = field(default_factory=dict)

    def marked(self, lines: Iterable[Line]) -> Iterator[Line]:
        """The same lines, each with its fault."""
        for line in lines:
            found = self.faults.get(line.number)
            yield replace(line, fault=found) if found and line.fault is None else line


def survey(lines: Iterable[Line]) -> Survey:
    """Looks through the lines. Raises Unreadable where the file as a whole is not to be believed."""
    count, numbers = 0, LongNumbers()
    with closing(_Statements()) as known:
        for line in lines:
            count += 1
            _require_whole_numbers(line)
            numbers.take(line.cells["document_number"])
            if line.fault is None:
                known.compare(line)
        if numbers.are_suspect:
            raise Unreadable(
                f"中有 {numbers.rounded} 个证件号码以 000 结尾，像是被电子表格当作数字舍入了；"
                "请把该列设为“文本”，从原始数据重新填写",
                f"has {numbers.rounded} document numbers that end in 000, as if a spreadsheet had rounded them; make "
                "the column text and fill it from the source again",
            )
        return Survey(count, known.faults)


def _require_whole_numbers(line: Line) -> None:
    if wrong := [name for name in _LONG if is_scientific(line.cells[name])]:
        raise Unreadable(
            f"第 {line.number} 行的 {wrong[0]} 是科学计数法，末尾数字已丢失；请把该列设为“文本”，从原始数据重新填写",
            f"has a {wrong[0]} in scientific notation in line {line.number}, whose last digits are lost; make the "
            "column text and fill it from the source again",
        )


class _Statements:
    """What the lines before have said."""

    def __init__(self) -> None:
        self.faults: dict[int, LineFault] = {}
        # An empty name is a database of this connection's own, on disk and gone with it.
        self._seen = sqlite3.connect("", isolation_level=None)
        self._seen.execute("PRAGMA synchronous = OFF")
        self._seen.execute("PRAGMA journal_mode = OFF")
        self._seen.execute("CREATE TABLE seen (about INTEGER PRIMARY KEY, line INTEGER, said INTEGER)")

    def close(self) -> None:
        self._seen.close()

    def compare(self, line: Line) -> None:
        """Keeps what the line says first of something, and holds what it says again against the first."""
        for statement in _statements(line):
            about, said = hash(statement.about), hash(statement.said)
            added = self._seen.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", (about, line.number, said))
            if added.rowcount == 0:
                first, before = self._seen.execute("SELECT line, said FROM seen WHERE about = ?", (about,)).fetchone()
                if before != said:
                    self._contradict(statement, first, line.number)

    def _contradict(self, statement: Statement, first: int, second: int) -> None:
        if len(self.faults) < MOST_CONTRADICTIONS:
            for line, other in ((first, second), (second, first)):
                self.faults.setdefault(line, _contradiction(statement, line, other))


def _contradiction(statement: Statement, line: int, other: int) -> LineFault:
    return LineFault(
        line,
        statement.column,
        "ROWS_CONTRADICT",
        f"与第 {other} 行矛盾：{statement.zh}。",
        f"It contradicts line {other}: {statement.en}.",
    )


def _statements(line: Line) -> Iterator[Statement]:
    cells = line.cells
    number = _plain(cells["document_number"])
    person, place = (cells["document_type"], number), (cells["school_code"], cells["major_code"])
    yield Statement(
        ("name", *person), (_plain(cells["display_name"]),), "display_name", "同一人，姓名不同", "one person, two names"
    )
    if cells["phone"]:
        yield Statement(
            ("phone", *person), (_plain(cells["phone"]),), "phone", "同一人，手机号不同", "one person, two phones"
        )
    if line.registers:
        ticket = cells["ticket_number"]
        yield Statement(
            ("ticket", *person, *place),
            (ticket,),
            "ticket_number",
            "同一人的同一专业有两个准考证号",
            "one person, two tickets",
        )
        yield Statement(
            ("owner", ticket),
            (*person, *place),
            "ticket_number",
            "同一准考证号用于两个报名信息",
            "one ticket, two registrations",
        )


def _plain(cell: str) -> str:
    """However wide, spaced or small it is written."""
    return "".join(unicodedata.normalize("NFKC", cell).split()).upper()
