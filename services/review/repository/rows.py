"""Rows to domain objects and back; personal data is sealed on the way in and opened on the way out."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from enum import Enum
from typing import Any

from sqlalchemy import Row, Table

from chassis.postgres.rows import from_row, row_of
from chassis.security.encryption import FieldCipher
from services.review.domain.cases import Case, Decision, Subject
from services.review.domain.duplicate_images import Fingerprint
from services.review.domain.required_images import Condition, RequiredImage
from services.review.tables import cases, fingerprints


class Rows:
    """Converts with one cipher."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def of_case(self, case: Case) -> dict[str, Any]:
        """The row of a case."""
        listed = {name: _as_json(getattr(case.subject, name)) for name in ("conditions", "named_images")}
        subject = row_of(cases, case.subject, **listed)
        person = json.dumps([case.subject.display_name, case.subject.masked_document_number], ensure_ascii=False)
        return row_of(cases, case, **subject, person_cipher=self._cipher.encrypt(person, context=case.case_id))

    def case(self, row: Row[Any]) -> Case:
        """The case of a row."""
        name, number = json.loads(self._cipher.decrypt(row.person_cipher, context=row.case_id))
        subject = from_row(
            Subject,
            row,
            display_name=name,
            masked_document_number=number,
            conditions=tuple(Condition(**one) for one in row.conditions),
            named_images=tuple(from_row(RequiredImage, one) for one in row.named_images),
        )
        return from_row(Case, row, subject=subject)

    def of_decision(self, table: Table, decision: Decision) -> dict[str, Any]:
        """The row of a decision, or of a second judgement."""
        return row_of(table, decision, note_cipher=self._cipher.encrypt(decision.note, context=decision.case_id))

    def decision(self, row: Row[Any]) -> Decision:
        """The decision of a row, or the second judgement, which is in effect at once."""
        note = self._cipher.decrypt(row.note_cipher, context=row.case_id)
        given = row._mapping
        return from_row(
            Decision,
            row,
            note=note,
            sampled=given.get("sampled", False),
            effect_time=given.get("effect_time", given["decide_time"]),
        )

    def of_fingerprint(self, material_id: str, fingerprint: Fingerprint) -> dict[str, Any]:
        """The row of a fingerprint."""
        sketch = self._cipher.seal(fingerprint.sketch, context=material_id)
        return row_of(fingerprints, fingerprint, material_id=material_id, sketch_cipher=sketch)

    def sketch(self, row: Row[Any]) -> bytes:
        """The sketch of such a row."""
        return self._cipher.unseal(row.sketch_cipher, context=row.material_id)


def _as_json(listed: Iterable[Any]) -> list[dict[str, Any]]:
    """Dataclasses as their columns keep them."""
    return [
        {name: value.value if isinstance(value, Enum) else value for name, value in asdict(one).items()}
        for one in listed
    ]
