"""Candidates as rows: personal data is sealed on the way in and opened on the way out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from sqlalchemy import Row

from services.identity.domain.candidates import Candidate, IdentityState, Portrait
from services.identity.domain.corrections import Correction, CorrectionState, Fault, Finding
from services.identity.domain.documents import Document, DocumentType, Sex
from services.identity.domain.personal_details import FIELDS, Details, Education, PoliticalStatus
from services.identity.repository.sealed_fields import FieldSealer
from services.identity.tables import CORRECTION_COLUMNS


@dataclass(frozen=True, slots=True)
class CandidateRows:
    """Converts with one sealer."""

    sealer: FieldSealer

    def of_candidate(self, candidate: Candidate) -> Mapping[str, Any]:
        """The candidate's row, whole."""
        portrait = candidate.portrait
        return {
            "candidate_id": candidate.candidate_id,
            "document_type": candidate.document.type.value,
            "document_cipher": self._seal(candidate, "document", candidate.document.number),
            "person_index": self.sealer.person_index(candidate.document.person_key),
            "name_cipher": self._seal(candidate, "name", candidate.name),
            "school_code": candidate.school_code,
            "enrolled": candidate.enrolled,
            "details_cipher": self._seal(candidate, "details", _details_text(candidate.details)),
            "details_confirm_time": candidate.details_confirm_time,
            "phone_cipher": self._seal(candidate, "phone", candidate.phone) if candidate.phone else None,
            "phone_verify_time": candidate.phone_verify_time,
            "email_verify_time": candidate.email_verify_time,
            "portrait_key": portrait.key if portrait else None,
            "portrait_digest": portrait.digest if portrait else None,
            "portrait_update_time": portrait.update_time if portrait else None,
            "identity_state": candidate.identity_state.value,
            "mismatches": candidate.mismatches,
            "review_case_id": candidate.review_case_id or None,
            "needs_password_change": candidate.needs_password_change,
            **self._correction_columns(candidate),
            "version": candidate.version,
            "create_time": candidate.create_time,
            "update_time": candidate.update_time,
        }

    def candidate(self, row: Row[Any]) -> Candidate:
        """The candidate of a row of `candidates`."""
        portrait = (
            Portrait(row.portrait_key, row.portrait_digest, row.portrait_update_time) if row.portrait_key else None
        )
        return Candidate(
            candidate_id=row.candidate_id,
            document=self.document(row),
            name=self._unseal(row, "name"),
            school_code=row.school_code,
            enrolled=row.enrolled,
            create_time=row.create_time,
            update_time=row.update_time,
            details=_details(self._unseal(row, "details")),
            details_confirm_time=row.details_confirm_time,
            phone=self._unseal(row, "phone") if row.phone_cipher else "",
            phone_verify_time=row.phone_verify_time,
            email_verify_time=row.email_verify_time,
            portrait=portrait,
            identity_state=IdentityState(row.identity_state),
            mismatches=row.mismatches,
            review_case_id=row.review_case_id or "",
            needs_password_change=row.needs_password_change,
            correction=self._correction(row),
            version=row.version,
        )

    def document(self, row: Row[Any]) -> Document:
        """The document of a row that has `candidate_id`, `document_type` and `document_cipher`."""
        return Document(DocumentType(row.document_type), self._unseal(row, "document"))

    def _correction_columns(self, candidate: Candidate) -> Mapping[str, Any]:
        known = candidate.correction
        if known is None:
            return dict.fromkeys(CORRECTION_COLUMNS)
        return {
            "correction_number": known.number,
            "correction_state": known.state.value,
            "correction_fault": known.finding.fault.value,
            "correction_note_cipher": self._seal(candidate, "correction_note", known.finding.note),
            "correction_find_time": known.find_time,
            "correction_submissions": known.submissions,
        }

    def _correction(self, row: Row[Any]) -> Correction | None:
        if row.correction_state is None:
            return None
        return Correction(
            number=row.correction_number,
            finding=Finding(Fault(row.correction_fault), self._unseal(row, "correction_note")),
            find_time=row.correction_find_time,
            state=CorrectionState(row.correction_state),
            submissions=row.correction_submissions,
        )

    def _seal(self, candidate: Candidate, column: str, text: str) -> bytes:
        return self.sealer.seal(candidate.candidate_id, column, text)

    def _unseal(self, row: Row[Any], column: str) -> str:
        return self.sealer.unseal(row.candidate_id, column, getattr(row, f"{column}_cipher"))


def _details_text(details: Details) -> str:
    stated = {name: value for name in FIELDS if (value := getattr(details, name))}
    return json.dumps(stated, default=_plain, ensure_ascii=False)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value.value) if isinstance(value, Enum) else str(value)


def _details(text: str) -> Details:
    """Fields this release does not know are left out, so that it can read what a newer one wrote."""
    stated = {name: _READERS.get(name, str)(value) for name, value in json.loads(text).items() if name in FIELDS}
    return Details(**stated)


_READERS: Mapping[str, Any] = {
    "sex": Sex,
    "birth_date": date.fromisoformat,
    "political_status": PoliticalStatus,
    "education": Education,
}
