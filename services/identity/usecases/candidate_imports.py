"""Importing enrolled candidates (在籍考生): row by row, each good one kept whatever the others are (ID-3, OP-1)."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.errors import FieldViolation, InvalidRequest, Refusal
from chassis.ids import new_id
from services.identity.dependencies import Dependencies
from services.identity.domain.accounts_of_number import numbers_imported
from services.identity.domain.candidate_imports import (
    ImportRow,
    RowOutcome,
    RowResult,
    differing_columns,
    rows_together,
)
from services.identity.domain.candidates import Candidate, enrolled_candidate
from services.identity.domain.contact_addresses import normal_phone
from services.identity.domain.documents import parse
from services.identity.usecases.account_endings import apply_changes
from services.identity.usecases.candidate_accounts import today

SCHOOL_CODE: Final = re.compile(r"[0-9]{5}")


async def foresee_import(deps: Dependencies, rows: Sequence[ImportRow]) -> Sequence[RowResult]:
    """What importing the rows would come to; nothing changes. A person named twice would be made once."""
    read = _read_together(deps, rows)
    wanted = _first_of_each_person(read)
    known = await deps.candidates.find_verified([candidate.document for candidate in wanted.values()])
    made = {candidate.candidate_id for key, candidate in wanted.items() if key not in known}
    results = [_result(entry, made, known) for entry in read]
    return [replace(each, candidate_id="") if each.outcome is RowOutcome.CREATED else each for each in results]


async def import_candidates(deps: Dependencies, rows: Sequence[ImportRow]) -> Sequence[RowResult]:
    """Makes the accounts of all good rows in one transaction, with one entry in the audit log (RE-11); a person who has
    a verified one keeps it. An import proves a number like the register does: unverified accounts that carry it end
    (ID-15). One result per row, in order.
    """
    read = _read_together(deps, rows)
    wanted = _first_of_each_person(read)
    documents = [candidate.document for candidate in wanted.values()]
    async with deps.transaction() as together:
        # Locked before the new accounts are added, as whoever proves a number does: so neither waits for the other.
        carriers = await together.candidates.list_carriers(documents, lock=True)
        made = await together.candidates.add_enrolled_candidates(list(wanted.values()))
        imported = {candidate.document.person_key for candidate in wanted.values() if candidate.candidate_id in made}
        await apply_changes(together, numbers_imported(carriers, imported, at=deps.clock.now()))
        present = [one.document for one in wanted.values() if one.candidate_id not in made]
        known = await together.candidates.find_verified(present)
        facts = {"rows": str(len(rows)), "made": str(len(made))}
        note = AuditNote(AuditAction.CANDIDATES_IMPORTED, "candidates", "", facts=facts)
        await together.audit_log.add_entry(note, at=deps.clock.now())
    return [_result(entry, made, {**wanted, **known}) for entry in read]


def _read_together(deps: Dependencies, rows: Sequence[ImportRow]) -> list[Candidate | RowResult]:
    return rows_together([_read(deps, row) for row in rows], [row.document_number.strip() for row in rows])


def _read(deps: Dependencies, row: ImportRow) -> Candidate | RowResult:
    try:
        return _candidate(deps, row)
    except Refusal as refusal:
        flaw = refusal.fields[0] if refusal.fields else None
        return RowResult(RowOutcome.REFUSED, reason=refusal.reason, flaw=flaw)


def _candidate(deps: Dependencies, row: ImportRow) -> Candidate:
    if row.document_type is None:
        raise InvalidRequest(fields=[_violation("document_type", "DOCUMENT_TYPE_UNKNOWN", "证件类型", "document type")])
    if not SCHOOL_CODE.fullmatch(row.school_code):
        raise InvalidRequest(fields=[_violation("school_code", "SCHOOL_CODE_FORM", "主考学校代码", "school code")])
    document = parse(row.document_type, row.document_number, today=today(deps.clock))
    candidate = enrolled_candidate(new_id(), document, row.name, row.school_code, at=deps.clock.now())
    return replace(candidate, phone=normal_phone(row.phone) if row.phone else "")


def _violation(name: str, reason: str, zh: str, en: str) -> FieldViolation:
    return FieldViolation(name, reason, f"{zh}有误", f"the {en} is wrong")


def _first_of_each_person(read: Sequence[Candidate | RowResult]) -> dict[str, Candidate]:
    """A file may name a person twice; the first row makes the account."""
    return {entry.document.person_key: entry for entry in reversed(read) if isinstance(entry, Candidate)}


def _result(entry: Candidate | RowResult, made: Collection[str], known: Mapping[str, Candidate]) -> RowResult:
    """What became of a row; of one that repeats a person who would only be made, no id is known."""
    if isinstance(entry, RowResult):
        return entry
    if entry.candidate_id in made:
        return RowResult(RowOutcome.CREATED, entry.candidate_id)
    present = known.get(entry.document.person_key)
    if present is None:
        return RowResult(RowOutcome.ALREADY_PRESENT)
    return RowResult(RowOutcome.ALREADY_PRESENT, present.candidate_id, differing=differing_columns(present, entry))
