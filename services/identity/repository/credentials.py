"""Who logs in, by which name, and with what (ID-1, ID-3)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, literal, null, select, union_all, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.selectable import Select

from chassis.postgres.rows import from_row
from services.identity.domain.candidates import IdentityState
from services.identity.domain.documents import person_key_of
from services.identity.domain.login_sessions import Account, AccountKind, Credentials
from services.identity.domain.spellings import plain_number
from services.identity.repository.authentication.second_factors import has_second_factor
from services.identity.repository.candidate_rows import document_from
from services.identity.repository.repository_base import Repository
from services.identity.tables import candidates, credentials, login_names, staff

_ENDED: Final = candidates.c.identity_state == IdentityState.ENDED.value


class CredentialRepository(Repository):
    """Passwords of candidates and staff, found by login name or by whose they are."""

    async def find_by_login_name(self, login_name: str) -> Sequence[Credentials]:
        """Whom a document number, ticket number or staff login name means, in this order: one statement, whatever the
        name is (ID-4, ID-14).

        A document number means the verified account (ID-15). A name that means nobody else means the unverified
        accounts that carry it as their number, the oldest first.
        """
        person = self._sealer.person_index(person_key_of(login_name))
        ticket = self._sealer.ticket_index(plain_number(login_name))
        holder = select(login_names.c.candidate_id).where(login_names.c.name_index == ticket).scalar_subquery()
        found = union_all(
            _candidates(1).where(candidates.c.person_index == person, candidates.c.unverified_place.is_(None), ~_ENDED),
            _candidates(2).where(candidates.c.candidate_id == holder),
            _staff(3).where(staff.c.login_name == login_name.strip().lower()),
            _candidates(4).where(candidates.c.person_index == person, candidates.c.unverified_place.is_not(None)),
        ).subquery()
        rows = await self._execution.fetch(select(found).order_by(found.c.place, found.c.create_time))
        return [self._credentials(row) for row in rows if row.place == rows[0].place]

    async def find_by_subject(self, subject_id: str) -> Credentials | None:
        """Those of the account `subject_id`, of a candidate or of staff."""
        accounts = union_all(
            _candidates(1).where(candidates.c.candidate_id == subject_id),
            _staff(2).where(staff.c.staff_id == subject_id),
        )
        row = await self._execution.fetch_one(accounts)
        return None if row is None else self._credentials(row)

    async def set_password(self, subject_id: str, password_hash: str, *, expected: str | None, at: datetime) -> bool:
        """Another password hash; False when the one in force is not `expected` (None: none of their own yet)."""
        row = {"subject_id": subject_id, "password_hash": password_hash, "update_time": at}
        if expected is None:
            return await self._execution.execute(upsert(credentials).values(row).on_conflict_do_nothing()) == 1
        in_force = (credentials.c.subject_id == subject_id) & (credentials.c.password_hash == expected)
        return await self._execution.execute(update(credentials).where(in_force).values(row)) == 1

    def _credentials(self, row: Row[Any]) -> Credentials:
        chosen = row.password_hash is not None or not row.document_cipher
        account = from_row(Account, row, subject_id=row.candidate_id)
        return Credentials(account, row.password_hash, None if chosen else document_from(row, self._sealer))


def _candidates(place: int) -> Select[Any]:
    return select(
        literal(place).label("place"),
        candidates.c.candidate_id,
        literal(AccountKind.CANDIDATE.value).label("kind"),
        literal("").label("organisation"),
        candidates.c.needs_password_change,
        _ENDED.label("disabled"),
        literal(False).label("has_second_factor"),
        candidates.c.document_type,
        candidates.c.document_cipher,
        candidates.c.create_time,
        credentials.c.password_hash,
    ).outerjoin_from(candidates, credentials, credentials.c.subject_id == candidates.c.candidate_id)


def _staff(place: int) -> Select[Any]:
    return select(
        literal(place).label("place"),
        staff.c.staff_id.label("candidate_id"),
        staff.c.kind,
        staff.c.organisation,
        staff.c.needs_password_change,
        staff.c.disabled,
        has_second_factor(),
        null().label("document_type"),
        null().label("document_cipher"),
        staff.c.create_time,
        credentials.c.password_hash,
    ).outerjoin_from(staff, credentials, credentials.c.subject_id == staff.c.staff_id)
