"""Announcements and answers to frequent questions: read by everybody, published and withdrawn by operators (EN-17)."""

from collections.abc import Sequence
from datetime import datetime

from chassis.audit_log.notes import AuditAction, AuditNote
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.announcements import Announcement, Readership, withdrawn
from services.enrollment.domain.catalogue_lookups import session_of


async def list_announcements(deps: Dependencies, readers: Readership) -> Sequence[Announcement]:
    """What is in force for its readers, the newest first."""
    return await deps.announcements.list_in_force(readers)


async def list_published(deps: Dependencies, after: tuple[datetime, str] | None, size: int) -> Sequence[Announcement]:
    """A page of whatever was published, the newest first."""
    return await deps.announcements.list_published(after, size)


async def publish_announcement(deps: Dependencies, announcement: Announcement) -> Announcement:
    """In force from now on. Raises NotFound for a session that is not in the catalogue."""
    if announcement.session_id:
        session_of(await deps.catalogue_cache.current(), announcement.session_id)
    facts = {
        "kind": announcement.kind.value,
        "audience": announcement.audience.value,
        "session": announcement.session_id,
    }
    note = AuditNote(AuditAction.ANNOUNCEMENT_PUBLISHED, "announcement", announcement.announcement_id, facts=facts)
    await deps.announcements.add_announcement(announcement, note)
    return announcement


async def withdraw_announcement(deps: Dependencies, announcement_id: str) -> Announcement:
    """Out of force; one that is already stays as it is. Raises NotFound."""
    known = await deps.announcements.get_announcement(announcement_id)
    after = withdrawn(known, at=deps.clock.now())
    if after is known:
        return known
    note = AuditNote(AuditAction.ANNOUNCEMENT_WITHDRAWN, "announcement", announcement_id)
    await deps.announcements.withdraw_announcement(after, note)
    return await deps.announcements.get_announcement(announcement_id)
