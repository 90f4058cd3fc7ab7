"""Accounts of reviewers and operators."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from chassis.errors import NotFound
from chassis.postgres.rows import from_row, row_of
from services.identity.domain.staff import Staff
from services.identity.repository.authentication.second_factors import has_second_factor
from services.identity.repository.repository_base import Repository
from services.identity.tables import credentials, staff


class StaffRepository(Repository):
    """Staff in PostgreSQL."""

    async def get_staff(self, staff_id: str) -> Staff:
        """The account. Raises NotFound."""
        row = await self._execution.fetch_one(_accounts().where(staff.c.staff_id == staff_id))
        if row is None:
            raise NotFound()
        return from_row(Staff, row)

    async def get_staff_by_login_name(self, login_name: str) -> Staff:
        """The account with that name. Raises NotFound."""
        row = await self._execution.fetch_one(_accounts().where(staff.c.login_name == login_name.strip().lower()))
        if row is None:
            raise NotFound()
        return from_row(Staff, row)

    async def add_staff(self, new: Staff, password_hash: str) -> Staff:
        """A new account with its initial password, in one statement, or the account that has the login name already."""
        made = upsert(staff).values(row_of(staff, new)).on_conflict_do_nothing().returning(staff.c.staff_id).cte("made")
        credential = insert(credentials).from_select(
            ["subject_id", "password_hash", "update_time"],
            select(made.c.staff_id, literal(password_hash), literal(new.create_time)),
        )
        row = await self._execution.fetch_one(select(made.c.staff_id).add_cte(credential.cte("credential")))
        if row is not None:
            return new
        present = await self._execution.fetch_one(_accounts().where(staff.c.login_name == new.login_name))
        return from_row(Staff, present) if present is not None else await self.get_staff(new.staff_id)

    async def list_staff(self, organisation: str, after: str, size: int) -> Sequence[Staff]:
        """Accounts by login name, after a login name; of one organisation, or of all when it is empty."""
        statement = _accounts().where(staff.c.login_name > after).order_by(staff.c.login_name).limit(size)
        if organisation:
            statement = statement.where(staff.c.organisation == organisation)
        return [from_row(Staff, row) for row in await self._execution.fetch(statement)]

    async def disable_staff(self, staff_id: str, reason: str) -> bool:
        """The account can log in no more; False when it could not before."""
        enabled = staff.c.staff_id == staff_id, ~staff.c.disabled
        change = update(staff).where(*enabled).values(disabled=True, disable_reason=reason)
        return await self._execution.execute(change) == 1

    async def mark_password_chosen(self, staff_id: str) -> None:
        """The initial password stands no longer."""
        await self._execution.execute(
            update(staff).where(staff.c.staff_id == staff_id).values(needs_password_change=False)
        )


def _accounts() -> Any:
    return select(staff, has_second_factor())
