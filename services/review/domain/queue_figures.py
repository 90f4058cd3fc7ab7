"""The queue of an organisation: which of its cases to list, and its figures (RE-4, RE-9)."""

from dataclasses import dataclass
from datetime import datetime

from services.review.domain.case_kinds import CaseKind
from services.review.domain.case_transitions import CaseState


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which cases of an organisation to list: the queue when `state` is None."""

    organisation: str
    state: CaseState | None = None
    kind: CaseKind | None = None
    claimed_by: str = ""


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What was decided on one day (ISO 8601, Asia/Shanghai)."""

    date: str
    approved: int
    rejected: int
    asked_again: int


@dataclass(frozen=True, slots=True)
class ReviewerFigures:
    """What one reviewer decided, and how often somebody else judged it alike."""

    reviewer_id: str
    approved: int
    rejected: int
    asked_again: int
    double_reviewed: int
    agreed: int


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """The figures of an organisation's queue (RE-9); `own_today` is what whoever asks has decided today."""

    organisation: str
    waiting: int
    claimed: int
    overdue: int
    oldest_submit_time: datetime | None
    double_reviewed: int
    agreed: int
    days: tuple[DayFigures, ...] = ()
    reviewers: tuple[ReviewerFigures, ...] = ()
    own_today: int = 0
