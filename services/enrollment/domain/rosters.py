"""Rosters and counts of a session (OP-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.enrollment.domain.catalogue import Catalogue, Period, TimeRange


@dataclass(frozen=True, slots=True)
class RosterQuery:
    """Which effective selections of a session a roster lists; an empty word is no condition."""

    session_id: str
    course_code: str = ""
    school_code: str = ""
    district_code: str = ""
    half_day: TimeRange | None = None


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One effective selection on a roster."""

    session_id: str
    ticket_number: str
    school_code: str
    major_code: str
    course_code: str
    occupies: TimeRange | None
    district_code: str


@dataclass(frozen=True, slots=True)
class RosterBatch:
    """Some rows of a roster, and how many there are in all."""

    total: int
    rows: Sequence[RosterRow]
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class SelectionCount:
    """Live and effective selections of one half-day and district, and the fees of those that orders paid; no half-day
    for practice courses without a time.
    """

    day: date | None
    period: Period | None
    district_code: str
    live: int
    effective: int
    paid_fen: int
