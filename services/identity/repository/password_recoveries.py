"""Recoveries of forgotten passwords: the guards that make a code single-use stand in the statements (ID-4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, or_, select, update
from zikao.identity.v1 import resources_pb2

from chassis.events import outbox as chassis_outbox
from chassis.postgres.rows import from_row, row_of
from services.identity.domain.authentication.password_recoveries import CODE_TRIES, SENDING_WINDOW, PasswordRecovery
from services.identity.repository.outbox_destinations import RECOVERY_CODES
from services.identity.repository.repository_base import Repository
from services.identity.tables import outbox, password_recoveries


class PasswordRecoveryRepository(Repository):
    """Password recoveries in PostgreSQL. Whoever sends codes is told with a new one."""

    async def add_recoveries(self, recoveries: Sequence[PasswordRecovery]) -> None:
        """New recoveries, whose codes are to be sent: the same statement whether or not they are anybody's."""
        rows = [self._row(recovery) for recovery in recoveries]
        tasks = [
            chassis_outbox.row(
                RECOVERY_CODES, key, resources_pb2.PasswordRecovery(password_recovery_id=key), recovery.create_time
            )
            for recovery, key in ((one, one.password_recovery_id) for one in recoveries)
        ]
        await self._execution.execute(
            insert(password_recoveries).values(rows).add_cte(insert(outbox).values(tasks).cte("tasks"))
        )
        self._outbox_written()

    async def find_recovery(self, password_recovery_id: str) -> PasswordRecovery | None:
        """The recovery."""
        statement = select(password_recoveries).where(_is(password_recovery_id))
        return self._recovery(await self._execution.fetch_one(statement))

    async def mark_sent(self, recovery: PasswordRecovery, address: str, *, at: datetime, most: int) -> bool:
        """Notes that the code goes to `address`; False when it has expired, or when `most` codes went there already in
        the sending window: of those that known devices asked for, or of those that strangers did, as it was (F-28). In
        a transaction, which one at a time holds for an address, so that the count is true.
        """
        password_recovery_id = recovery.password_recovery_id
        index, kept = self._sealer.address_index(address), password_recoveries.alias()
        await self._execution.execute(select(func.pg_advisory_xact_lock(int.from_bytes(index[:8], "big", signed=True))))
        sent = (
            select(func.count())
            .where(
                kept.c.address_index == index,
                kept.c.known_device.is_(recovery.known_device),
                kept.c.send_time > at - SENDING_WINDOW,
            )
            .scalar_subquery()
        )
        values = {
            "address_cipher": self._sealer.seal(password_recovery_id, "address", address),
            "address_index": index,
            "send_time": at,
        }
        statement = (
            update(password_recoveries)
            .where(
                _is(password_recovery_id),
                password_recoveries.c.expire_time > at,
                password_recoveries.c.complete_time.is_(None),
                or_(password_recoveries.c.send_time.is_not(None), sent < most),
            )
            .values(values)
        )
        return await self._execution.execute(statement) == 1

    async def count_attempt(self, password_recovery_id: str, *, at: datetime) -> PasswordRecovery | None:
        """The recovery, with an attempt at its code counted; None when the code was not sent, is used, has expired or
        has no attempts left. Counting comes first, so that simultaneous guesses share the attempts.
        """
        statement = (
            update(password_recoveries)
            .where(_usable(password_recovery_id, at), password_recoveries.c.attempts < CODE_TRIES)
            .values(attempts=password_recoveries.c.attempts + 1)
            .returning(password_recoveries)
        )
        return self._recovery(await self._execution.fetch_one(statement))

    async def use_code(self, recovery: PasswordRecovery, *, at: datetime) -> bool:
        """Uses the code up, and all others of the account in the same statement; False when it was used already."""
        used = (
            update(password_recoveries)
            .where(_usable(recovery.password_recovery_id, at))
            .values(complete_time=at)
            .returning(password_recoveries.c.candidate_id)
            .cte("used")
        )
        others = (
            update(password_recoveries)
            .where(
                password_recoveries.c.candidate_id == used.c.candidate_id,
                password_recoveries.c.password_recovery_id != recovery.password_recovery_id,
                password_recoveries.c.complete_time.is_(None),
                password_recoveries.c.expire_time > at,
            )
            .values(expire_time=at)
            .cte("others")
        )
        return await self._execution.fetch_one(select(used.c.candidate_id).add_cte(others)) is not None

    async def delete_expired_recoveries(self, before: datetime) -> int:
        """Removes those that expired before an instant; the number of them."""
        expired = password_recoveries.c.expire_time < before
        return await self._execution.execute(delete(password_recoveries).where(expired))

    def _row(self, recovery: PasswordRecovery) -> Mapping[str, Any]:
        key = recovery.password_recovery_id
        return row_of(
            password_recoveries,
            recovery,
            login_name_cipher=self._sealer.seal(key, "login_name", recovery.login_name),
            code_cipher=self._sealer.seal(key, "code", recovery.code),
        )

    def _recovery(self, row: Row[Any] | None) -> PasswordRecovery | None:
        if row is None:
            return None
        key = row.password_recovery_id
        return from_row(
            PasswordRecovery,
            row,
            login_name=self._sealer.unseal(key, "login_name", row.login_name_cipher),
            code=self._sealer.unseal(key, "code", row.code_cipher),
            sent_to=self._sealer.unseal(key, "address", row.address_cipher),
        )


def _is(password_recovery_id: str) -> Any:
    return password_recoveries.c.password_recovery_id == password_recovery_id


def _usable(password_recovery_id: str, at: datetime) -> Any:
    return and_(
        _is(password_recovery_id),
        password_recoveries.c.send_time.is_not(None),
        password_recoveries.c.complete_time.is_(None),
        password_recoveries.c.expire_time > at,
    )
