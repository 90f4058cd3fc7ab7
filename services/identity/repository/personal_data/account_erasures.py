"""Erasures of accounts (ID-20): how far each has come, and what goes here."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from google.protobuf.wrappers_pb2 import BytesValue
from sqlalchemy import Row, delete, exists, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection
from zikao.identity.v1 import personal_data_service_pb2

from chassis.events import outbox as chassis_outbox
from chassis.personal_data.erasure import erase_rows, erase_traces, stop_deliveries
from chassis.postgres.keyset_pages import rows_after
from chassis.postgres.rows import from_row, row_of
from services.identity.domain.authentication.recovery_contacts import Contact, contacts_on_record
from services.identity.domain.candidates import Candidate, IdentityState
from services.identity.domain.contact_addresses import ContactChannel
from services.identity.domain.personal_data.account_erasures import AccountErasure, ErasureCause
from services.identity.domain.reviewed_phone_changes import image_key
from services.identity.ports.review_cases import correction_case_id, identity_case_id, phone_change_case_id
from services.identity.repository.candidate_rows import candidate_from
from services.identity.repository.outbox_destinations import (
    ACCOUNT_MESSAGES,
    ACCOUNTS_TO_ERASE,
    CORRECTIONS,
    ENDED_ACCOUNTS_TO_TELL,
    ERASED_ACCOUNTS,
    ERASED_ACCOUNTS_TO_TELL,
    FOLLOWER,
    IMPORTS,
    NEWS,
    PHONE_CHANGES_TO_HAND_IN,
    PHONE_CHANGES_TO_SETTLE,
    PHONE_CHANGES_TO_TELL,
    RECOVERY_CODES,
    WITHDRAWN_CASES,
)
from services.identity.repository.personal_data.own_tables import OWN_TABLES
from services.identity.repository.repository_base import InTransaction, Repository
from services.identity.tables import (
    SCHEMA,
    account_erasures,
    candidates,
    login_sessions,
    message_deliveries,
    messages,
    outbox,
    password_recoveries,
    phone_changes,
)

TOLD: Final = "told of erasure"
"""What the addresses in a row of the outbox are sealed as."""

HELD_BACK: Final = timedelta(seconds=10)
"""An erasure is usually carried out at once; the row in the outbox is for the time when that failed."""

IDLES: Final = tuple(state.value for state in (IdentityState.PENDING, IdentityState.REJECTED, IdentityState.ENDED))
"""Where nobody has to do anything but the owner."""

DESTINATIONS: Final = (
    FOLLOWER,
    IMPORTS,
    WITHDRAWN_CASES,
    ENDED_ACCOUNTS_TO_TELL,
    RECOVERY_CODES,
    ACCOUNT_MESSAGES,
    NEWS,
    PHONE_CHANGES_TO_HAND_IN,
    PHONE_CHANGES_TO_SETTLE,
    PHONE_CHANGES_TO_TELL,
    *sorted({*CORRECTIONS.values()}),
)
"""Where something may be on its way about a candidate."""


class AccountErasureRepository(Repository):
    """Erasures in PostgreSQL."""

    async def add_erasure(self, erasure: AccountErasure) -> None:
        """An erasure that begins, and the task to see it through; one that has begun already stays as it is."""
        begun = upsert(account_erasures).values(row_of(account_erasures, erasure)).on_conflict_do_nothing()
        task = chassis_outbox.row(
            ACCOUNTS_TO_ERASE,
            erasure.candidate_id,
            _about(erasure.candidate_id),
            erasure.create_time,
            available_time=erasure.create_time + HELD_BACK,
        )
        if await self._execution.execute(begun):
            await self._execution.execute(insert(outbox).values(task))

    async def find_erasure(self, candidate_id: str) -> AccountErasure | None:
        """The erasure of an account, as far as it has come."""
        row = await self._execution.fetch_one(
            select(account_erasures).where(account_erasures.c.candidate_id == candidate_id)
        )
        return None if row is None else _erasure(row)

    async def remove_erasure(self, candidate_id: str) -> None:
        """One that was refused has never begun."""
        begun = account_erasures.c.candidate_id == candidate_id, account_erasures.c.erase_time.is_(None)
        await self._execution.execute(delete(account_erasures).where(*begun))
        await self._remove_task(candidate_id)

    async def list_erasures(self, after: tuple[datetime, str] | None, size: int) -> Sequence[AccountErasure]:
        """Erasures, the newest first."""
        order = account_erasures.c.create_time, account_erasures.c.candidate_id
        statement = select(account_erasures).where(rows_after(after, *order, newest_first=True))
        rows = await self._execution.fetch(statement.order_by(*(column.desc() for column in order)).limit(size))
        return [_erasure(row) for row in rows]

    async def list_idle_accounts(self, before: datetime, after: str, size: int) -> Sequence[str]:
        """Accounts that are not verified, wait for nobody's decision, and that nobody has used since an instant, by id
        after another one.
        """
        used = exists().where(
            login_sessions.c.subject_id == candidates.c.candidate_id, login_sessions.c.refresh_time >= before
        )
        waits = exists().where(
            phone_changes.c.candidate_id == candidates.c.candidate_id, phone_changes.c.update_time >= before
        )
        idle = select(candidates.c.candidate_id).where(
            candidates.c.identity_state.in_(IDLES), candidates.c.update_time < before, ~used, ~waits
        )
        if after:
            idle = idle.where(candidates.c.candidate_id > after)
        rows = await self._execution.fetch(idle.order_by(candidates.c.candidate_id).limit(size))
        return [row.candidate_id for row in rows]

    async def note_service_done(self, candidate_id: str, service: str, at: datetime) -> None:
        """Another service has erased what it held."""
        done = update(account_erasures).where(account_erasures.c.candidate_id == candidate_id)
        await self._execution.execute(done.values({f"{service}_time": at}))

    async def lock_candidate(self, candidate_id: str) -> Candidate | None:
        """The account, locked, once nothing about it is being delivered any more. In a transaction."""
        await stop_deliveries(self._transaction, SCHEMA, DESTINATIONS)
        locked = select(candidates).where(candidates.c.candidate_id == candidate_id).with_for_update()
        row = await self._execution.fetch_one(locked)
        return None if row is None else candidate_from(row, self._sealer)

    async def list_image_keys(self, candidate: Candidate) -> Sequence[str]:
        """The portrait, and the proofs of phone changes."""
        keys = [candidate.portrait.key] if candidate.portrait else []
        proofs = select(phone_changes.c.phone_change_id, phone_changes.c.proofs).where(
            phone_changes.c.candidate_id == candidate.candidate_id
        )
        for row in await self._execution.fetch(proofs):
            keys += [image_key(row.phone_change_id, digest) for digest in row.proofs.values()]
        return keys

    async def erase_candidate(self, candidate: Candidate, at: datetime) -> None:
        """Erases what is held here of an account that is locked, and has the other services erase what they hold."""
        candidate_id = candidate.candidate_id
        await erase_traces(self._transaction, candidate_id, await self._aggregates(candidate), DESTINATIONS)
        await erase_rows(self._transaction, OWN_TABLES, candidate_id)
        done = update(account_erasures).where(account_erasures.c.candidate_id == candidate_id)
        await self._execution.execute(done.values(erase_time=at))
        await self._remove_task(candidate_id)
        for destination in ERASED_ACCOUNTS.values():
            task = chassis_outbox.row(destination, candidate_id, _about(candidate_id), at)
            await self._execution.execute(insert(outbox).values(task))
        told = [(contact.channel.value, contact.address) for contact in contacts_on_record(candidate)]
        sealed = BytesValue(value=self._sealer.seal(candidate_id, TOLD, json.dumps(told)))
        farewell = chassis_outbox.row(ERASED_ACCOUNTS_TO_TELL, candidate_id, sealed, at)
        await self._execution.execute(insert(outbox).values(farewell))

    def contacts_of(self, candidate_id: str, payload: bytes) -> Sequence[Contact]:
        """Whom a row of the outbox says to tell of an erasure."""
        told = json.loads(self._sealer.unseal(candidate_id, TOLD, BytesValue.FromString(payload).value))
        return [Contact(ContactChannel(channel), address) for channel, address in told]

    async def _remove_task(self, candidate_id: str) -> None:
        task = outbox.c.aggregate_id == candidate_id, outbox.c.destination == ACCOUNTS_TO_ERASE
        await self._execution.execute(delete(outbox).where(*task))

    @property
    def _transaction(self) -> AsyncConnection:
        assert isinstance(self._execution, InTransaction)
        return self._execution.connection

    async def _aggregates(self, candidate: Candidate) -> Sequence[str]:
        """What rows of the outbox about the account are filed under, beside the account itself."""
        candidate_id, corrections = candidate.candidate_id, candidate.correction.number if candidate.correction else 0
        changes = select(phone_changes.c.phone_change_id).where(phone_changes.c.candidate_id == candidate_id)
        recoveries = select(password_recoveries.c.password_recovery_id).where(
            password_recoveries.c.candidate_id == candidate_id
        )
        change_ids = [row[0] for row in await self._execution.fetch(changes)]
        sendings = select(message_deliveries.c.delivery_id).join(messages)
        sendings = sendings.where(messages.c.candidate_id == candidate_id)
        return [
            identity_case_id(candidate_id),
            *(correction_case_id(candidate_id, number + 1) for number in range(corrections)),
            *change_ids,
            *map(phone_change_case_id, change_ids),
            *(row[0] for row in await self._execution.fetch(recoveries)),
            *(row[0] for row in await self._execution.fetch(sendings)),
        ]


def _about(candidate_id: str) -> personal_data_service_pb2.AccountErasure:
    return personal_data_service_pb2.AccountErasure(candidate_id=candidate_id)


def _erasure(row: Row[Any]) -> AccountErasure:
    return from_row(AccountErasure, row, cause=ErasureCause(row.cause))
