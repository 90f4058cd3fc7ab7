"""Rows to domain objects and back; personal data is sealed on the way in and opened on the way out."""

import json
from typing import Any

from sqlalchemy import Row

from chassis.security.encryption import FieldCipher
from services.review.domain.audit_log import AuditAction, AuditEntry, AuditNote
from services.review.domain.cases import Case, CaseKind, CaseState, Decision, Subject
from services.review.domain.decision_reasons import DecisionReason, Verdict
from services.review.domain.duplicates import Fingerprint
from services.review.domain.materials import Material, MaterialKind

CASE_COLUMNS = ("submission", "submit_time", "deadline", "claim_expire_time", "version", "create_time", "update_time")


class Rows:
    """Converts with one cipher."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def of_case(self, case: Case) -> dict[str, Any]:
        """The row of a case."""
        person = json.dumps([case.subject.display_name, case.subject.masked_document_number], ensure_ascii=False)
        return {
            "case_id": case.case_id,
            "kind": case.subject.kind.value,
            "candidate_id": case.subject.candidate_id,
            "subject_id": case.subject.subject_id,
            "organisation": case.subject.organisation,
            "person_cipher": self._cipher.encrypt(person, context=case.case_id),
            "state": case.state.value,
            "claimed_by": case.claimed_by or None,
            **{column: getattr(case, column) for column in CASE_COLUMNS},
        }

    def case(self, row: Row[Any]) -> Case:
        """The case of a row."""
        found: Any = row._mapping
        name, number = json.loads(self._cipher.decrypt(found["person_cipher"], context=found["case_id"]))
        subject = Subject(
            CaseKind(found["kind"]), found["candidate_id"], found["subject_id"], found["organisation"], name, number
        )
        return Case(
            case_id=found["case_id"],
            subject=subject,
            state=CaseState(found["state"]),
            claimed_by=found["claimed_by"] or "",
            **{column: found[column] for column in CASE_COLUMNS},
        )

    def of_decision(self, decision: Decision) -> dict[str, Any]:
        """The row of a decision."""
        return {
            "case_id": decision.case_id,
            "submission": decision.submission,
            "verdict": decision.verdict.value,
            "reason": decision.reason.value if decision.reason else None,
            "note_cipher": self._cipher.encrypt(decision.note, context=decision.case_id),
            "reviewer_id": decision.reviewer_id,
            "decide_time": decision.decide_time,
            "sampled": decision.sampled,
        }

    def of_second(self, decision: Decision) -> dict[str, Any]:
        """The row of a second judgement."""
        row = self.of_decision(decision)
        del row["sampled"]
        return row

    def decision(self, row: Row[Any]) -> Decision:
        """The decision of a row."""
        found: Any = row._mapping
        return Decision(
            case_id=found["case_id"],
            submission=found["submission"],
            verdict=Verdict(found["verdict"]),
            reason=DecisionReason(found["reason"]) if found["reason"] else None,
            note=self._cipher.decrypt(found["note_cipher"], context=found["case_id"]),
            reviewer_id=found["reviewer_id"],
            decide_time=found["decide_time"],
            sampled=found.get("sampled", False),
        )

    def of_fingerprint(self, material_id: str, fingerprint: Fingerprint) -> dict[str, Any]:
        """The row of a fingerprint."""
        sketch = self._cipher.seal(fingerprint.sketch, context=material_id)
        return {"material_id": material_id, "outline": fingerprint.outline, "sketch_cipher": sketch}

    def sketch(self, row: Row[Any]) -> bytes:
        """The sketch of such a row."""
        return self._cipher.unseal(row._mapping["sketch_cipher"], context=row._mapping["material_id"])


def of_material(material: Material) -> dict[str, Any]:
    """The row of a material."""
    return {
        "material_id": material.material_id,
        "case_id": material.case_id,
        "kind": material.kind.value,
        "submission": material.submission,
        "digest": material.digest,
        "width": material.width,
        "height": material.height,
        "size_bytes": material.size_bytes,
        "create_time": material.create_time,
    }


def material(row: Row[Any]) -> Material:
    """The material of a row."""
    found = {name: row._mapping[name] for name in Material.__slots__}
    return Material(**{**found, "kind": MaterialKind(found["kind"])})


def of_entry(entry: AuditEntry) -> dict[str, Any]:
    """The row of an audit entry."""
    return {
        "number": entry.number,
        "create_time": entry.create_time,
        "actor_id": entry.note.actor_id,
        "action": entry.note.action.value,
        "case_id": entry.note.case_id,
        "material_id": entry.note.material_id,
        "facts": dict(entry.note.facts or {}),
        "hash": entry.hash,
    }


def entry(row: Row[Any]) -> AuditEntry:
    """The audit entry of a row."""
    found: Any = row._mapping
    note = AuditNote(
        found["actor_id"], AuditAction(found["action"]), found["case_id"], found["material_id"], found["facts"]
    )
    return AuditEntry(found["number"], found["create_time"], note, found["hash"])
