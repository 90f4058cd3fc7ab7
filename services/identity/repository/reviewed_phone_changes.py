"""Phone changes by review: one guarded statement each, with what follows from a change inside it (ID-11)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, insert, literal_column, select
from zikao.identity.v1 import resources_pb2

from chassis.errors import NotFound
from chassis.events import outbox as chassis_outbox
from chassis.postgres.rows import from_row, row_of
from services.identity.domain.reviewed_phone_changes import OVER, PhoneChange, PhoneChangeState, Proof, image_key
from services.identity.ports.review_cases import phone_change_case_id
from services.identity.repository.outbox_destinations import (
    PHONE_CHANGES_TO_HAND_IN,
    PHONE_CHANGES_TO_SETTLE,
    PHONE_CHANGES_TO_TELL,
)
from services.identity.repository.repository_base import Repository, withdrawal_row
from services.identity.tables import phone_changes

FIXED: Final = ("phone_change_id", "candidate_id", "new_phone_cipher", "create_time")


class PhoneChangeRepository(Repository):
    """Phone changes in PostgreSQL. Whoever carries them out is told with the change itself."""

    async def add_phone_change(self, change: PhoneChange) -> None:
        """A new request."""
        await self._execution.execute(insert(phone_changes).values(self._row(change)))

    async def get_phone_change(self, phone_change_id: str) -> PhoneChange:
        """The request as it is kept. Raises NotFound."""
        statement = select(phone_changes).where(phone_changes.c.phone_change_id == phone_change_id)
        row = await self._execution.fetch_one(statement)
        if row is None:
            raise NotFound()
        return self._change(row)

    async def replace_phone_change(self, before: PhoneChange, after: PhoneChange) -> bool:
        """`after` in place of `before`; False when the request has changed since `before` was read.

        A submission is handed to review, an approval takes effect at its time, and the phones are told, now or later.
        """
        return await self._replace(phone_changes, before, self._row(after), FIXED, _tasks(before, after))

    async def lock_open_phone_changes(self, candidate_id: str) -> Sequence[PhoneChange]:
        """An account's requests that have not taken effect, locked. In a transaction."""
        statement = select(phone_changes).where(
            phone_changes.c.candidate_id == candidate_id, phone_changes.c.state != PhoneChangeState.EFFECTIVE.value
        )
        rows = await self._execution.fetch(statement.order_by(phone_changes.c.phone_change_id).with_for_update())
        return [self._change(row) for row in rows]

    async def end_phone_change(self, before: PhoneChange, after: PhoneChange) -> bool:
        """`after`, whose account has ended, in place of `before`; its case is withdrawn (ID-15). False when the request
        has changed since `before` was read.
        """
        case_id = phone_change_case_id(after.phone_change_id)
        withdrawn = [withdrawal_row(case_id, after.update_time)] if before.submissions else []
        return await self._replace(phone_changes, before, self._row(after), FIXED, withdrawn)

    async def list_over_with_images(self, before: datetime, most: int) -> Sequence[PhoneChange]:
        """Requests that have been over since before an instant and still have images; a draft that nobody submitted is
        over when it has expired.
        """
        over = phone_changes.c.state.in_([state.value for state in OVER])
        expired = (phone_changes.c.state == PhoneChangeState.DRAFT.value) & (phone_changes.c.expire_time < before)
        unmatched = phone_changes.c.candidate_id.is_(None)
        statement = (
            select(phone_changes)
            .where(
                # As the partial index says it.
                phone_changes.c.proofs != literal_column("'{}'"),
                phone_changes.c.update_time < before,
                over | expired | unmatched,
            )
            .limit(most)
        )
        return [self._change(row) for row in await self._execution.fetch(statement)]

    async def named_proof_keys(self, keys: Sequence[str]) -> frozenset[str]:
        """Those of some keys of images that are the proof of a request."""
        requests = {parts[1] for key in keys if len(parts := key.split("/")) == 3}
        statement = select(phone_changes.c.phone_change_id, phone_changes.c.proofs).where(
            phone_changes.c.phone_change_id.in_(requests)
        )
        found = await self._execution.fetch(statement)
        named = {image_key(row.phone_change_id, digest) for row in found for digest in row.proofs.values()}
        return frozenset(named.intersection(keys))

    def _row(self, change: PhoneChange) -> Mapping[str, Any]:
        key = change.phone_change_id
        return row_of(
            phone_changes,
            change,
            new_phone_cipher=self._sealer.seal(key, "new_phone", change.new_phone),
            old_phone_cipher=self._sealer.seal(key, "old_phone", change.old_phone) if change.old_phone else None,
            proofs={proof.value: digest for proof, digest in change.proofs.items()},
            note_cipher=self._sealer.seal(key, "note", change.note) if change.note else None,
        )

    def _change(self, row: Row[Any]) -> PhoneChange:
        key = row.phone_change_id
        return from_row(
            PhoneChange,
            row,
            new_phone=self._sealer.unseal(key, "new_phone", row.new_phone_cipher),
            old_phone=self._sealer.unseal(key, "old_phone", row.old_phone_cipher),
            proofs={proof: row.proofs[proof.value] for proof in Proof if proof.value in row.proofs},
            note=self._sealer.unseal(key, "note", row.note_cipher),
        )


def _tasks(before: PhoneChange, after: PhoneChange) -> list[Mapping[str, Any]]:
    """What follows from a change: a submission goes to review, an approval waits for its time, the phones are told."""
    tasks = []
    if after.submissions > before.submissions and after.candidate_id:
        tasks.append(_task(PHONE_CHANGES_TO_HAND_IN, after))
    if after.state is before.state:
        return tasks
    waits = after.effective_time is not None and after.effective_time > after.update_time
    if after.state is PhoneChangeState.APPROVED and waits:
        tasks.append(_task(PHONE_CHANGES_TO_TELL, after))
        tasks.append(_task(PHONE_CHANGES_TO_SETTLE, after, available_time=after.effective_time))
    if after.state is PhoneChangeState.EFFECTIVE:
        tasks.append(_task(PHONE_CHANGES_TO_TELL, after))
    return tasks


def _task(destination: str, change: PhoneChange, *, available_time: datetime | None = None) -> Mapping[str, Any]:
    message = resources_pb2.PhoneChange(phone_change_id=change.phone_change_id, state=change.state.name)
    return chassis_outbox.row(
        destination, change.phone_change_id, message, change.update_time, available_time=available_time
    )
