"""Home says one thing: what is next, until when (EN-2, EN-14, EN-16)."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from zikao.enrollment.v1 import catalogue_pb2, resources_pb2
from zikao.review.v1 import resources_pb2 as review

from gateway.portal.next_step import NextStep, Stage, Step, live_selections, next_step, stages

Gate, Selection, Session = resources_pb2.Gate, resources_pb2.Selection, catalogue_pb2.ExamSession
START, END, CUTOFF = (datetime(2027, 1, day, tzinfo=UTC) for day in (1, 5, 6))
COURSES = "/sessions/2027-04/courses"


def session(state: Session.State = Session.OPEN) -> Session:
    return Session(
        session_id="2027-04",
        state=state,
        registration_start_time=START,
        registration_end_time=END,
        payment_cutoff_time=CUTOFF,
    )


def gate(action: Gate.Action, stage: Gate.Stage = Gate.SELECTION, *, met: bool = False) -> Gate:
    return Gate(reason="R", stage=stage, met=met, next_action=action)


def selections(*states: Selection.State) -> list[Selection]:
    return [Selection(selection_id=str(number), state=state) for number, state in enumerate(states)]


def seen(
    *states: Selection.State,
    gates: Iterable[Gate] = (),
    now: Session.State = Session.OPEN,
    order: bool = False,
    changed: bool = False,
) -> resources_pb2.SessionOverview:
    overview = resources_pb2.SessionOverview(session=session(now), gates=list(gates), selections=selections(*states))
    if order:
        overview.unsettled_checkout.order_id = "o-1"
        overview.unsettled_checkout.payment_cutoff_time = CUTOFF
    if changed:
        overview.changes.add(selection_id="0", reason="COURSE_NOT_EXAMINED")
    return overview


def told(step: NextStep) -> tuple[Step, str, datetime | None]:
    return step.step, step.path, step.until.ToDatetime(tzinfo=UTC) if step.until else None


@pytest.mark.parametrize(
    ("overview", "expected"),
    [
        (seen(gates=[gate(Gate.VERIFY_PHONE)]), (Step.GATE, "/phone", END)),
        (seen(gates=[gate(Gate.READ_NOTICE)]), (Step.GATE, "/sessions/2027-04/notice", END)),
        (seen(gates=[gate(Gate.VERIFY_IDENTITY, Gate.PAYMENT)]), (Step.GATE, "/photo", END)),
        (
            seen(gates=[gate(Gate.WAIT_FOR_OPENING)], now=Session.ANNOUNCED),
            (Step.PREPARE, COURSES, START),
        ),
        (
            seen(Selection.PREPARED, gates=[gate(Gate.WAIT_FOR_OPENING)], now=Session.ANNOUNCED),
            (Step.OPENING, COURSES, START),
        ),
        (seen(Selection.PREPARED), (Step.CONFIRM, COURSES, END)),
        (seen(Selection.PREPARED, changed=True), (Step.CHANGES, COURSES, END)),
        (seen(), (Step.SELECT, COURSES, END)),
        (seen(gates=[gate(Gate.FOLLOW_REVIEW, Gate.PAYMENT)]), (Step.SELECT, COURSES, END)),
        (seen(Selection.DRAFT), (Step.CHECK_OUT, COURSES, END)),
        (seen(Selection.DRAFT, gates=[gate(Gate.FOLLOW_REVIEW, Gate.PAYMENT)]), (Step.REVIEW, "/cases", None)),
        (seen(Selection.RESERVED, order=True), (Step.PAY, "/orders/o-1", CUTOFF)),
        (seen(Selection.RESERVED, order=True, now=Session.CLOSED), (Step.PAY, "/orders/o-1", CUTOFF)),
        (seen(Selection.EFFECTIVE, Selection.AWAITING_SCHOOL), (Step.PAY_SCHOOL, "", END)),
        (seen(Selection.UNDER_REVIEW), (Step.REVIEW, "/cases", None)),
        (seen(Selection.EFFECTIVE), (Step.EXAMS, "", None)),
        (seen(Selection.EFFECTIVE, now=Session.CLOSED), (Step.EXAMS, "", None)),
        (seen(Selection.VOID, now=Session.CLOSED), (Step.OVER, "", None)),
    ],
)
def test_there_is_one_next_step_with_its_place_and_deadline(overview, expected) -> None:  # EN-2, EN-14
    assert told(next_step(overview, [])) == expected


def test_who_has_not_handed_in_anything_is_not_said_to_be_under_review() -> None:  # EN-4, RE-10
    waits = seen(Selection.DRAFT, gates=[gate(Gate.FOLLOW_REVIEW, Gate.PAYMENT)])
    collecting = review.Case(case_id="c-1", state=review.Case.COLLECTING, submissions_left=3)
    assert told(next_step(waits, [collecting])) == (Step.HAND_IN, "/cases/c-1", END)
    waiting = review.Case(case_id="c-1", state=review.Case.WAITING, submissions_left=2)
    assert next_step(waits, [waiting]).step is Step.REVIEW


def test_the_line_of_progress_follows_gates_and_selections() -> None:  # EN-2
    begun = dict(stages(seen(gates=[gate(Gate.CONFIRM_DETAILS), gate(Gate.VERIFY_PHONE, met=True)])))
    assert begun == {
        Stage.DETAILS: False,
        Stage.PHONE: True,
        Stage.IDENTITY: True,
        Stage.NOTICE: True,
        Stage.COURSES: False,
        Stage.PAYMENT: False,
    }
    assert all(done for _, done in stages(seen(Selection.EFFECTIVE, Selection.VOID)))
    assert not dict(stages(seen(Selection.EFFECTIVE, Selection.DRAFT)))[Stage.PAYMENT]


def test_exams_come_by_time_and_last_those_without() -> None:  # EN-11
    early, late = (datetime(2027, 4, day, 1, tzinfo=UTC) for day in (10, 11))
    overview = resources_pb2.SessionOverview(selections=selections(*[Selection.DRAFT] * 3))
    overview.selections[0].sitting.start_time = late
    overview.selections[2].sitting.start_time = early
    assert [one.selection_id for one in live_selections(overview)] == ["2", "0", "1"]
