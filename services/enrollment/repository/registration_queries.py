"""Registrations, for reading."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, exists, select

from chassis.postgres.columns import any_of
from chassis.postgres.database import Database
from chassis.postgres.rows import from_row
from services.enrollment.domain.registrations import IdentityState, Registration
from services.enrollment.tables import passed_courses, registrations, selections, standings


class RegistrationRepository:
    """Registrations, and the courses that their candidates have passed."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_registrations(self, candidate_id: str) -> tuple[Registration, ...]:
        """The candidate's registrations, the oldest first."""
        return (await self.list_registrations_of_all([candidate_id])).get(candidate_id, ())

    async def get_registration(self, registration_id: str) -> Registration | None:
        """A registration."""
        found = await self._where(registrations.c.registration_id == registration_id)
        return found[0] if found else None

    async def list_registrations_of_all(self, candidate_ids: Iterable[str]) -> Mapping[str, tuple[Registration, ...]]:
        """The registrations of these candidates, the oldest first."""
        grouped: dict[str, list[Registration]] = {}
        for held in await self._where(any_of(registrations.c.candidate_id, candidate_ids)):
            grouped.setdefault(held.candidate_id, []).append(held)
        return {candidate_id: tuple(held) for candidate_id, held in grouped.items()}

    async def find_by_ticket_number(self, ticket_numbers: Iterable[str]) -> Mapping[str, Registration]:
        """The registrations that hold these ticket numbers."""
        found = await self._where(any_of(registrations.c.ticket_number, ticket_numbers))
        return {held.ticket_number: held for held in found}

    async def list_passed_courses(self, candidate_id: str) -> frozenset[str]:
        """The courses the candidate has passed."""
        statement = select(passed_courses.c.course_code).where(passed_courses.c.candidate_id == candidate_id)
        return frozenset(row.course_code for row in await self._db.fetch(statement))

    async def list_ended_with_selections(self) -> Sequence[str]:
        """The accounts that have ended and have live selections still (ID-15)."""
        statement = (
            select(standings.c.candidate_id)
            .where(standings.c.identity_state == IdentityState.ENDED.value)
            .where(exists().where(selections.c.candidate_id == standings.c.candidate_id, selections.c.live))
        )
        return [row.candidate_id for row in await self._db.fetch(statement)]

    async def _where(self, condition: ColumnElement[bool]) -> list[Registration]:
        statement = select(registrations).where(condition).order_by(registrations.c.create_time)
        return [from_row(Registration, row) for row in await self._db.fetch(statement)]
