"""Importing enrolled candidates (在籍考生): row by row, each good one kept whatever the others are (ID-3, OP-1)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from chassis.clock import Clock
from chassis.errors import FieldViolation, InvalidRequest, Refusal
from chassis.ids import new_id
from services.identity.domain.candidate import Candidate, enrolled_candidate
from services.identity.domain.contact import normal_phone
from services.identity.domain.documents import DocumentType, parse
from services.identity.ports import Store
from services.identity.usecases.accounts import today

SCHOOL_CODE: Final = re.compile(r"[0-9]{5}")


class RowOutcome(Enum):
    """What became of a row."""

    CREATED = "CREATED"
    ALREADY_PRESENT = "ALREADY_PRESENT"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Row:
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
    """What became of a row, and what is wrong with a refused one."""

    outcome: RowOutcome
    candidate_id: str = ""
    reason: str = ""
    flaw: FieldViolation | None = None


async def check_candidates(rows: Sequence[Row], *, store: Store, clock: Clock) -> list[RowResult]:
    """What importing the rows would come to; nothing changes. A person named twice would be made once."""
    read = [_read(row, clock) for row in rows]
    wanted = _first_of_each_person(entry for entry in read if isinstance(entry, Candidate))
    async with store.transaction() as together:
        known = await together.candidates.find_persons([candidate.document for candidate in wanted.values()])
    firsts = {candidate.candidate_id for candidate in wanted.values()}
    return [_foreseen(entry, firsts, known) for entry in read]


async def import_candidates(rows: Sequence[Row], *, store: Store, clock: Clock) -> list[RowResult]:
    """Makes the accounts of all good rows in one transaction; a person who has one keeps it. One result per row, in
    order.
    """
    read = [_read(row, clock) for row in rows]
    wanted = _first_of_each_person(entry for entry in read if isinstance(entry, Candidate))
    async with store.transaction() as together:
        made = await together.candidates.add_all(list(wanted.values()))
        known = await together.candidates.find_persons([candidate.document for candidate in wanted.values()])
    return [_result(entry, made, known) for entry in read]


def _read(row: Row, clock: Clock) -> Candidate | RowResult:
    try:
        return _candidate(row, clock)
    except Refusal as refusal:
        flaw = refusal.fields[0] if refusal.fields else None
        return RowResult(RowOutcome.REFUSED, reason=refusal.reason, flaw=flaw)


def _candidate(row: Row, clock: Clock) -> Candidate:
    if row.document_type is None:
        raise InvalidRequest(fields=[_violation("document_type", "DOCUMENT_TYPE_UNKNOWN", "证件类型", "document type")])
    if not SCHOOL_CODE.fullmatch(row.school_code):
        raise InvalidRequest(fields=[_violation("school_code", "SCHOOL_CODE_FORM", "主考学校代码", "school code")])
    document = parse(row.document_type, row.document_number, today=today(clock))
    candidate = enrolled_candidate(new_id(), document, row.name, row.school_code, at=clock.now())
    return replace(candidate, phone=normal_phone(row.phone) if row.phone else "")


def _violation(name: str, reason: str, zh: str, en: str) -> FieldViolation:
    return FieldViolation(name, reason, f"{zh}有误", f"the {en} is wrong")


def _first_of_each_person(candidates: Iterable[Candidate]) -> dict[str, Candidate]:
    """A file may name a person twice; the first row makes the account."""
    persons: dict[str, Candidate] = {}
    for candidate in candidates:
        persons.setdefault(candidate.document.person_key, candidate)
    return persons


def _foreseen(entry: Candidate | RowResult, firsts: set[str], known: dict[str, str]) -> RowResult:
    if isinstance(entry, RowResult):
        return entry
    if candidate_id := known.get(entry.document.person_key):
        return RowResult(RowOutcome.ALREADY_PRESENT, candidate_id)
    return RowResult(RowOutcome.CREATED if entry.candidate_id in firsts else RowOutcome.ALREADY_PRESENT)


def _result(entry: Candidate | RowResult, made: frozenset[str], known: dict[str, str]) -> RowResult:
    if isinstance(entry, RowResult):
        return entry
    if entry.candidate_id in made:
        return RowResult(RowOutcome.CREATED, entry.candidate_id)
    return RowResult(RowOutcome.ALREADY_PRESENT, known[entry.document.person_key])
