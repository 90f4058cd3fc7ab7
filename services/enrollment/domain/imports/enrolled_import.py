"""Importing enrolled candidates' registrations (在籍考生): every problem, or every row to add."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.enrollment.domain.catalogue import Catalogue
from services.enrollment.domain.imports.problems import Expected
from services.enrollment.domain.registrations import Registration

TICKET_NUMBER: Final = re.compile(r"[0-9A-Z]{6,32}")
COURSE_CODE: Final = re.compile(r"[0-9]{5}")


@dataclass(frozen=True, slots=True)
class EnrolledRow:
    """One row of an import of enrolled candidates."""

    candidate_id: str
    school_code: str
    major_code: str
    ticket_number: str
    passed_course_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong with one row; rows count from 1."""

    row: int
    column: str
    expected: Expected


@dataclass(frozen=True, slots=True)
class EnrolledPlan:
    """Every problem, or the rows to add and how many exist already."""

    problems: tuple[RowProblem, ...]
    additions: tuple[EnrolledRow, ...]
    existing: int


@dataclass(frozen=True, slots=True)
class EnrolledImport:
    """What an import did, or would do."""

    applied: bool
    added: int
    existing: int
    problems: tuple[RowProblem, ...]


def plan_enrolled(
    rows: Sequence[EnrolledRow],
    catalogue: Catalogue,
    by_ticket_number: Mapping[str, Registration],
    by_candidate: Mapping[str, tuple[Registration, ...]],
) -> EnrolledPlan:
    """Checks rows against the catalogue, each other and what exists (invariant 4: a ticket number is one
    registration's).
    """
    others = _contradicting(rows)
    problems: list[RowProblem] = []
    additions: dict[EnrolledRow, None] = {}
    existing = 0
    for number, row in enumerate(rows, 1):
        held = _held(row, by_candidate)
        faults = [*_contradictions(row, others), *_faults(row, held, catalogue, by_ticket_number)]
        problems += [RowProblem(number, column, expected) for column, expected in faults]
        if held is None:
            additions[row] = None
        else:
            existing += 1
    return EnrolledPlan(tuple(problems), () if problems else tuple(additions), existing)


def _contradicting(rows: Sequence[EnrolledRow]) -> Mapping[tuple[str, ...], Mapping[tuple[str, ...], int]]:
    """What the rows say of each place and of each ticket number, with the first row that says so. Rows count from 1."""
    said: defaultdict[tuple[str, ...], dict[tuple[str, ...], int]] = defaultdict(dict)
    for number, row in enumerate(rows, 1):
        for about, states in _statements(row):
            said[about].setdefault(states, number)
    return said


def _statements(row: EnrolledRow) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    place, ticket_number = (row.candidate_id, row.school_code, row.major_code), (row.ticket_number,)
    yield place, ticket_number
    yield ticket_number, place


def _contradictions(
    row: EnrolledRow, said: Mapping[tuple[str, ...], Mapping[tuple[str, ...], int]]
) -> Iterator[tuple[str, Expected]]:
    for about, states in _statements(row):
        other = next((number for stated, number in said[about].items() if stated != states), None)
        if other is not None:
            yield (
                "ticket_number",
                Expected(f"不与第 {other} 条矛盾的准考证号", f"a ticket number that does not contradict row {other}"),
            )


def _held(row: EnrolledRow, by_candidate: Mapping[str, tuple[Registration, ...]]) -> Registration | None:
    place = row.school_code, row.major_code
    return next(
        (held for held in by_candidate.get(row.candidate_id, ()) if (held.school_code, held.major_code) == place), None
    )


def _faults(
    row: EnrolledRow,
    held: Registration | None,
    catalogue: Catalogue,
    by_ticket_number: Mapping[str, Registration],
) -> Iterator[tuple[str, Expected]]:
    if (row.school_code, row.major_code) not in catalogue.plans:
        yield "major_code", Expected("该主考学校主考的专业", "a major that the school hosts")
    if not TICKET_NUMBER.fullmatch(row.ticket_number):
        yield "ticket_number", Expected("6 到 32 位大写字母或数字", "6 to 32 capital letters or digits")
    owner = by_ticket_number.get(row.ticket_number)
    if owner is not None and owner != held:
        yield "ticket_number", Expected("未被其他报名信息使用的准考证号", "a ticket number of no other registration")
    if held is not None and held.ticket_number != row.ticket_number:
        yield "ticket_number", Expected("该报名信息已有的准考证号", "the ticket number this registration has already")
    if any(not COURSE_CODE.fullmatch(code) for code in row.passed_course_codes):
        yield "passed_course_codes", Expected("五位课程代码", "five-digit course codes")
