"""What a cell may hold: parsers that raise ValueError, each with the words for what it expects."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Final

from services.enrollment.domain.catalogue import EVERYWHERE
from services.enrollment.domain.imports.problems import Expected

_DAY: Final = re.compile(
    r"(?P<year>[0-9]{4})(?P<mark>[-/.年])(?P<month>[0-9]{1,2})((?P=mark)|月)(?P<day>[0-9]{1,2})日?( 0{1,2}:00(:00)?)?"
)
_MONTH: Final = re.compile(r"(?P<year>[0-9]{4})[-/年](?P<month>[0-9]{1,2})(月|[-/]0?1)?")
_CLOCK_TIME: Final = re.compile(r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(:00)?")
_ERRORS: Final = frozenset(
    ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#GETTING_DATA")
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A kind of cell: how it is read and what it expects."""

    read: Callable[[str], object]
    expected: Expected


def value_in(cell: Cell, text: str) -> object:
    """What the cell holds. Raises ValueError or KeyError; also for what a spreadsheet shows where it could not work a
    value out, such as `#REF!`, or show it (`####`).
    """
    if text.upper() in _ERRORS or (len(text) > 1 and not text.strip("#")):
        raise ValueError(text)
    return cell.read(text)


def optional(cell: Cell, empty: object = None) -> Cell:
    """The same, where an empty cell reads as `empty`."""
    return Cell(
        lambda text: cell.read(text) if text else empty,
        Expected(f"{cell.expected.zh}，或留空", f"{cell.expected.en}, or empty"),
    )


def pattern(regex: str, zh: str, en: str) -> Cell:
    """Text of a given form."""
    compiled = re.compile(regex)

    def read(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(text)
        return text

    return Cell(read, Expected(zh, en))


def among(values: type[Enum] | tuple[str, ...]) -> Cell:
    """One of a few words."""
    words = values if isinstance(values, tuple) else tuple(str(value.value) for value in values)

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    listed = ", ".join(words)
    return Cell(read, Expected(f"以下之一：{listed}", f"one of {listed}"))


def number(least: int, most: int) -> Cell:
    """A whole number between two others."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", text) or not least <= int(text) <= most:
            raise ValueError(text)
        return int(text)

    return Cell(read, Expected(f"{least} 到 {most} 的整数", f"a whole number from {least} to {most}"))


def text(most: int) -> Cell:
    """Any words, but some."""

    def read(value: str) -> str:
        if not 0 < len(value) <= most:
            raise ValueError(value)
        return value

    return Cell(read, Expected(f"1 到 {most} 个字", f"1 to {most} characters"))


def _truth(value: str) -> bool:
    return {"true": True, "false": False}[value.lower()]


def _day(value: str) -> date:
    """A date with its year first, which no country reads in two ways."""
    found = _DAY.fullmatch(value)
    if found is None:
        raise ValueError(value)
    return date(int(found["year"]), int(found["month"]), int(found["day"]))


def _session(value: str) -> str:
    """A session's month, of which spreadsheets make a date on its first day."""
    found = _MONTH.fullmatch(value)
    if found is None or not 1 <= int(found["month"]) <= 12:
        raise ValueError(value)
    return f"{found['year']}-{int(found['month']):02d}"


def _clock_time(value: str) -> time:
    found = _CLOCK_TIME.fullmatch(value)
    if found is None:
        raise ValueError(value)
    return time(int(found["hour"]), int(found["minute"]))


def _instant(value: str) -> datetime:
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError(value)
    return instant


def _options(value: str) -> list[dict[str, str]]:
    options = []
    for part in value.split("|"):
        option_id, zh, en = part.split("=")
        options.append({"option_id": option_id, "label_zh": zh, "label_en": en})
    return options


SCHOOL = pattern(r"[0-9]{5}", "五位学校代码", "a five-digit school code")
SCHOOL_OR_ALL = pattern(rf"[0-9]{{5}}|\{EVERYWHERE}", "五位学校代码或 *", "a five-digit school code or *")
MAJOR = pattern(r"[0-9]{6}[A-Z]{0,2}", "专业代码，如 050101、030101K", "a major code such as 050101 or 030101K")
MAJOR_OR_ALL = pattern(rf"[0-9]{{6}}[A-Z]{{0,2}}|\{EVERYWHERE}", "专业代码或 *", "a major code or *")
COURSE = pattern(r"[0-9]{5}", "五位课程代码", "a five-digit course code")
COURSES = pattern(r"[0-9]{5}(\|[0-9]{5})*", "课程代码，用 | 分隔", "course codes separated by |")
DISTRICT = pattern(r"[0-9]{6}", "六位考区代码", "a six-digit district code")
SESSION = Cell(_session, Expected("考期，如 2026-10", "a session such as 2026-10"))
WORD = pattern(r"[A-Za-z0-9_]{1,40}", "字母、数字或下划线", "letters, digits or underscores")
PREREQUISITE = pattern(
    r"|THEORY_PASSED|ALL_COURSES|MIN_COURSES:[1-9][0-9]?",
    "留空、THEORY_PASSED、ALL_COURSES 或 MIN_COURSES:n",
    "empty, THEORY_PASSED, ALL_COURSES or MIN_COURSES:n",
)
SCOPE = pattern(r"\*|[0-9]{5}|[0-9]{4}-[0-9]{2}", "*、学校代码或考期", "*, a school code or a session")
TRUTH = Cell(_truth, Expected("true 或 false", "true or false"))
DAY = Cell(_day, Expected("日期，如 2026-10-24", "a date such as 2026-10-24"))
CLOCK_TIME = Cell(_clock_time, Expected("时间，如 09:00", "a time such as 09:00"))
INSTANT = Cell(
    _instant,
    Expected(
        "带时区的时刻，如 2026-09-01T10:00:00+08:00", "an instant with its offset such as 2026-09-01T10:00:00+08:00"
    ),
)
OPTIONS = Cell(_options, Expected("选项 id=中文=英文，用 | 分隔", "options id=Chinese=English separated by |"))
