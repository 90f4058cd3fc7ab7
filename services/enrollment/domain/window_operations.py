"""What operators do with a session's window: open, extend, close, cancel (F-15, PA-12)."""

from dataclasses import dataclass, replace
from datetime import datetime

from chassis.errors import FieldViolation, InvalidRequest, StaleEtag
from services.enrollment.domain.catalogue import Catalogue, ExamSession, SessionState
from services.enrollment.errors import SessionEnded, WindowStillOpen


@dataclass(frozen=True, slots=True)
class ShownSession:
    """A session, with what is needed to show it."""

    session: ExamSession
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class ClosedRegistration:
    """A session whose registration is closed: selections that closing ended, and those that follow their order."""

    shown: ShownSession
    voided: int
    reserved: int


def must_match(session: ExamSession, etag: str) -> None:
    """Raises StaleEtag where `etag` names another version of the session; an empty one skips the check."""
    if etag and etag != session.etag:
        raise StaleEtag()


def opened(session: ExamSession, now: datetime) -> ExamSession:
    """The window opens now; an open one stays. Raises SessionEnded when it is over."""
    match session.state(now):
        case SessionState.OPEN:
            return session
        case SessionState.ANNOUNCED:
            return replace(session, registration_start=now)
        case SessionState.CLOSED | SessionState.CANCELLED:
            raise SessionEnded(session_id=session.session_id)


def extended(session: ExamSession, end: datetime, cutoff: datetime | None, now: datetime) -> ExamSession:
    """The window and the payment cut-off end later; the cut-off keeps its distance unless named.

    Raises SessionEnded once registration was closed or the session cancelled; InvalidRequest where an instant is not
    later than now and before.
    """
    cutoff = cutoff or end + (session.payment_cutoff - session.registration_end)
    if (end, cutoff) == (session.registration_end, session.payment_cutoff):
        return session
    if session.close_time is not None or session.cancel_time is not None:
        raise SessionEnded(session_id=session.session_id)
    if end < session.registration_end or end <= now:
        raise InvalidRequest(fields=[_later("registration_end_time")])
    if cutoff < max(end, session.payment_cutoff):
        raise InvalidRequest(fields=[_later("payment_cutoff_time")])
    return replace(session, registration_end=end, payment_cutoff=cutoff)


def closed(session: ExamSession, now: datetime) -> ExamSession:
    """EN-8: registration closes at its published instant, not before. Raises WindowStillOpen."""
    if now < session.registration_end:
        raise WindowStillOpen(session_id=session.session_id, registration_end_time=session.registration_end.isoformat())
    return session if session.close_time else replace(session, close_time=now)


def cancelled(session: ExamSession, reason: str, now: datetime) -> ExamSession:
    """PA-12: the session does not take place; a cancelled one stays as it is."""
    return session if session.cancel_time else replace(session, cancel_time=now, cancel_reason=reason)


def _later(field: str) -> FieldViolation:
    return FieldViolation(
        field=field,
        reason="NOT_LATER",
        zh="必须晚于当前时间和原定时间，且支付截止不早于报名截止",
        en="must be later than now and than before, and the payment cut-off not before the window's end",
    )
