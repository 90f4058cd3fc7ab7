"""What both the overview and the day on one page show: sessions with their fill, what waits, systems, books (OP-4)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2, practice_service_pb2
from zikao.payment.v1 import resources_pb2, settlement_service_pb2
from zikao.review.v1 import resources_pb2 as review_pb2
from zikao.review.v1 import review_service_pb2

from gateway.operation.day.external_systems import SystemHealth, systems_outside
from gateway.operation.day.service_answers import unless_away
from gateway.web.page_request import Page

Session = catalogue_pb2.ExamSession
RECENT_STATEMENTS: Final = 7
MOST_QUEUES: Final = 10


@dataclass(frozen=True, slots=True)
class SessionFill:
    """A session, its selections where they are known, and how many days registration goes on."""

    session: catalogue_pb2.ExamSession
    counts: practice_service_pb2.SessionCounts | None
    days_left: int | None

    @property
    def live(self) -> int:
        """Selections that are live."""
        return sum(one.live for one in self.counts.counts) if self.counts else 0

    @property
    def effective(self) -> int:
        """Those of them that are effective."""
        return sum(one.effective for one in self.counts.counts) if self.counts else 0


@dataclass(frozen=True, slots=True)
class Attention:
    """What may ask for attention; None where the service that knows does not answer."""

    systems: Sequence[SystemHealth]
    silent: Sequence[str]
    settlement: settlement_service_pb2.SettlementFigures | None
    statements: Sequence[resources_pb2.Statement] | None
    queues: Sequence[review_pb2.ReviewFigures] | None

    @property
    def differing(self) -> Sequence[resources_pb2.Statement]:
        """The recent days whose books do not agree."""
        return [one for one in self.statements or () if one.state == resources_pb2.Statement.UNBALANCED]


async def sessions_of(page: Page) -> Sequence[SessionFill] | None:
    """All sessions, with the counts of those that candidates select courses of; None while enrollment is away."""
    answer = await unless_away(page.ask(catalogue_service_pb2.ListSessionsRequest()))
    if answer is None:
        return None
    return await asyncio.gather(*(_fill(page, one) for one in answer.sessions))


async def attention_of(page: Page) -> Attention:
    """Asks everybody who knows of something that waits."""
    outside, settlement, statements, queues = await asyncio.gather(
        systems_outside(page),
        unless_away(page.ask(settlement_service_pb2.GetSettlementFiguresRequest())),
        unless_away(page.ask(settlement_service_pb2.ListStatementsRequest(page_size=RECENT_STATEMENTS))),
        unless_away(page.ask(review_service_pb2.ListReviewFiguresRequest())),
    )
    return Attention(
        *outside,
        settlement,
        None if statements is None else list(statements.statements),
        None if queues is None else sorted(queues.figures, key=_oldest)[:MOST_QUEUES],
    )


async def _fill(page: Page, session: catalogue_pb2.ExamSession) -> SessionFill:
    if session.state not in (Session.OPEN, Session.CLOSED):
        return SessionFill(session, None, None)
    counts = await unless_away(page.ask(practice_service_pb2.GetSessionCountsRequest(session_id=session.session_id)))
    left = session.registration_end_time.ToDatetime(tzinfo=UTC) - page.now
    return SessionFill(session, counts, left.days if session.state == Session.OPEN else None)


def _oldest(figures: review_pb2.ReviewFigures) -> datetime:
    if not figures.HasField("oldest_submit_time"):
        return datetime.max.replace(tzinfo=UTC)
    return figures.oldest_submit_time.ToDatetime(tzinfo=UTC)
