"""Practice payments that a school has collected, as a file (EN-10): every bad row, or what the file confirms."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from services.enrollment.domain.imports import cells
from services.enrollment.domain.imports.file_formats import Spec
from services.enrollment.domain.imports.file_rows import CatalogueFile, Line, read_file
from services.enrollment.domain.imports.problems import Expected, Problem, problem
from services.enrollment.domain.practice_sittings import PracticeEntry
from services.enrollment.domain.selections import SelectionState

FILE: Final = "payments.csv"

_SPEC: Final = Spec(
    FILE,
    "",
    ("ticket_number", "course_code"),
    {
        "ticket_number": cells.pattern(r"[0-9A-Za-z]{6,32}", "6 到 32 位字母或数字", "6 to 32 letters or digits"),
        "course_code": cells.COURSE,
    },
)
_UNKNOWN: Final = Expected("在本校选报了实践课程的准考证号", "the ticket number of somebody with practice courses here")
_NOT_SELECTED: Final = Expected("该准考证号已选报的实践课程", "a practice course selected under this ticket number")
_NOT_AWAITED: Final = Expected("已通过审核、待确认缴费的课程", "a course that is reviewed and awaits its payment")


@dataclass(frozen=True, slots=True)
class PaymentsPlan:
    """Every problem, or the selections to confirm and how many count already."""

    problems: tuple[Problem, ...]
    to_confirm: tuple[str, ...]
    existing: int


@dataclass(frozen=True, slots=True)
class PaymentsImport:
    """What an import of practice payments did, or would do."""

    plan: PaymentsPlan
    applied: bool


def plan_payments(content: bytes, entries: Collection[PracticeEntry]) -> PaymentsPlan:
    """Reads the file against the school's live practice selections of the session."""
    problems: list[Problem] = []
    lines = read_file(_SPEC, CatalogueFile(FILE, content), problems)
    held = {(entry.ticket_number, entry.selection.course_code): entry for entry in entries if entry.ticket_number}
    known = {ticket_number for ticket_number, _ in held}
    to_confirm, existing = [], 0
    for line in lines:
        entry = _entry(line, held, known, problems)
        if entry is None:
            continue
        if entry.selection.state is SelectionState.EFFECTIVE:
            existing += 1
        else:
            to_confirm.append(entry.selection.selection_id)
    ordered = tuple(sorted(problems, key=lambda each: (each.line, each.column)))
    return PaymentsPlan(ordered, () if ordered else tuple(to_confirm), existing)


def _entry(
    line: Line, held: Mapping[tuple[str, str], PracticeEntry], known: Collection[str], problems: list[Problem]
) -> PracticeEntry | None:
    ticket_number, course_code = str(line.row["ticket_number"]), str(line.row["course_code"])
    entry = held.get((ticket_number, course_code))
    if entry is None:
        at_fault = ("course_code", course_code, _NOT_SELECTED)
        if ticket_number not in known:
            at_fault = ("ticket_number", ticket_number, _UNKNOWN)
        problems.append(problem(FILE, line.number, *at_fault))
        return None
    if entry.selection.state not in (SelectionState.AWAITING_SCHOOL, SelectionState.EFFECTIVE):
        problems.append(problem(FILE, line.number, "course_code", course_code, _NOT_AWAITED))
        return None
    return entry
