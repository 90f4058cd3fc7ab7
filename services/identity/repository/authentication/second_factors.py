"""Second factors of staff: the guards that let a code prove once stand in the statements (ID-18)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from chassis.postgres.constraint_refusals import Conflict, Conflicts, refused_by_constraint
from chassis.postgres.rows import from_row, row_of
from services.identity.domain.authentication.second_factors import Passkey, PasskeyQuestion, SecondFactors, Totp
from services.identity.errors import PasskeyRefused
from services.identity.repository.repository_base import Repository
from services.identity.tables import (
    ONE_PASSKEY_PER_CREDENTIAL,
    backup_codes,
    passkey_challenges,
    passkeys,
    staff,
    totps,
)

REFUSED_BY: Final[Conflicts] = {ONE_PASSKEY_PER_CREDENTIAL: Conflict(PasskeyRefused, "passkey_answer_json")}


class SecondFactorRepository(Repository):
    """Authenticator apps, passkeys and backup codes in PostgreSQL."""

    async def get_second_factors(self, staff_id: str) -> SecondFactors:
        """All factors of a member of staff."""
        totp = await self._execution.fetch_one(select(totps).where(totps.c.staff_id == staff_id))
        rows = await self._execution.fetch(
            select(passkeys).where(passkeys.c.staff_id == staff_id).order_by(passkeys.c.create_time)
        )
        unused = (backup_codes.c.staff_id == staff_id) & backup_codes.c.use_time.is_(None)
        left = await self._execution.fetch_one(select(func.count()).select_from(backup_codes).where(unused))
        return SecondFactors(self._totp(totp), [from_row(Passkey, row) for row in rows], left[0] if left else 0)

    async def start_totp(self, staff_id: str, secret: str) -> bool:
        """A secret that waits for its first code, in the place of one that never got it; False when an app is
        enrolled.
        """
        row = {"staff_id": staff_id, "secret_cipher": self._sealer.seal(staff_id, "secret", secret)}
        waiting = upsert(totps).values(row)
        replaced = waiting.on_conflict_do_update(
            index_elements=["staff_id"],
            set_={"secret_cipher": waiting.excluded.secret_cipher},
            where=totps.c.confirm_time.is_(None),
        )
        return await self._execution.execute(replaced) == 1

    async def use_totp_step(self, staff_id: str, step: int, *, at: datetime, confirms: bool = False) -> bool:
        """Accepts the code of a time step, once and nothing older after it; False when it comes too late. What
        `confirms` is the first code of an app.
        """
        known = totps.c.confirm_time.is_(None) if confirms else totps.c.last_step < step
        values = {"last_step": step, **({"confirm_time": at} if confirms else {})}
        return (
            await self._execution.execute(update(totps).where(totps.c.staff_id == staff_id, known).values(values)) == 1
        )

    async def delete_totp(self, staff_id: str) -> None:
        """The app proves no more."""
        await self._execution.execute(delete(totps).where(totps.c.staff_id == staff_id))

    async def keep_challenge(self, login_session_id: str, asked: PasskeyQuestion, *, expire_time: datetime) -> None:
        """What a login session's authenticator is asked, in the place of what it was asked before."""
        row = {"login_session_id": login_session_id, "challenge": asked.challenge, "expire_time": expire_time}
        await self._execution.execute(
            upsert(passkey_challenges).values(row).on_conflict_do_update(index_elements=["login_session_id"], set_=row)
        )

    async def take_challenge(self, login_session_id: str, *, at: datetime) -> bytes | None:
        """The challenge that an answer is for, once; None when there is none, or it is too old."""
        taken = delete(passkey_challenges).where(passkey_challenges.c.login_session_id == login_session_id)
        row = await self._execution.fetch_one(
            taken.returning(passkey_challenges.c.challenge, passkey_challenges.c.expire_time)
        )
        return row.challenge if row is not None and row.expire_time > at else None

    async def add_passkey(self, passkey: Passkey) -> None:
        """Another passkey. Raises PasskeyRefused when somebody has it already."""
        with refused_by_constraint(REFUSED_BY):
            await self._execution.execute(insert(passkeys).values(row_of(passkeys, passkey)))

    async def use_passkey(self, passkey: Passkey, *, at: datetime) -> bool:
        """A passkey has proven. False when an answer that was given later has been seen, or the passkey is gone."""
        newer = passkeys.c.sign_count < passkey.sign_count
        uncounted = (passkeys.c.sign_count == 0) & (passkey.sign_count == 0)
        used = update(passkeys).where(passkeys.c.passkey_id == passkey.passkey_id, or_(newer, uncounted))
        return await self._execution.execute(used.values(sign_count=passkey.sign_count, use_time=at)) == 1

    async def delete_passkey(self, staff_id: str, passkey_id: str) -> None:
        """The passkey proves no more."""
        own = (passkeys.c.staff_id == staff_id) & (passkeys.c.passkey_id == passkey_id)
        await self._execution.execute(delete(passkeys).where(own))

    async def replace_backup_codes(self, staff_id: str, codes: Iterable[str]) -> None:
        """New backup codes; earlier ones prove no more."""
        await self.delete_backup_codes(staff_id)
        rows = [{"staff_id": staff_id, "code_index": self._sealer.backup_code_index(staff_id, code)} for code in codes]
        await self._execution.execute(insert(backup_codes).values(rows))

    async def use_backup_code(self, staff_id: str, code: str, *, at: datetime) -> bool:
        """Accepts a backup code once; False when it is none, or was used."""
        index = self._sealer.backup_code_index(staff_id, code)
        unused = (backup_codes.c.staff_id == staff_id) & (backup_codes.c.code_index == index)
        used = update(backup_codes).where(unused, backup_codes.c.use_time.is_(None)).values(use_time=at)
        return await self._execution.execute(used) == 1

    async def delete_backup_codes(self, staff_id: str) -> None:
        """None proves any more."""
        await self._execution.execute(delete(backup_codes).where(backup_codes.c.staff_id == staff_id))

    async def delete_second_factors(self, staff_id: str) -> None:
        """Everything that proves a member of staff beside the password."""
        for table in (totps, passkeys, backup_codes):
            await self._execution.execute(delete(table).where(table.c.staff_id == staff_id))

    async def lock_staff(self, staff_id: str) -> None:
        """Until the transaction ends nobody else changes this member's factors."""
        await self._execution.fetch_one(select(staff.c.staff_id).where(staff.c.staff_id == staff_id).with_for_update())

    def _totp(self, row: Row[Any] | None) -> Totp | None:
        if row is None:
            return None
        return from_row(Totp, row, secret=self._sealer.unseal(row.staff_id, "secret", row.secret_cipher))


def has_second_factor() -> ColumnElement[bool]:
    """Whether a row of `staff` has one that can prove."""
    app = exists().where(totps.c.staff_id == staff.c.staff_id, totps.c.confirm_time.is_not(None))
    return or_(app, exists().where(passkeys.c.staff_id == staff.c.staff_id)).label("has_second_factor")
