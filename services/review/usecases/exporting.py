"""The export of an organisation's decisions (RE-9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from chassis.clock import SHANGHAI, Clock
from services.review.domain.audit import Action, Note
from services.review.errors import ExportTooLarge
from services.review.ports import Cases, ExportedDecision
from services.review.usecases.viewer import Viewer

USUAL_DAYS: Final = 30
MOST_DAYS: Final = 366
MOST_ROWS: Final = 50_000


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days in Asia/Shanghai, both included; None where nothing was said."""

    first: date | None = None
    last: date | None = None

    def bounds(self, now: datetime) -> tuple[datetime, datetime]:
        """From when and until before when. Raises ExportTooLarge."""
        last = self.last or now.astimezone(SHANGHAI).date()
        first = self.first or last - timedelta(days=USUAL_DAYS - 1)
        if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
            raise _too_large()
        return _midnight(first), _midnight(last + timedelta(days=1))


async def export(span: Span, viewer: Viewer, *, cases: Cases, clock: Clock) -> Sequence[ExportedDecision]:
    """What was decided in a span; noted before it is handed out (RE-7). Raises ExportTooLarge."""
    since, until = span.bounds(clock.now())
    found = await cases.decided(viewer.organisation, since=since, until=until, most=MOST_ROWS + 1)
    if len(found) > MOST_ROWS:
        raise _too_large()
    facts = {"organisation": viewer.organisation, "since": since.isoformat(), "until": until.isoformat()}
    await cases.note(Note(viewer.actor_id, Action.EXPORTED, "", facts={**facts, "rows": str(len(found))}))
    return found


def _too_large() -> ExportTooLarge:
    return ExportTooLarge(days=str(MOST_DAYS), rows=str(MOST_ROWS))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
