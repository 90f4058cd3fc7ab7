"""What operators do with a session's window: open it, extend it (F-15)."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.optimistic_retry import until_applied
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.catalogue import ExamSession
from services.enrollment.domain.catalogue_lookups import session_of
from services.enrollment.domain.window_operations import ShownSession, extended, must_match, opened

Change = Callable[[ExamSession, datetime], ExamSession]
"""The session as it shall be from an instant on; the same one when there is nothing to change."""

Save = Callable[[ExamSession, ExamSession, AuditNote], Awaitable[ExamSession | None]]
"""Puts one in the other's place, with an entry in the audit log; None when the session has changed meanwhile."""


async def open_session(deps: Dependencies, session_id: str, etag: str) -> ShownSession:
    """Opens a window now. Raises NotFound, StaleEtag, SessionEnded, Contention."""

    def change(session: ExamSession, now: datetime) -> ExamSession:
        must_match(session, etag)
        return opened(session, now)

    note = AuditNote(AuditAction.SESSION_OPENED, "session", session_id)
    return await change_session(deps, session_id, change, deps.catalogue.save_session, note)


async def extend_session(
    deps: Dependencies, session_id: str, end: datetime, cutoff: datetime | None, etag: str
) -> ShownSession:
    """Moves the end of a window and its payment cut-off later.

    Raises NotFound, StaleEtag, SessionEnded, InvalidRequest, Contention.
    """

    def change(session: ExamSession, now: datetime) -> ExamSession:
        must_match(session, etag)
        return extended(session, end, cutoff, now)

    note = AuditNote(AuditAction.SESSION_EXTENDED, "session", session_id, facts={"end": end.isoformat()})
    return await change_session(deps, session_id, change, deps.catalogue.save_session, note)


async def change_session(
    deps: Dependencies, session_id: str, change: Change, save: Save, note: AuditNote
) -> ShownSession:
    """The session as `change` makes it of the present one. Raises what `change` raises, NotFound, Contention."""

    async def attempt() -> ShownSession | None:
        catalogue = await deps.catalogue_cache.latest()
        session = session_of(catalogue, session_id)
        wanted = change(session, deps.clock.now())
        if wanted is session:
            return ShownSession(session, catalogue)
        saved = await save(session, wanted, note)
        return ShownSession(saved, await deps.catalogue_cache.latest()) if saved else None

    return await until_applied(attempt)
