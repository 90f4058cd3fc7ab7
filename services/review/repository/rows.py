"""Rows to domain objects and back; personal data is sealed on the way in and opened on the way out."""

import json
from typing import Any

from sqlalchemy import Row, Table

from chassis.postgres.rows import from_row, row_of
from chassis.security.encryption import FieldCipher
from services.review.domain.cases import Case, Decision, Subject
from services.review.domain.duplicate_images import Fingerprint
from services.review.tables import cases, fingerprints


class Rows:
    """Converts with one cipher."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def of_case(self, case: Case) -> dict[str, Any]:
        """The row of a case."""
        subject = row_of(cases, case.subject)
        person = json.dumps([case.subject.display_name, case.subject.masked_document_number], ensure_ascii=False)
        return row_of(cases, case, **subject, person_cipher=self._cipher.encrypt(person, context=case.case_id))

    def case(self, row: Row[Any]) -> Case:
        """The case of a row."""
        name, number = json.loads(self._cipher.decrypt(row.person_cipher, context=row.case_id))
        return from_row(Case, row, subject=from_row(Subject, row, display_name=name, masked_document_number=number))

    def of_decision(self, table: Table, decision: Decision) -> dict[str, Any]:
        """The row of a decision, or of a second judgement."""
        return row_of(table, decision, note_cipher=self._cipher.encrypt(decision.note, context=decision.case_id))

    def decision(self, row: Row[Any]) -> Decision:
        """The decision of a row."""
        note = self._cipher.decrypt(row.note_cipher, context=row.case_id)
        return from_row(Decision, row, note=note, sampled=row._mapping.get("sampled", False))

    def of_fingerprint(self, material_id: str, fingerprint: Fingerprint) -> dict[str, Any]:
        """The row of a fingerprint."""
        sketch = self._cipher.seal(fingerprint.sketch, context=material_id)
        return row_of(fingerprints, fingerprint, material_id=material_id, sketch_cipher=sketch)

    def sketch(self, row: Row[Any]) -> bytes:
        """The sketch of such a row."""
        return self._cipher.unseal(row.sketch_cipher, context=row.material_id)
