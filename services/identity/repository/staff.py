"""Accounts of reviewers and operators."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from chassis.errors import NotFound
from services.identity.domain.staff import Staff, StaffKind
from services.identity.repository.statements import Statements
from services.identity.tables import credentials, staff


class StaffRepository:
    """The port `StaffAccounts` in PostgreSQL."""

    def __init__(self, run: Statements) -> None:
        self._run = run

    async def get(self, staff_id: str) -> Staff:
        """As the port says."""
        row = await self._run.fetch_one(select(staff).where(staff.c.staff_id == staff_id))
        if row is None:
            raise NotFound()
        return _staff(row)

    async def add(self, new: Staff, password_hash: str) -> Staff:
        """As the port says: account and password in one statement, neither when the name is taken."""
        values = {name: getattr(new, name) for name in Staff.__slots__} | {"kind": new.kind.value}
        made = upsert(staff).values(values).on_conflict_do_nothing().returning(staff.c.staff_id).cte("made")
        credential = insert(credentials).from_select(
            ["subject_id", "password_hash", "update_time"],
            select(made.c.staff_id, literal(password_hash), literal(new.create_time)),
        )
        row = await self._run.fetch_one(select(made.c.staff_id).add_cte(credential.cte("credential")))
        if row is not None:
            return new
        present = await self._run.fetch_one(select(staff).where(staff.c.login_name == new.login_name))
        return _staff(present) if present is not None else await self.get(new.staff_id)

    async def page(self, organisation: str, after: str, size: int) -> Sequence[Staff]:
        """As the port says."""
        statement = select(staff).where(staff.c.login_name > after).order_by(staff.c.login_name).limit(size)
        if organisation:
            statement = statement.where(staff.c.organisation == organisation)
        return [_staff(row) for row in await self._run.fetch(statement)]

    async def disable(self, staff_id: str) -> None:
        """As the port says."""
        await self._run.execute(update(staff).where(staff.c.staff_id == staff_id).values(disabled=True))

    async def password_chosen(self, staff_id: str) -> None:
        """As the port says."""
        await self._run.execute(update(staff).where(staff.c.staff_id == staff_id).values(needs_password_change=False))


def _staff(row: Row[Any]) -> Staff:
    values = {name: getattr(row, name) for name in Staff.__slots__}
    return Staff(**values | {"kind": StaffKind(row.kind)})
