"""The import of enrolled candidates (在籍考生): what a row says, and what became of it (ID-3, OP-1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from chassis.errors import FieldViolation
from chassis.imports.rounded_numbers import are_rounded, looks_rounded
from services.identity.domain.candidates import Candidate
from services.identity.domain.documents import DocumentType


class RowOutcome(Enum):
    """What became of a row."""

    CREATED = "CREATED"
    ALREADY_PRESENT = "ALREADY_PRESENT"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One enrolled candidate as the operator's file has it. `document_type` is None where the file names none that
    exists.
    """

    document_type: DocumentType | None
    document_number: str = field(repr=False)
    name: str = field(repr=False)
    school_code: str
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row, what is wrong with a refused one, and in which columns an account that was there already
    differs from it.
    """

    outcome: RowOutcome
    candidate_id: str = ""
    reason: str = ""
    flaw: FieldViolation | None = None
    differing: tuple[str, ...] = ()


def rows_together(read: Sequence[Candidate | RowResult], numbers: Sequence[str]) -> list[Candidate | RowResult]:
    """Rows that are right each, with those refused that are wrong together: `numbers` that a spreadsheet has rounded
    (F-21), and rows that name one person differently (F-20). Rows count from 1.
    """
    return _without_contradictions(_without_rounded(read, numbers))


def differing_columns(known: Candidate, wanted: Candidate) -> tuple[str, ...]:
    """In which columns of an import an account that is there differs from a row that names its person."""
    stated = {
        "display_name": (known.name, wanted.name),
        "school_code": (known.school_code, wanted.school_code),
        "phone": (known.phone, wanted.phone or known.phone),
    }
    return tuple(column for column, (there, said) in stated.items() if there != said)


def _without_rounded(read: Sequence[Candidate | RowResult], numbers: Sequence[str]) -> list[Candidate | RowResult]:
    if not are_rounded(numbers):
        return list(read)
    refused = _refused(
        "document_number",
        "NUMBERS_ROUNDED",
        "多个证件号码以 000 结尾，像是被电子表格舍入了，请核对原始数据",
        "many document numbers end in 000, as if a spreadsheet had rounded them; see the source",
    )
    return [refused if looks_rounded(number) else entry for entry, number in zip(read, numbers, strict=True)]


def _without_contradictions(read: Sequence[Candidate | RowResult]) -> list[Candidate | RowResult]:
    first: dict[str, tuple[int, Candidate]] = {}
    refused: dict[int, RowResult] = {}
    for row, entry in enumerate(read, 1):
        if isinstance(entry, Candidate):
            before, known = first.setdefault(entry.document.person_key, (row, entry))
            for column in _contradicted_columns(known, entry):
                refused.setdefault(before, _contradiction(column, row))
                refused.setdefault(row, _contradiction(column, before))
    return [refused.get(row, entry) for row, entry in enumerate(read, 1)]


def _contradicted_columns(one: Candidate, other: Candidate) -> list[str]:
    """Of two rows that name one person: a second school is one more registration, and no contradiction (ID-13)."""
    phones = one.phone and other.phone and one.phone != other.phone
    return ["display_name"] * (one.name != other.name) + ["phone"] * bool(phones)


def _contradiction(column: str, other: int) -> RowResult:
    zh, en = f"与第 {other} 条矛盾：同一人", f"it contradicts row {other}, which names the same person"
    return _refused(column, "ROWS_CONTRADICT", zh, en)


def _refused(column: str, reason: str, zh: str, en: str) -> RowResult:
    return RowResult(RowOutcome.REFUSED, reason=reason, flaw=FieldViolation(column, reason, zh, en))
