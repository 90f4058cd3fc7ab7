"""Looks of staff at a person, noted before anything is shown (RE-11, ID-19)."""

from chassis.audit_log.notes import AuditAction, AuditNote
from services.identity.dependencies import Dependencies


async def note_look(deps: Dependencies, seen: AuditAction, candidate_id: str) -> None:
    """Notes that whoever calls looks at a candidate's portrait or particulars."""
    await deps.audit_log.add_entry(AuditNote(seen, "candidate", candidate_id, candidate_id), at=deps.clock.now())
