"""A candidate's season as a story: the one thing that is next, until when, and how far they are (EN-2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp
from zikao.enrollment.v1 import catalogue_pb2, resources_pb2
from zikao.review.v1 import resources_pb2 as review

Gate = resources_pb2.Gate
Selection = resources_pb2.Selection
Session = catalogue_pb2.ExamSession
Case = review.Case

PLACES: Final[Mapping[int, str]] = {
    Gate.CONFIRM_DETAILS: "/details",
    Gate.VERIFY_PHONE: "/phone",
    Gate.ANSWER_QUESTIONNAIRE: "/sessions/{session_id}/questionnaire",
    Gate.READ_NOTICE: "/sessions/{session_id}/notice",
    Gate.REGISTER: "/registrations/new",
    Gate.VERIFY_IDENTITY: "/photo",
    Gate.FOLLOW_REVIEW: "/cases",
    Gate.HAND_IN_CORRECTION: "/correction",
}
"""Where each next action is done; the others wait for somebody else."""

ASK_FOR_PROOFS: Final = frozenset({Case.COLLECTING, Case.REJECTED})
UNPAID: Final = frozenset({Selection.PREPARED, Selection.DRAFT, Selection.RESERVED})


class Step(Enum):
    """What is next, as its words are told apart."""

    GATE = "GATE"
    HAND_IN = "HAND_IN"
    REVIEW = "REVIEW"
    PREPARE = "PREPARE"
    OPENING = "OPENING"
    CONFIRM = "CONFIRM"
    CHANGES = "CHANGES"
    SELECT = "SELECT"
    CHECK_OUT = "CHECK_OUT"
    PAY = "PAY"
    PAY_SCHOOL = "PAY_SCHOOL"
    EXAMS = "EXAMS"
    OVER = "OVER"


@dataclass(frozen=True, slots=True)
class NextStep:
    """One step: where it is done, nowhere when somebody else acts; until when; the gate that asks for it."""

    step: Step
    path: str = ""
    until: Timestamp | None = None
    gate: resources_pb2.Gate | None = None


class Stage(Enum):
    """The line from the first detail to the exams."""

    DETAILS = "DETAILS"
    PHONE = "PHONE"
    IDENTITY = "IDENTITY"
    NOTICE = "NOTICE"
    COURSES = "COURSES"
    PAYMENT = "PAYMENT"


ASKED_IN: Final[Mapping[Stage, frozenset[int]]] = {
    Stage.DETAILS: frozenset({Gate.REGISTER, Gate.CONFIRM_DETAILS}),
    Stage.PHONE: frozenset({Gate.VERIFY_PHONE}),
    Stage.IDENTITY: frozenset(
        {Gate.VERIFY_IDENTITY, Gate.FOLLOW_REVIEW, Gate.HAND_IN_CORRECTION, Gate.WAIT_FOR_TICKET_NUMBER}
    ),
    Stage.NOTICE: frozenset({Gate.ANSWER_QUESTIONNAIRE, Gate.READ_NOTICE}),
}
"""The stages that gates belong to, by what the gates ask for."""


def stages(overview: resources_pb2.SessionOverview) -> Sequence[tuple[Stage, bool]]:
    """Every stage, and whether it is done."""
    asked = {gate.next_action for gate in overview.gates if not gate.met}
    live = live_selections(overview)
    done = {stage: not actions & asked for stage, actions in ASKED_IN.items()}
    done[Stage.COURSES] = bool(live)
    done[Stage.PAYMENT] = bool(live) and all(one.state == Selection.EFFECTIVE for one in live)
    return [(stage, done[stage]) for stage in Stage]


def live_selections(overview: resources_pb2.SessionOverview) -> list[resources_pb2.Selection]:
    """What is selected and has not ended, by time; last what has no time yet."""
    live = [one for one in overview.selections if one.state != Selection.VOID]
    return sorted(live, key=lambda one: (not one.HasField("sitting"), one.sitting.start_time.ToNanoseconds()))


def next_step(overview: resources_pb2.SessionOverview, cases: Iterable[review.Case]) -> NextStep:
    """The one thing to do, or what is waited for. `cases` are those of the candidate, where a review is asked for."""
    session = overview.session
    unmet = [gate for gate in overview.gates if not gate.met]
    found = (
        _order(overview)
        or _over(overview)
        or _gate(session, (gate for gate in unmet if gate.stage == Gate.SELECTION))
        or _proofs(session, cases)
        or _gate(session, (gate for gate in unmet if gate.next_action != Gate.FOLLOW_REVIEW))
        or _unpaid(overview, unmet)
    )
    return found or _waiting(overview)


def _order(overview: resources_pb2.SessionOverview) -> NextStep | None:
    checkout = overview.unsettled_checkout
    if not checkout.order_id:
        return None
    return NextStep(Step.PAY, f"/orders/{checkout.order_id}", checkout.payment_cutoff_time)


def _over(overview: resources_pb2.SessionOverview) -> NextStep | None:
    if overview.session.state not in {Session.CLOSED, Session.CANCELLED}:
        return None
    return _exams(overview) or NextStep(Step.OVER)


def _gate(session: Session, unmet: Iterable[resources_pb2.Gate]) -> NextStep | None:
    for gate in unmet:
        if gate.next_action in PLACES:
            path = PLACES[gate.next_action].format(session_id=session.session_id)
            return NextStep(Step.GATE, path, session.registration_end_time, gate)
    return None


def _proofs(session: Session, cases: Iterable[review.Case]) -> NextStep | None:
    for case in cases:
        if case.state in ASK_FOR_PROOFS and case.submissions_left:
            return NextStep(Step.HAND_IN, f"/cases/{case.case_id}", session.registration_end_time)
    return None


def _unpaid(overview: resources_pb2.SessionOverview, unmet: Sequence[resources_pb2.Gate]) -> NextStep | None:
    session, live = overview.session, live_selections(overview)
    courses, is_open = f"/sessions/{session.session_id}/courses", session.state == Session.OPEN
    until = session.registration_end_time if is_open else session.registration_start_time
    if any(change.reason for change in overview.changes):
        return NextStep(Step.CHANGES, courses, until)
    if any(one.state == Selection.PREPARED for one in live):
        return NextStep(Step.CONFIRM if is_open else Step.OPENING, courses, until)
    if any(one.state == Selection.DRAFT for one in live):
        waits = any(gate.stage == Gate.PAYMENT for gate in unmet)
        return NextStep(Step.REVIEW, "/cases") if waits else NextStep(Step.CHECK_OUT, courses, until)
    return None if live else NextStep(Step.SELECT if is_open else Step.PREPARE, courses, until)


def _waiting(overview: resources_pb2.SessionOverview) -> NextStep:
    live = live_selections(overview)
    if any(one.state == Selection.AWAITING_SCHOOL for one in live):
        return NextStep(Step.PAY_SCHOOL, until=overview.session.registration_end_time)
    if any(one.state == Selection.UNDER_REVIEW for one in live):
        return NextStep(Step.REVIEW, "/cases")
    return _exams(overview) or NextStep(Step.OVER)


def _exams(overview: resources_pb2.SessionOverview) -> NextStep | None:
    counting = [one for one in live_selections(overview) if one.state == Selection.EFFECTIVE]
    if not counting:
        return None
    first = counting[0].sitting
    return NextStep(Step.EXAMS, until=first.start_time if first.HasField("start_time") else None)
