"""Whom providers know staff as (ID-18)."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from chassis.postgres.constraint_refusals import Conflict, Conflicts, refused_by_constraint
from chassis.postgres.rows import from_row, row_of
from services.identity.domain.authentication.sign_in import StaffIdentity
from services.identity.errors import IdentityTaken
from services.identity.repository.repository_base import Repository
from services.identity.tables import ONE_ACCOUNT_PER_SUBJECT, staff_identities

REFUSED_BY: Final[Conflicts] = {ONE_ACCOUNT_PER_SUBJECT: Conflict(IdentityTaken, "subject")}


class StaffIdentityRepository(Repository):
    """Subjects of issuers, and whose accounts they are."""

    async def find_staff_id(self, issuer: str, subject: str) -> str | None:
        """Whose account a subject is."""
        known = (staff_identities.c.issuer == issuer) & (staff_identities.c.subject == subject)
        row = await self._execution.fetch_one(select(staff_identities.c.staff_id).where(known))
        return row.staff_id if row else None

    async def list_identities(self, staff_id: str) -> Sequence[StaffIdentity]:
        """All of an account, by issuer."""
        own = select(staff_identities).where(staff_identities.c.staff_id == staff_id)
        return [from_row(StaffIdentity, row) for row in await self._execution.fetch(own.order_by("issuer"))]

    async def set_identity(self, identity: StaffIdentity) -> bool:
        """Whom an issuer knows an account as, in the place of whom it was; False when it was that. Raises IdentityTaken
        when it is somebody else's.
        """
        row = row_of(staff_identities, identity)
        placed = upsert(staff_identities).values(row)
        changed = placed.on_conflict_do_update(
            index_elements=["staff_id", "issuer"],
            set_={"subject": placed.excluded.subject, "create_time": placed.excluded.create_time},
            where=staff_identities.c.subject != placed.excluded.subject,
        )
        with refused_by_constraint(REFUSED_BY):
            return await self._execution.execute(changed) == 1

    async def delete_identities(self, staff_id: str) -> int:
        """No provider vouches for the account any more; the number of those that did."""
        return await self._execution.execute(delete(staff_identities).where(staff_identities.c.staff_id == staff_id))
