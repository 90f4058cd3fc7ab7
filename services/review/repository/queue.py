"""What an organisation sees of its cases: the queue, its figures, and decisions for export (RE-4, RE-9)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, case, func, or_, select

from chassis.postgres.database import Database
from chassis.postgres.keyset_pages import rows_after
from chassis.postgres.rows import from_row
from chassis.security.encryption import FieldCipher
from services.review.domain.case_kinds import REOPENED
from services.review.domain.case_transitions import CaseState
from services.review.domain.cases import Case
from services.review.domain.decision_export import ExportedDecision
from services.review.domain.decision_reasons import Verdict
from services.review.domain.queue_figures import DayFigures, QueueFigures, QueueFilter, ReviewerFigures
from services.review.repository.rows import Rows
from services.review.repository.second_reviews import SAME_SUBMISSION
from services.review.tables import cases, decisions, second_reviews

QUEUED: Final = (CaseState.WAITING.value, CaseState.CLAIMED.value)


class QueueRepository:
    """Cases by organisation."""

    def __init__(self, db: Database, cipher: FieldCipher) -> None:
        self._db = db
        self._rows = Rows(cipher)

    async def list_cases(
        self, wanted: QueueFilter, after: tuple[datetime, str] | None, size: int, now: datetime
    ) -> Sequence[Case]:
        """A page of cases: the queue by deadline, decided ones newest first, after the last one of the page before."""
        return [self._rows.case(row) for row in await self._db.fetch(_page(wanted, after, now).limit(size))]

    async def list_exhausted(self, after: tuple[datetime, str] | None, size: int, now: datetime) -> Sequence[Case]:
        """A page of the cases whose last submission was rejected and that can be reopened (RE-10), newest first."""
        statement = (
            select(cases)
            .where(
                cases.c.state == CaseState.REJECTED.value,
                cases.c.kind.in_([kind.value for kind in REOPENED]),
                cases.c.submission >= cases.c.most_submissions,
                cases.c.effect_time <= now,
                rows_after(after, cases.c.update_time, cases.c.case_id, newest_first=True),
            )
            .order_by(cases.c.update_time.desc(), cases.c.case_id.desc())
            .limit(size)
        )
        return [self._rows.case(row) for row in await self._db.fetch(statement)]

    async def count(
        self, organisation: str, reviewer_id: str, *, now: datetime, since: datetime, today: datetime
    ) -> QueueFigures:
        """The queue now, and what was decided since; of what a reviewer decided, what since `today` began."""
        queue = await self._db.fetch_one(_queue_figures(now).where(cases.c.organisation == organisation))
        days = await self._db.fetch(_day_figures(organisation, since))
        reviewers = await self._db.fetch(_reviewer_figures(organisation, since))
        own = await self._db.fetch_one(_decided_by(reviewer_id, today))
        assert queue is not None
        assert own is not None
        known = tuple(from_row(ReviewerFigures, row) for row in reviewers)
        return QueueFigures(
            organisation,
            **queue._mapping,
            double_reviewed=sum(one.double_reviewed for one in known),
            agreed=sum(one.agreed for one in known),
            days=tuple(from_row(DayFigures, day) for day in days),
            reviewers=known,
            own_today=own.decided,
        )

    async def count_by_organisation(self, *, now: datetime, since: datetime) -> Sequence[QueueFigures]:
        """The queue of every organisation now, and how the second judgements of decisions made since fared."""
        queues = await self._db.fetch(
            _queue_figures(now)
            .add_columns(cases.c.organisation)
            .group_by(cases.c.organisation)
            .order_by(cases.c.organisation)
        )
        samples = {row.organisation: row for row in await self._db.fetch(_sample_figures(since))}
        return [
            QueueFigures(
                **queue._mapping,
                double_reviewed=samples[queue.organisation].double_reviewed if queue.organisation in samples else 0,
                agreed=samples[queue.organisation].agreed if queue.organisation in samples else 0,
            )
            for queue in queues
        ]

    async def list_exported(
        self, organisation: str, *, since: datetime, until: datetime, most: int
    ) -> Sequence[ExportedDecision]:
        """What was decided since one instant and before another, oldest first."""
        found = await self._db.fetch(_exported(organisation, since, until).limit(most))
        return [from_row(ExportedDecision, row) for row in found]


def _page(wanted: QueueFilter, after: tuple[datetime, str] | None, now: datetime) -> Select[Any]:
    statement = select(cases).where(cases.c.organisation == wanted.organisation)
    if wanted.kind is not None:
        statement = statement.where(cases.c.kind == wanted.kind.value)
    if wanted.claimed_by:
        statement = statement.where(cases.c.claimed_by == wanted.claimed_by, cases.c.claim_expire_time > now)
    if wanted.state in (None, CaseState.WAITING, CaseState.CLAIMED):
        statement = statement.where(_in_queue(wanted.state, now))
        statement = statement.where(rows_after(after, cases.c.deadline, cases.c.case_id))
        return statement.order_by(cases.c.deadline, cases.c.case_id)
    statement = statement.where(cases.c.state == wanted.state.value)
    statement = statement.where(rows_after(after, cases.c.update_time, cases.c.case_id, newest_first=True))
    return statement.order_by(cases.c.update_time.desc(), cases.c.case_id.desc())


def _in_queue(state: CaseState | None, now: datetime) -> Any:
    """A claim that has lapsed counts as waiting."""
    held = and_(cases.c.state == CaseState.CLAIMED.value, cases.c.claim_expire_time > now)
    if state is CaseState.CLAIMED:
        return held
    lapsed = and_(cases.c.state == CaseState.CLAIMED.value, cases.c.claim_expire_time <= now)
    if state is CaseState.WAITING:
        return or_(cases.c.state == CaseState.WAITING.value, lapsed)
    return cases.c.state.in_(QUEUED)


def _queue_figures(now: datetime) -> Select[int, int, int, Any]:
    waiting, held = _in_queue(CaseState.WAITING, now), _in_queue(CaseState.CLAIMED, now)
    return select(
        func.count().filter(waiting).label("waiting"),
        func.count().filter(held).label("claimed"),
        func.count().filter(cases.c.deadline < now).label("overdue"),
        func.min(cases.c.submit_time).filter(waiting).label("oldest_submit_time"),
    ).where(cases.c.state.in_(QUEUED))


def _day_figures(organisation: str, since: datetime) -> Select[Any]:
    day = func.to_char(func.timezone("Asia/Shanghai", decisions.c.decide_time), "YYYY-MM-DD").label("date")
    return (
        select(day, *_verdict_counts())
        .join(cases, cases.c.case_id == decisions.c.case_id)
        .where(cases.c.organisation == organisation, decisions.c.decide_time >= since)
        .group_by(day)
        .order_by(day.desc())
    )


def _verdict_counts() -> list[Any]:
    return [
        func.count(case((decisions.c.verdict == verdict.value, 1))).label(verdict.value.lower()) for verdict in Verdict
    ]


def _agreement() -> list[Any]:
    """Of decisions joined with their second judgements."""
    alike = second_reviews.c.verdict == decisions.c.verdict
    return [
        func.count(second_reviews.c.case_id).label("double_reviewed"),
        func.count().filter(alike).label("agreed"),
    ]


def _reviewer_figures(organisation: str, since: datetime) -> Select[Any]:
    return (
        select(decisions.c.reviewer_id, *_verdict_counts(), *_agreement())
        .select_from(decisions)
        .join(cases, cases.c.case_id == decisions.c.case_id)
        .outerjoin(second_reviews, SAME_SUBMISSION)
        .where(cases.c.organisation == organisation, decisions.c.decide_time >= since)
        .group_by(decisions.c.reviewer_id)
        .order_by(func.count().desc(), decisions.c.reviewer_id)
    )


def _decided_by(reviewer_id: str, since: datetime) -> Select[Any]:
    return select(func.count().label("decided")).where(
        decisions.c.reviewer_id == reviewer_id, decisions.c.decide_time >= since
    )


def _sample_figures(since: datetime) -> Select[Any]:
    return (
        select(cases.c.organisation, *_agreement())
        .select_from(second_reviews)
        .join(decisions, SAME_SUBMISSION)
        .join(cases, cases.c.case_id == decisions.c.case_id)
        .where(decisions.c.decide_time >= since)
        .group_by(cases.c.organisation)
    )


def _exported(organisation: str, since: datetime, until: datetime) -> Select[Any]:
    names = ("case_id", "submission", "verdict", "reviewer_id", "decide_time")
    return (
        select(
            cases.c.kind,
            cases.c.candidate_id,
            *(decisions.c[name] for name in names),
            func.coalesce(decisions.c.reason, "").label("reason"),
            func.coalesce(second_reviews.c.verdict, "").label("second_verdict"),
        )
        .select_from(decisions)
        .join(cases, cases.c.case_id == decisions.c.case_id)
        .outerjoin(second_reviews, SAME_SUBMISSION)
        .where(
            cases.c.organisation == organisation,
            decisions.c.decide_time >= since,
            decisions.c.decide_time < until,
        )
        .order_by(decisions.c.decide_time, decisions.c.case_id)
    )
