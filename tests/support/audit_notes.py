"""What a service has noted in its audit log, for tests of any service."""

from collections.abc import Sequence

from chassis.audit_log.entries import AuditLog
from chassis.audit_log.notes import AuditFilter, AuditNote
from chassis.clock import SystemClock
from chassis.postgres.database import Database

MOST = 100_000


async def audit_notes(db: Database, *, object_id: str = "", candidate_id: str = "") -> Sequence[AuditNote]:
    """The notes about an object or a candidate, or all of them, oldest first."""
    log = AuditLog(db, SystemClock())
    found = await log.list_entries(AuditFilter(object_id, candidate_id), since=None, after=0, size=MOST)
    return [entry.note for entry in found]
