"""Registrations for reading, and what a candidate does for one session."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import TextClause, bindparam, case, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, UUID, insert

from chassis.postgres.database import Database
from services.enrollment.domain.catalogue import Text
from services.enrollment.domain.questionnaire import Answer
from services.enrollment.domain.registration import Registration
from services.enrollment.repository import rows
from services.enrollment.tables import PARTICIPATION, PASSED_COURSE

KEY: Final = ("candidate_id", "session_id")


def selecting(condition: str) -> TextClause:
    """A query of registrations."""
    return text(f"SELECT {rows.REGISTRATION_COLUMNS} FROM registration WHERE {condition}".replace("::", r"\:\:"))


OF_CANDIDATE: Final = selecting("candidate_id = :candidate_id ORDER BY create_time")
OF_CANDIDATES: Final = selecting("candidate_id = ANY(:candidate_ids) ORDER BY create_time").bindparams(
    bindparam("candidate_ids", type_=ARRAY(UUID(as_uuid=False)))
)
BY_ID: Final = selecting("registration_id = :registration_id")
BY_TICKET: Final = selecting("ticket_number = ANY(:ticket_numbers)")


class RegistrationRepository:
    """Registrations, for reading."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, candidate_id: str) -> tuple[Registration, ...]:
        """The candidate's registrations, the oldest first."""
        return tuple(
            rows.registration(row) for row in await self._db.fetch(OF_CANDIDATE, {"candidate_id": candidate_id})
        )

    async def get(self, registration_id: str) -> Registration | None:
        """A registration."""
        found = await self._db.fetch_one(BY_ID, {"registration_id": registration_id})
        return rows.registration(found) if found else None

    async def of_all(self, candidate_ids: Iterable[str]) -> Mapping[str, tuple[Registration, ...]]:
        """The registrations of these candidates."""
        grouped: dict[str, list[Registration]] = {}
        for row in await self._db.fetch(OF_CANDIDATES, {"candidate_ids": list(candidate_ids)}):
            held = rows.registration(row)
            grouped.setdefault(held.candidate_id, []).append(held)
        return {candidate_id: tuple(held) for candidate_id, held in grouped.items()}

    async def by_ticket_number(self, ticket_numbers: Iterable[str]) -> Mapping[str, Registration]:
        """The registrations that hold these ticket numbers."""
        found = await self._db.fetch(BY_TICKET, {"ticket_numbers": list(ticket_numbers)})
        return {held.ticket_number: held for held in map(rows.registration, found)}

    async def passed(self, candidate_ids: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """The courses each of these candidates has passed."""
        statement = (
            select(PASSED_COURSE.c.candidate_id, func.array_agg(PASSED_COURSE.c.course_code).label("codes"))
            .where(PASSED_COURSE.c.candidate_id.in_(list(candidate_ids)))
            .group_by(PASSED_COURSE.c.candidate_id)
        )
        return {row.candidate_id: frozenset(row.codes) for row in await self._db.fetch(statement)}


class ParticipationRepository:
    """One row per candidate and session, each part of it changed by one statement."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def submit_answers(
        self, candidate_id: str, session_id: str, answers: Sequence[Answer], now: datetime
    ) -> tuple[bool, datetime]:
        """Keeps the answers if there are none yet (EN-3). Tells whether the ones kept are these, and since when."""
        given = [asdict(answer) | {"option_ids": list(answer.option_ids)} for answer in answers]
        first = insert(PARTICIPATION).values(
            candidate_id=candidate_id, session_id=session_id, answers=given, questionnaire_time=now
        )
        empty = PARTICIPATION.c.questionnaire_time.is_(None)
        # A row that is there already is updated to itself, so that what it holds comes back from the same statement.
        statement = first.on_conflict_do_update(
            index_elements=KEY,
            set_={
                "answers": case((empty, first.excluded.answers), else_=PARTICIPATION.c.answers),
                "questionnaire_time": case(
                    (empty, first.excluded.questionnaire_time), else_=PARTICIPATION.c.questionnaire_time
                ),
            },
        ).returning(PARTICIPATION.c.answers, PARTICIPATION.c.questionnaire_time)
        kept = await self._db.fetch_one(statement)
        assert kept is not None
        return kept.answers == given, kept.questionnaire_time

    async def acknowledge(self, candidate_id: str, session_id: str, notice: Text, now: datetime) -> None:
        """Keeps that the notice was read (EN-2)."""
        await self._keep(candidate_id, session_id, {"notice_version": notice.version, "notice_time": now})

    async def prefer_district(self, candidate_id: str, session_id: str, district_code: str) -> None:
        """Keeps the district preferred (EN-7)."""
        await self._keep(candidate_id, session_id, {"district_code": district_code})

    async def _keep(self, candidate_id: str, session_id: str, part: Mapping[str, Any]) -> None:
        first = insert(PARTICIPATION).values(candidate_id=candidate_id, session_id=session_id, **part)
        await self._db.execute(first.on_conflict_do_update(index_elements=KEY, set_=part))
