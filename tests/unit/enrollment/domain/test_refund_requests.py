"""Who may ask for a fee back, until when, and what an operator makes of it (PA-14)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.enrollment.domain.refund_requests import (
    RefundRequestState,
    decided,
    refund_requested,
    with_refund_requests_until,
)
from services.enrollment.domain.selections import SelectionState, VoidReason
from services.enrollment.errors import (
    RefundRefusalUnexplained,
    RefundRequestDecided,
    RefundRequestsClosed,
    SelectionNotRefundable,
    SessionEnded,
)

DAY = timedelta(days=1)
APPROVED, REFUSED = RefundRequestState.APPROVED, RefundRequestState.REFUSED


@pytest.fixture
def paid(selected):
    return selected("00539", SelectionState.EFFECTIVE, order_id="o-1")


@pytest.fixture
def request_(paid, session, now):
    return refund_requested(paid, replace(session, refund_request_deadline=now + DAY), "与工作冲突", at=now)


def test_no_session_takes_requests_unless_it_says_so(paid, session, now) -> None:  # PA-14
    with pytest.raises(RefundRequestsClosed):
        refund_requested(paid, session, "why", at=now)


def test_the_instant_of_the_deadline_is_too_late(paid, session, now) -> None:  # PA-14
    allowing = replace(session, refund_request_deadline=now)
    assert refund_requested(paid, allowing, "why", at=now - timedelta(microseconds=1)).fee_fen == paid.fee_fen
    with pytest.raises(RefundRequestsClosed):
        refund_requested(paid, allowing, "why", at=now)


def test_a_cancelled_session_gives_everything_back_by_itself(paid, session, now) -> None:  # PA-12, PA-14
    cancelled = replace(session, refund_request_deadline=now + DAY, cancel_time=now)
    with pytest.raises(RefundRequestsClosed):
        refund_requested(paid, cancelled, "why", at=now)
    with pytest.raises(SessionEnded):
        with_refund_requests_until(cancelled, None, at=now)


@pytest.mark.parametrize("state", [state for state in SelectionState if state is not SelectionState.EFFECTIVE])
def test_only_what_counts_is_given_back(selected, session, now, state: SelectionState) -> None:  # PA-14
    void = VoidReason.REMOVED if state is SelectionState.VOID else None
    held = selected("00539", state, order_id="o-1", void_reason=void)
    with pytest.raises(SelectionNotRefundable):
        refund_requested(held, replace(session, refund_request_deadline=now + DAY), "why", at=now)


def test_what_the_school_collected_is_not_given_back_here(selected, session, now) -> None:  # PA-14, EN-10
    held = selected("00539", SelectionState.EFFECTIVE, order_id="")
    with pytest.raises(SelectionNotRefundable):
        refund_requested(held, replace(session, refund_request_deadline=now + DAY), "why", at=now)


def test_a_decision_stands_and_is_answered_again(request_, now) -> None:  # PA-14
    approved = decided(request_, APPROVED, "", "operator-1", at=now)
    assert (approved.state, approved.decided_by, approved.decide_time) == (APPROVED, "operator-1", now)
    assert decided(approved, APPROVED, "", "operator-2", at=now + DAY) is approved
    with pytest.raises(RefundRequestDecided):
        decided(approved, REFUSED, "changed my mind", "operator-1", at=now)


def test_who_refuses_says_why(request_, now) -> None:  # PA-14
    with pytest.raises(RefundRefusalUnexplained):
        decided(request_, REFUSED, " ", "operator-1", at=now)
    assert decided(request_, REFUSED, "已过考试时间", "operator-1", at=now).note == "已过考试时间"
