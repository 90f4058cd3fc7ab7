"""Candidates as rows: personal data is sealed on the way in and opened on the way out."""

import json
from collections.abc import Mapping
from datetime import date
from enum import Enum
from functools import partial
from typing import Any

from sqlalchemy import Row

from chassis.postgres.rows import from_row, row_of
from services.identity.domain.candidate_searches import caller_key
from services.identity.domain.candidates import Candidate, Portrait
from services.identity.domain.corrections.required_corrections import Correction, CorrectionState, Fault, Finding
from services.identity.domain.documents import Document, DocumentType
from services.identity.domain.personal_details import FIELDS, Details
from services.identity.repository.sealed_fields import FieldSealer
from services.identity.tables import CORRECTION_COLUMNS, candidates


def candidate_row(candidate: Candidate, sealer: FieldSealer) -> Mapping[str, Any]:
    """The candidate's row, whole."""
    seal = partial(sealer.seal, candidate.candidate_id)
    return row_of(
        candidates,
        candidate,
        document_type=candidate.document.type.value,
        document_cipher=seal("document", candidate.document.number),
        person_index=sealer.person_index(candidate.document.person_key),
        name_cipher=seal("name", candidate.name),
        details_cipher=seal("details", _details_text(candidate.details)),
        phone_cipher=seal("phone", candidate.phone) if candidate.phone else None,
        phone_index=sealer.phone_index(candidate.phone) if candidate.phone else None,
        caller_indexes=_caller_indexes(candidate, sealer),
        **{f"portrait_{name}": getattr(candidate.portrait, name, None) for name in Portrait.__slots__},
        **_correction_columns(candidate, sealer),
    )


def candidate_from(row: Row[Any], sealer: FieldSealer) -> Candidate:
    """The candidate of a row of `candidates`."""
    has_portrait = row.portrait_key is not None
    return from_row(
        Candidate,
        row,
        document=document_from(row, sealer),
        name=sealer.unseal(row.candidate_id, "name", row.name_cipher),
        details=_details(sealer.unseal(row.candidate_id, "details", row.details_cipher)),
        phone=sealer.unseal(row.candidate_id, "phone", row.phone_cipher),
        portrait=Portrait(row.portrait_key, row.portrait_digest, row.portrait_update_time) if has_portrait else None,
        correction=_correction(row, sealer),
    )


def _caller_indexes(candidate: Candidate, sealer: FieldSealer) -> list[bytes]:
    """A caller may mean the end of the document number, or that of the phone."""
    numbers = (candidate.document.number, candidate.phone) if candidate.phone else (candidate.document.number,)
    return [sealer.caller_index(caller_key(candidate.name, number)) for number in numbers]


def document_from(row: Row[Any], sealer: FieldSealer) -> Document:
    """The document of a row that has `candidate_id`, `document_type` and `document_cipher`."""
    return Document(DocumentType(row.document_type), sealer.unseal(row.candidate_id, "document", row.document_cipher))


def _correction_columns(candidate: Candidate, sealer: FieldSealer) -> Mapping[str, Any]:
    known = candidate.correction
    if known is None:
        return dict.fromkeys(CORRECTION_COLUMNS)
    return {
        "correction_number": known.number,
        "correction_state": known.state.value,
        "correction_fault": known.finding.fault.value,
        "correction_note_cipher": sealer.seal(candidate.candidate_id, "correction_note", known.finding.note),
        "correction_find_time": known.find_time,
        "correction_submissions": known.submissions,
    }


def _correction(row: Row[Any], sealer: FieldSealer) -> Correction | None:
    if row.correction_state is None:
        return None
    note = sealer.unseal(row.candidate_id, "correction_note", row.correction_note_cipher)
    return Correction(
        number=row.correction_number,
        finding=Finding(Fault(row.correction_fault), note),
        find_time=row.correction_find_time,
        state=CorrectionState(row.correction_state),
        submissions=row.correction_submissions,
    )


def _details_text(details: Details) -> str:
    stated = {name: value for name in FIELDS if (value := getattr(details, name))}
    return json.dumps(stated, default=_plain, ensure_ascii=False)


def _plain(value: Enum | date) -> str:
    return str(value.value) if isinstance(value, Enum) else value.isoformat()


def _details(text: str) -> Details:
    """Fields this release does not know are left out, so that it can read what a newer one wrote."""
    stated = dict.fromkeys(FIELDS) | json.loads(text)
    born = stated["birth_date"]
    return from_row(Details, stated, birth_date=date.fromisoformat(born) if born else None)
