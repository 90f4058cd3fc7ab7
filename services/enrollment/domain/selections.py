"""Selections (选课): their states and what may happen to them (EN-8)."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from chassis.transitions import Transitions
from services.enrollment.domain.catalogue import Catalogue, CourseKind, TimeRange
from services.enrollment.errors import OrderUnsettled, SelectionFinal


class SelectionState(Enum):
    """Where a selection stands (EN-8)."""

    PREPARED = "PREPARED"
    DRAFT = "DRAFT"
    RESERVED = "RESERVED"
    UNDER_REVIEW = "UNDER_REVIEW"
    AWAITING_SCHOOL = "AWAITING_SCHOOL"
    EFFECTIVE = "EFFECTIVE"
    VOID = "VOID"


class SelectionEvent(Enum):
    """What happens to a selection."""

    CONFIRMED = "CONFIRMED"
    CONFIRMED_FOR_REVIEW = "CONFIRMED_FOR_REVIEW"
    CONFIRMED_FOR_SCHOOL = "CONFIRMED_FOR_SCHOOL"
    REMOVED = "REMOVED"
    CHECKED_OUT = "CHECKED_OUT"
    PAID = "PAID"
    ORDER_ENDED_UNPAID = "ORDER_ENDED_UNPAID"
    ORDER_ENDED_AFTER_CLOSE = "ORDER_ENDED_AFTER_CLOSE"
    WINDOW_CLOSED = "WINDOW_CLOSED"
    APPROVED_BY_SCHOOL = "APPROVED_BY_SCHOOL"
    REFUSED_BY_SCHOOL = "REFUSED_BY_SCHOOL"
    CONFIRMED_BY_SCHOOL = "CONFIRMED_BY_SCHOOL"
    REFUNDED = "REFUNDED"
    SESSION_CANCELLED = "SESSION_CANCELLED"
    ACCOUNT_ENDED = "ACCOUNT_ENDED"


S, E = SelectionState, SelectionEvent

TRANSITIONS: Transitions[SelectionState, SelectionEvent] = {
    # EN-14: prepared before the window, confirmed inside it
    (S.PREPARED, E.CONFIRMED): S.DRAFT,
    (S.PREPARED, E.CONFIRMED_FOR_REVIEW): S.UNDER_REVIEW,
    (S.PREPARED, E.CONFIRMED_FOR_SCHOOL): S.AWAITING_SCHOOL,
    (S.PREPARED, E.REMOVED): S.VOID,
    (S.PREPARED, E.WINDOW_CLOSED): S.VOID,
    (S.PREPARED, E.SESSION_CANCELLED): S.VOID,
    # EN-8, EN-10: theory is checked out and paid
    (S.DRAFT, E.REMOVED): S.VOID,
    (S.DRAFT, E.CHECKED_OUT): S.RESERVED,
    (S.DRAFT, E.WINDOW_CLOSED): S.VOID,
    (S.DRAFT, E.SESSION_CANCELLED): S.VOID,
    # PA-6: money that arrives after the order had ended still counts while the course is held
    (S.DRAFT, E.PAID): S.EFFECTIVE,
    (S.RESERVED, E.PAID): S.EFFECTIVE,
    (S.RESERVED, E.ORDER_ENDED_UNPAID): S.DRAFT,
    (S.RESERVED, E.ORDER_ENDED_AFTER_CLOSE): S.VOID,
    (S.RESERVED, E.SESSION_CANCELLED): S.VOID,
    # EN-10: practice is reviewed where the school does so, and paid at the school
    (S.UNDER_REVIEW, E.REMOVED): S.VOID,
    (S.UNDER_REVIEW, E.APPROVED_BY_SCHOOL): S.AWAITING_SCHOOL,
    (S.UNDER_REVIEW, E.REFUSED_BY_SCHOOL): S.VOID,
    (S.UNDER_REVIEW, E.WINDOW_CLOSED): S.VOID,
    (S.UNDER_REVIEW, E.SESSION_CANCELLED): S.VOID,
    (S.AWAITING_SCHOOL, E.REMOVED): S.VOID,
    (S.AWAITING_SCHOOL, E.CONFIRMED_BY_SCHOOL): S.EFFECTIVE,
    (S.AWAITING_SCHOOL, E.REFUSED_BY_SCHOOL): S.VOID,
    (S.AWAITING_SCHOOL, E.WINDOW_CLOSED): S.VOID,
    (S.AWAITING_SCHOOL, E.SESSION_CANCELLED): S.VOID,
    (S.EFFECTIVE, E.REFUNDED): S.VOID,
    (S.EFFECTIVE, E.SESSION_CANCELLED): S.VOID,
    # ID-15: another account proved the document number
    **{(state, E.ACCOUNT_ENDED): S.VOID for state in S if state is not S.VOID},
}


NOT_CHECKED_OUT = frozenset({SelectionState.PREPARED, SelectionState.DRAFT})
"""Where whatever was checked when the course was chosen is checked once more (EN-15)."""


def states_before(event: SelectionEvent) -> frozenset[SelectionState]:
    """The states in which an event may happen: what a guarded statement expects."""
    return frozenset(state for state, possible in TRANSITIONS if possible is event)


class VoidReason(Enum):
    """Why a selection ended."""

    REMOVED = "REMOVED"
    WINDOW_CLOSED = "WINDOW_CLOSED"
    REFUSED_BY_SCHOOL = "REFUSED_BY_SCHOOL"
    REFUNDED = "REFUNDED"
    SESSION_CANCELLED = "SESSION_CANCELLED"
    ACCOUNT_ENDED = "ACCOUNT_ENDED"


@dataclass(frozen=True, slots=True)
class Selection:
    """One course chosen under a registration for one session."""

    selection_id: str
    candidate_id: str
    registration_id: str
    session_id: str
    course_code: str
    course_kind: CourseKind
    fee_fen: int
    state: SelectionState
    occupies: TimeRange | None
    create_time: datetime
    update_time: datetime
    order_id: str = ""
    void_reason: VoidReason | None = None
    review_case_id: str = ""


@dataclass(frozen=True, slots=True)
class EndedSelection:
    """What a selection was when it ended with its account (ID-15): its state, its order, the case that waits for a
    reviewer.
    """

    selection_id: str
    state: SelectionState
    order_id: str = ""
    case_id: str = ""


@dataclass(frozen=True, slots=True)
class ShownSelection:
    """A selection, with what is needed to show it."""

    selection: Selection
    school_code: str
    catalogue: Catalogue


def may_remove(selection: Selection) -> None:
    """A selection can be taken back until it is in an order or counts. Raises OrderUnsettled, SelectionFinal."""
    if selection.state is SelectionState.RESERVED:
        raise OrderUnsettled(order_id=selection.order_id)
    if (selection.state, SelectionEvent.REMOVED) not in TRANSITIONS:
        raise SelectionFinal(selection_id=selection.selection_id, state=selection.state.value)
