"""Sessions end: registration closes (EN-8, F-15), or the session is cancelled (PA-12).

Ending is two things. The session is marked, once, in a transaction that lets the selections in flight through first;
from then on nothing is selected in it. Then its selections end, batch by batch: a process that dies in between leaves
some, and the next round, here or in another replica, ends the rest.
"""

from datetime import datetime

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.telemetry.logs import get_logger
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.catalogue import ExamSession
from services.enrollment.domain.catalogue_lookups import session_of
from services.enrollment.domain.selections import SelectionEvent, SelectionState, VoidReason, states_before
from services.enrollment.domain.window_operations import ClosedRegistration, ShownSession, cancelled, closed, must_match
from services.enrollment.usecases.administration.session_windows import change_session

_log = get_logger(__name__)


async def close_registration(deps: Dependencies, session_id: str) -> ClosedRegistration:
    """EN-8: ends what was never checked out; reserved selections follow their order. Safe to run twice.

    Raises NotFound, WindowStillOpen, Contention.
    """
    note = AuditNote(AuditAction.REGISTRATION_CLOSED, "session", session_id)
    ended = await change_session(deps, session_id, closed, deps.catalogue.save_ended_session, note)
    voided = await _end_selections(deps, session_id, SelectionEvent.WINDOW_CLOSED, VoidReason.WINDOW_CLOSED)
    return ClosedRegistration(ended, voided, await deps.session_end.count_reserved(session_id))


async def cancel_session(deps: Dependencies, session_id: str, reason: str, etag: str) -> ShownSession:
    """PA-12: ends every live selection; payment gives the money back in bulk. Safe to run twice.

    Raises NotFound, StaleEtag, Contention.
    """

    def change(session: ExamSession, now: datetime) -> ExamSession:
        wanted = cancelled(session, reason, now)
        if wanted is not session:
            must_match(session, etag)
        return wanted

    note = AuditNote(AuditAction.SESSION_CANCELLED, "session", session_id, reason=reason)
    ended = await change_session(deps, session_id, change, deps.catalogue.save_ended_session, note)
    await _end_selections(deps, session_id, SelectionEvent.SESSION_CANCELLED, VoidReason.SESSION_CANCELLED)
    return ended


async def end_session(deps: Dependencies, session_id: str) -> None:
    """Closes a session whose time has come, and ends its selections.

    It is settled when nothing is left but what counts; until then an order's fate may still leave something.
    """
    session = session_of(await deps.catalogue_cache.latest(), session_id)
    if session.cancel_time is None:
        voided, lasting = (await close_registration(deps, session_id)).voided, [SelectionState.EFFECTIVE]
    else:
        event, reason = SelectionEvent.SESSION_CANCELLED, VoidReason.SESSION_CANCELLED
        voided, lasting = await _end_selections(deps, session_id, event, reason), []
    settled = await deps.session_end.settle_session(session_id, lasting, deps.clock.now())
    if voided or settled:
        _log.info("session_ended", session_id=session_id, voided=voided, settled=settled)


async def _end_selections(deps: Dependencies, session_id: str, event: SelectionEvent, reason: VoidReason) -> int:
    states = sorted(states_before(event), key=lambda state: state.value)
    ended, last = 0, ""
    while batch := await deps.session_end.end_batch(session_id, states, reason, deps.clock.now(), after=last):
        ended, last = ended + len(batch), batch[-1]
    return ended
