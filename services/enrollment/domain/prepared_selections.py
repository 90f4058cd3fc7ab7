"""The draft before opening (EN-14): what was prepared becomes live in the window, all of it or nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chassis.transitions import advance
from services.enrollment.domain.course_rules.course_choice import Choice
from services.enrollment.domain.course_rules.selection_rechecks import recheck, unmet_of
from services.enrollment.domain.gates import GateContext
from services.enrollment.domain.selections import TRANSITIONS, Selection, SelectionEvent, SelectionState
from services.enrollment.errors import DraftRefused

CONFIRMED = {
    SelectionState.DRAFT: SelectionEvent.CONFIRMED,
    SelectionState.UNDER_REVIEW: SelectionEvent.CONFIRMED_FOR_REVIEW,
    SelectionState.AWAITING_SCHOOL: SelectionEvent.CONFIRMED_FOR_SCHOOL,
}
"""What confirming is to a selection, by the state in which it would have begun inside the window."""


def prepared(selections: Sequence[Selection]) -> tuple[Selection, ...]:
    """What is prepared and not confirmed yet."""
    return tuple(held for held in selections if held.state is SelectionState.PREPARED)


def confirmed(draft: Sequence[Selection], context: GateContext) -> tuple[Selection, ...]:
    """The draft as live selections, each checked again as if it were selected now (EN-15).

    Raises DraftRefused naming every course that cannot be taken any more, and why.
    """
    rechecks = [recheck(held, context) for held in draft]
    if refused := unmet_of(rechecks):
        raise DraftRefused(unmet=refused, count=str(len(refused)))
    return tuple(_live(one.selection, one.choice, context.now) for one in rechecks if one.choice)


def _live(held: Selection, choice: Choice, now: datetime) -> Selection:
    state = advance(TRANSITIONS, held.state, CONFIRMED[choice.first_state])
    return replace(held, state=state, fee_fen=choice.fee_fen, update_time=now)
