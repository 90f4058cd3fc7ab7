"""The audit log (RE-11), in whatever transaction the change it notes is made."""

from datetime import datetime

from chassis.audit_log.entries import insert_entry
from chassis.audit_log.notes import AuditNote
from services.identity.repository.repository_base import Repository


class AuditLogRepository(Repository):
    """The audit log in PostgreSQL."""

    async def add_entry(self, note: AuditNote, *, at: datetime) -> None:
        """Adds an entry; the last thing to do in a transaction, since whoever adds another waits for its end."""
        await self._execution.execute(insert_entry(note, at))
