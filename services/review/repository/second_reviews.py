"""Decisions that are judged a second time (RE-9)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from chassis.audit_log.entries import append_entry
from chassis.audit_log.notes import AuditNote
from chassis.clock import Clock
from chassis.errors import must_exist
from chassis.postgres.database import Database
from chassis.security.encryption import FieldCipher
from services.review.domain.second_reviews import SecondReview
from services.review.repository.rows import Rows
from services.review.tables import cases, decisions, second_reviews

SAME_SUBMISSION: Final = and_(
    second_reviews.c.case_id == decisions.c.case_id, second_reviews.c.submission == decisions.c.submission
)


class SecondReviewRepository:
    """Sampled decisions, and what second reviewers say of them."""

    def __init__(self, db: Database, cipher: FieldCipher, clock: Clock) -> None:
        self._db = db
        self._rows = Rows(cipher)
        self._clock = clock

    async def list_awaited(self, organisation: str, reviewer_id: str, size: int) -> Sequence[SecondReview]:
        """Sampled decisions of others that are in effect, and that nobody has judged again yet, oldest first."""
        oldest = (
            _awaiting(reviewer_id, self._clock.now())
            .join(cases, cases.c.case_id == decisions.c.case_id)
            .where(cases.c.organisation == organisation)
            .order_by(decisions.c.decide_time, decisions.c.case_id)
            .limit(size)
        )
        firsts = [self._rows.decision(row) for row in await self._db.fetch(oldest)]
        about = select(cases).where(cases.c.case_id.in_([first.case_id for first in firsts]))
        known = {row.case_id: self._rows.case(row) for row in await self._db.fetch(about)}
        return [SecondReview(known[first.case_id], first) for first in firsts]

    async def get_second_review(self, case_id: str, submission: int) -> SecondReview:
        """A sampled decision, judged again or not. Raises NotFound."""
        in_effect = decisions.c.effect_time <= self._clock.now()
        sampled = select(decisions).where(decisions.c.sampled, in_effect, _is(decisions, case_id, submission))
        first = must_exist(await self._db.fetch_one(sampled))
        about = must_exist(await self._db.fetch_one(select(cases).where(cases.c.case_id == case_id)))
        given = select(second_reviews).where(_is(second_reviews, case_id, submission))
        second = await self._db.fetch_one(given)
        return SecondReview(
            self._rows.case(about), self._rows.decision(first), self._rows.decision(second) if second else None
        )

    async def is_awaited(self, case_id: str, reviewer_id: str) -> bool:
        """Whether a decision of this case awaits a second reviewer, who this one may be."""
        awaiting = _awaiting(reviewer_id, self._clock.now())
        return bool(await self._db.fetch(awaiting.where(decisions.c.case_id == case_id)))

    async def add_second_judgement(self, review: SecondReview, note: AuditNote) -> bool:
        """Keeps the second judgement. False when there is one already."""
        assert review.second is not None
        async with self._db.transaction() as transaction:
            added = await transaction.execute(
                upsert(second_reviews)
                .values(self._rows.of_decision(second_reviews, review.second))
                .on_conflict_do_nothing()
                .returning(second_reviews.c.case_id)
            )
            if added.one_or_none() is None:
                return False
            await append_entry(transaction, note, at=self._clock.now())
        return True


def _awaiting(reviewer_id: str, now: datetime) -> Select[Any]:
    """RE-12: a decision that may be undone is not judged again yet."""
    return (
        select(decisions)
        .outerjoin(second_reviews, SAME_SUBMISSION)
        .where(
            decisions.c.sampled,
            decisions.c.effect_time <= now,
            second_reviews.c.case_id.is_(None),
            decisions.c.reviewer_id != reviewer_id,
        )
    )


def _is(table: Any, case_id: str, submission: int) -> ColumnElement[bool]:
    return and_(table.c.case_id == case_id, table.c.submission == submission)
