"""Refunds on request (PA-14): who may ask, until when, and what an operator makes of it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum

from chassis.errors import FieldViolation
from services.enrollment.domain.catalogue import ExamSession, SessionState
from services.enrollment.domain.selections import Selection, SelectionState
from services.enrollment.errors import (
    RefundRefusalUnexplained,
    RefundRequestDecided,
    RefundRequestsClosed,
    SelectionNotRefundable,
    SessionEnded,
)


class RefundRequestState(Enum):
    """Where a request stands."""

    WAITING = "WAITING"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """A candidate's wish to have the fee of one course back; one for each selection."""

    selection_id: str
    candidate_id: str
    session_id: str
    order_id: str
    course_code: str
    fee_fen: int
    reason: str = field(repr=False)
    state: RefundRequestState
    create_time: datetime
    decide_time: datetime | None = None
    decided_by: str | None = None
    note: str = field(default="", repr=False)

    @property
    def position(self) -> tuple[int, datetime, str]:
        """Where it stands in a list: those that wait first, then the newest."""
        return int(self.state is RefundRequestState.WAITING), self.create_time, self.selection_id


def refund_requested(selection: Selection, session: ExamSession, reason: str, *, at: datetime) -> RefundRequest:
    """The request for a paid course's fee. Raises RefundRequestsClosed, SelectionNotRefundable."""
    until = session.refund_request_deadline
    if until is None or at >= until or session.state(at) is SessionState.CANCELLED:
        raise RefundRequestsClosed(session_id=session.session_id)
    if selection.state is not SelectionState.EFFECTIVE or not selection.order_id:
        raise SelectionNotRefundable(selection_id=selection.selection_id)
    return RefundRequest(
        selection_id=selection.selection_id,
        candidate_id=selection.candidate_id,
        session_id=selection.session_id,
        order_id=selection.order_id,
        course_code=selection.course_code,
        fee_fen=selection.fee_fen,
        reason=reason,
        state=RefundRequestState.WAITING,
        create_time=at,
    )


def decided(
    request: RefundRequest, decision: RefundRequestState, note: str, operator_id: str, *, at: datetime
) -> RefundRequest:
    """The request as decided; the same decision again leaves it as it is. Raises
    RefundRefusalUnexplained, RefundRequestDecided.
    """
    if request.state is decision:
        return request
    if request.state is not RefundRequestState.WAITING:
        raise RefundRequestDecided(state=request.state.value)
    if decision is RefundRequestState.REFUSED and not note.strip():
        texts = "请说明不予退费的原因", "say why the fee stays paid"
        raise RefundRefusalUnexplained(fields=[FieldViolation("note", RefundRefusalUnexplained.reason, *texts)])
    return replace(request, state=decision, note=note, decided_by=operator_id, decide_time=at)


def with_refund_requests_until(session: ExamSession, deadline: datetime | None, *, at: datetime) -> ExamSession:
    """The session with its deadline for requests; None allows none. Raises SessionEnded for a cancelled one."""
    if session.refund_request_deadline == deadline:
        return session
    if session.state(at) is SessionState.CANCELLED:
        raise SessionEnded(session_id=session.session_id)
    return replace(session, refund_request_deadline=deadline)
