"""What is noted of a case in the audit log (RE-7)."""

from collections.abc import Mapping

from chassis.audit_log.notes import AuditAction, AuditNote
from services.review.domain.cases import Case

NO_FACTS: Mapping[str, str] = {}


def about_case(action: AuditAction, case: Case, reason: str = "", facts: Mapping[str, str] = NO_FACTS) -> AuditNote:
    """What whoever calls does to a case or sees of it; `reason` is a decision's."""
    return AuditNote(action, "case", case.case_id, case.subject.candidate_id, reason, facts)
