"""What a candidate has in a session (EN-11), of one moment."""

from dataclasses import dataclass
from datetime import datetime

from services.enrollment.domain.catalogue import Catalogue, CourseKind, ExamSession
from services.enrollment.domain.checkouts import Checkout
from services.enrollment.domain.gates import Facts, Gate
from services.enrollment.domain.selections import Selection, SelectionState


@dataclass(frozen=True, slots=True)
class CandidateSession:
    """Facts, selections, the unsettled checkout, and the checkout that the same request made before."""

    facts: Facts
    selections: tuple[Selection, ...]
    unsettled: Checkout | None
    replayed: Checkout | None

    @property
    def drafts(self) -> tuple[Selection, ...]:
        """The theory courses that are chosen and not checked out."""
        return tuple(
            held
            for held in self.selections
            if held.state is SelectionState.DRAFT and held.course_kind is CourseKind.THEORY
        )


@dataclass(frozen=True, slots=True)
class CandidateOverview:
    """The same with the session and its gates, as candidates are shown it."""

    held: CandidateSession
    catalogue: Catalogue
    session: ExamSession
    gates: tuple[Gate, ...]
    now: datetime
