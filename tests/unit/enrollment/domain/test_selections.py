"""The states of a selection, every pair of state and event (EN-8)."""

import pytest

from chassis.errors import IllegalMove
from chassis.transitions import advance
from services.enrollment.domain.selections import TRANSITIONS, SelectionEvent, SelectionState, may_remove, states_before
from services.enrollment.errors import OrderUnsettled, SelectionFinal

# Columns: PREPARED DRAFT RESERVED UNDER_REVIEW AWAITING_SCHOOL EFFECTIVE VOID; "." cannot happen.
TABLE = """
CONFIRMED                DRAFT . . . . . .
CONFIRMED_FOR_REVIEW     UNDER_REVIEW . . . . . .
CONFIRMED_FOR_SCHOOL     AWAITING_SCHOOL . . . . . .
REMOVED                  VOID VOID . VOID VOID . .
CHECKED_OUT              . RESERVED . . . . .
PAID                     . EFFECTIVE EFFECTIVE . . . .
ORDER_ENDED_UNPAID       . . DRAFT . . . .
ORDER_ENDED_AFTER_CLOSE  . . VOID . . . .
WINDOW_CLOSED            VOID VOID . VOID VOID . .
APPROVED_BY_SCHOOL       . . . AWAITING_SCHOOL . . .
REFUSED_BY_SCHOOL        . . . VOID VOID . .
CONFIRMED_BY_SCHOOL      . . . . EFFECTIVE . .
REFUNDED                 . . . . . VOID .
SESSION_CANCELLED        VOID VOID VOID VOID VOID VOID .
ACCOUNT_ENDED            VOID VOID VOID VOID VOID VOID .
"""
CASES = [
    (state, SelectionEvent[line.split()[0]], outcome)
    for line in TABLE.strip().splitlines()
    for state, outcome in zip(SelectionState, line.split()[1:], strict=True)
]


@pytest.mark.parametrize(("state", "event", "outcome"), CASES)
def test_each_event_leads_from_each_state_where_the_rules_say(
    state: SelectionState, event: SelectionEvent, outcome: str
) -> None:  # EN-8, EN-10, EN-14, ID-15
    if outcome == ".":
        with pytest.raises(IllegalMove):
            advance(TRANSITIONS, state, event)
    else:
        assert advance(TRANSITIONS, state, event) is SelectionState[outcome]


def test_the_table_covers_every_pair() -> None:
    assert len(CASES) == len(SelectionState) * len(SelectionEvent)


def test_nothing_leaves_void() -> None:
    assert all(SelectionState.VOID not in states_before(event) for event in SelectionEvent)


def test_a_reserved_course_is_not_taken_back_while_its_order_is_unsettled(selected) -> None:  # EN-9
    with pytest.raises(OrderUnsettled) as refusal:
        may_remove(selected("00538", SelectionState.RESERVED, order_id="o-1"))
    assert refusal.value.metadata["order_id"] == "o-1"


def test_an_effective_course_is_not_taken_back(selected) -> None:  # EN-8
    with pytest.raises(SelectionFinal):
        may_remove(selected("00538", SelectionState.EFFECTIVE))
