"""What was checked when a course was chosen, checked again: when it is shown, confirmed and checked out (EN-15)."""

from collections.abc import Iterable
from dataclasses import dataclass

from chassis.errors import Refusal, Unmet
from services.enrollment.domain.course_rules.course_choice import Choice, choose
from services.enrollment.domain.gates import GateContext
from services.enrollment.domain.selections import Selection
from services.enrollment.errors import SittingMoved


@dataclass(frozen=True, slots=True)
class Recheck:
    """A selection, and what choosing it would mean now: the choice, or why there is none."""

    selection: Selection
    choice: Choice | None
    refusal: Refusal | None = None

    @property
    def fee_fen(self) -> int:
        """The fee of this moment; as it was where the course cannot be chosen."""
        return self.choice.fee_fen if self.choice else self.selection.fee_fen

    @property
    def changed(self) -> bool:
        """Whether it is not what the candidate chose."""
        return self.choice is None or self.choice.fee_fen != self.selection.fee_fen

    @property
    def unmet(self) -> Unmet | None:
        """Why the selection cannot stand, about itself."""
        if self.refusal is None:
            return None
        return Unmet(
            self.refusal.reason,
            self.selection.selection_id,
            self.refusal.message("zh"),
            self.refusal.message("en"),
        )


def recheck(held: Selection, context: GateContext) -> Recheck:
    """A selection that has not been checked out, as it would be chosen now."""
    registration = context.facts.registration(held.registration_id)
    assert registration is not None  # a registration is never removed
    try:
        choice = choose(context.catalogue, context.session, registration, held.course_code, context.facts.passed)
    except Refusal as refusal:
        return Recheck(held, None, refusal)
    if choice.course.is_theory and choice.occupies != held.occupies:  # EN-6 moves the time of practice courses itself
        moved = SittingMoved(course_code=held.course_code, course_name=choice.course.name)
        return Recheck(held, None, moved)
    return Recheck(held, choice)


def unmet_of(rechecks: Iterable[Recheck]) -> list[Unmet]:
    """What stands in the way of any of them."""
    return [one.unmet for one in rechecks if one.unmet]
