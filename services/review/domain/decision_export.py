"""The export of an organisation's decisions (RE-9): which days, and what a row says."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from chassis.clock import SHANGHAI
from services.review.errors import ExportTooLarge

USUAL_DAYS: Final = 30
MOST_DAYS: Final = 366
MOST_ROWS: Final = 50_000


@dataclass(frozen=True, slots=True)
class ExportedDecision:
    """One decision as it is exported (RE-9): ids and codes, no personal data."""

    case_id: str
    kind: str
    candidate_id: str
    submission: int
    verdict: str
    reason: str
    reviewer_id: str
    decide_time: datetime
    second_verdict: str


@dataclass(frozen=True, slots=True)
class ExportPeriod:
    """Whole days in Asia/Shanghai, both included; None where nothing was said."""

    first: date | None = None
    last: date | None = None

    def bounds(self, now: datetime) -> tuple[datetime, datetime]:
        """From when and until before when. Raises ExportTooLarge."""
        last = self.last or now.astimezone(SHANGHAI).date()
        first = self.first or last - timedelta(days=USUAL_DAYS - 1)
        if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
            raise export_too_large()
        return midnight(first), midnight(last + timedelta(days=1))


def export_too_large() -> ExportTooLarge:
    """What is said of more days or rows than one export may have."""
    return ExportTooLarge(days=str(MOST_DAYS), rows=str(MOST_ROWS))


def midnight(day: date) -> datetime:
    """When a day begins in Asia/Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)
