"""What a candidate does for one session: questionnaire (EN-3), notice (EN-2), district (EN-7)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import case
from sqlalchemy.dialects.postgresql import insert

from chassis.postgres.database import Database
from services.enrollment.domain.catalogue import Text
from services.enrollment.domain.questionnaires import Answer
from services.enrollment.tables import participations

KEY: Final = ("candidate_id", "session_id")


class ParticipationRepository:
    """One row per candidate and session, each part of it changed by one statement."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add_answers(
        self, candidate_id: str, session_id: str, answers: Sequence[Answer], now: datetime
    ) -> tuple[bool, datetime]:
        """Keeps the answers if there are none yet (EN-3). Tells whether the ones kept are these, and since when."""
        given = [asdict(answer) | {"option_ids": list(answer.option_ids)} for answer in answers]
        first = insert(participations).values(
            candidate_id=candidate_id, session_id=session_id, answers=given, questionnaire_time=now
        )
        empty = participations.c.questionnaire_time.is_(None)
        # A row that is there already is updated to itself, so that what it holds comes back from the same statement.
        statement = first.on_conflict_do_update(
            index_elements=KEY,
            set_={
                "answers": case((empty, first.excluded.answers), else_=participations.c.answers),
                "questionnaire_time": case(
                    (empty, first.excluded.questionnaire_time), else_=participations.c.questionnaire_time
                ),
            },
        ).returning(participations.c.answers, participations.c.questionnaire_time)
        kept = await self._db.fetch_one(statement)
        assert kept is not None
        return kept.answers == given, kept.questionnaire_time

    async def set_notice_read(self, candidate_id: str, session_id: str, notice: Text, now: datetime) -> None:
        """Keeps that the notice was read (EN-2)."""
        await self._keep(candidate_id, session_id, {"notice_version": notice.version, "notice_time": now})

    async def set_district(self, candidate_id: str, session_id: str, district_code: str) -> None:
        """Keeps the district preferred (EN-7)."""
        await self._keep(candidate_id, session_id, {"district_code": district_code})

    async def _keep(self, candidate_id: str, session_id: str, part: Mapping[str, Any]) -> None:
        first = insert(participations).values(candidate_id=candidate_id, session_id=session_id, **part)
        await self._db.execute(first.on_conflict_do_update(index_elements=KEY, set_=part))
