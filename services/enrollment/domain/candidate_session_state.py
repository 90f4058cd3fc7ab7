"""What a candidate has in a session (EN-11), of one moment."""

from dataclasses import dataclass
from datetime import datetime

from services.enrollment.domain.catalogue import Catalogue, CourseKind, ExamSession
from services.enrollment.domain.checkouts import Checkout
from services.enrollment.domain.course_rules.course_offers import CourseOffer
from services.enrollment.domain.course_rules.selection_rechecks import Recheck
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
    """The same with the session and its gates, as candidates are shown it, and with what is not checked out yet as it
    would be chosen now (EN-15).
    """

    held: CandidateSession
    catalogue: Catalogue
    session: ExamSession
    gates: tuple[Gate, ...]
    rechecks: tuple[Recheck, ...]
    now: datetime

    @property
    def total_fen(self) -> int:
        """What an order over the theory courses that are prepared or chosen would cost now, in fen (EN-10)."""
        return sum(one.fee_fen for one in self.rechecks if one.selection.course_kind is CourseKind.THEORY)


@dataclass(frozen=True, slots=True)
class CandidateOffers:
    """The courses of a plan as a session offers them to a candidate."""

    offers: tuple[CourseOffer, ...]
    catalogue: Catalogue
