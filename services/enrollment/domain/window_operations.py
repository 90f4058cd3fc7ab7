"""What operators do with a session's window: open, extend, close, cancel (F-15, PA-12); what its candidates are told of
it (EN-19).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from chassis.errors import FieldViolation, InvalidRequest, StaleEtag
from services.enrollment.domain.catalogue import Catalogue, ExamSession, SessionState
from services.enrollment.domain.selections import SelectionEvent, SelectionState, states_before
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


class NoticeKind(Enum):
    """What the candidates of a session are told of its window (EN-19)."""

    SELECTIONS_UNPAID = "SELECTIONS_UNPAID"
    SESSION_CHANGED = "SESSION_CHANGED"


@dataclass(frozen=True, slots=True)
class SessionNotice:
    """What candidates of a session are to be told; `end_time`: when registration ends, as they are told it. `before`: a
    reminder comes that long before it, once; None for what has happened.
    """

    session_id: str
    about: NoticeKind
    end_time: datetime
    before: timedelta | None = None

    @property
    def audience(self) -> frozenset[SelectionState]:
        """Who is told: whoever has a selection in one of these states."""
        if self.about is NoticeKind.SELECTIONS_UNPAID:
            return states_before(SelectionEvent.WINDOW_CLOSED)
        return frozenset(SelectionState) - {SelectionState.VOID}


REMINDED_BEFORE: Final = (timedelta(hours=2), timedelta(days=1))
"""How long before a window ends candidates are reminded, the latest reminder first (EN-19)."""


def due_reminder(session: ExamSession, now: datetime) -> SessionNotice | None:
    """The reminder whose time has come, while the window is open. A window that is shorter than a reminder's time has
    none of those; of two that are due at once the later one says it all.
    """
    if session.state(now) is not SessionState.OPEN:
        return None
    for before in REMINDED_BEFORE:
        due = session.registration_end - before
        if session.registration_start < due <= now:
            return SessionNotice(session.session_id, NoticeKind.SELECTIONS_UNPAID, session.registration_end, before)
    return None


def moved_end(session_id: str, end: datetime) -> SessionNotice:
    """The notice that registration ends at another time than before."""
    return SessionNotice(session_id, NoticeKind.SESSION_CHANGED, end)


def _later(field: str) -> FieldViolation:
    return FieldViolation(
        field=field,
        reason="NOT_LATER",
        zh="必须晚于当前时间和原定时间，且支付截止不早于报名截止",
        en="must be later than now and than before, and the payment cut-off not before the window's end",
    )
