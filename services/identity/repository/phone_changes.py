"""Phone changes by review: one guarded statement each, with what follows from a change inside it (ID-11)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, insert, literal_column, select, update
from zikao.identity.v1 import resources_pb2

from chassis.errors import NotFound
from chassis.events import outbox as chassis_outbox
from services.identity.domain.phone_changes import OVER, PhoneChange, PhoneChangeState, Proof, image_key
from services.identity.repository.sealing import Sealer
from services.identity.repository.statements import Statements, insert_if
from services.identity.tables import phone_changes

HAND_IN: Final = "phone changes to hand in"
"""The relay's destination for submissions: calls of review."""

TAKE_EFFECT: Final = "phone changes to take effect"
"""The relay's destination for approved changes whose cooling-off time is over."""

TELL: Final = "phone changes to tell"
"""The relay's destination for what the phones are told."""

FIXED: Final = ("phone_change_id", "candidate_id", "new_phone_cipher", "create_time")


class PhoneChangeRepository:
    """The port `PhoneChanges` in PostgreSQL."""

    def __init__(self, run: Statements, sealer: Sealer, told: Callable[[], None]) -> None:
        self._run = run
        self._sealer = sealer
        self._told = told

    async def add(self, change: PhoneChange) -> None:
        """As the port says."""
        await self._run.execute(insert(phone_changes).values(self._row(change)))

    async def get(self, phone_change_id: str) -> PhoneChange:
        """As the port says."""
        statement = select(phone_changes).where(phone_changes.c.phone_change_id == phone_change_id)
        row = await self._run.fetch_one(statement)
        if row is None:
            raise NotFound()
        return self._change(row)

    async def replace(self, before: PhoneChange, after: PhoneChange) -> bool:
        """As the port says."""
        unchanged = (phone_changes.c.phone_change_id == before.phone_change_id) & (
            phone_changes.c.version == before.version
        )
        values = {name: value for name, value in self._row(after).items() if name not in FIXED}
        changed = (
            update(phone_changes)
            .where(unchanged)
            .values(values)
            .returning(phone_changes.c.phone_change_id)
            .cte("changed")
        )
        errands = [insert_if(changed, row).cte(f"errand_{place}") for place, row in enumerate(_errands(before, after))]
        made = await self._run.fetch_one(select(changed.c.phone_change_id).add_cte(*errands)) is not None
        if made and errands:
            self._told()
        return made

    async def over_with_images(self, before: datetime, most: int) -> Sequence[PhoneChange]:
        """As the port says; a draft that nobody submitted is over when it has expired."""
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
        return [self._change(row) for row in await self._run.fetch(statement)]

    async def images_among(self, keys: Sequence[str]) -> frozenset[str]:
        """Those of some keys of images that are the proof of a request."""
        requests = {parts[1] for key in keys if len(parts := key.split("/")) == 3}
        statement = select(phone_changes.c.phone_change_id, phone_changes.c.proofs).where(
            phone_changes.c.phone_change_id.in_(requests)
        )
        found = await self._run.fetch(statement)
        named = {image_key(row.phone_change_id, digest) for row in found for digest in row.proofs.values()}
        return frozenset(named.intersection(keys))

    def _row(self, change: PhoneChange) -> Mapping[str, Any]:
        key = change.phone_change_id
        return {
            "phone_change_id": key,
            "candidate_id": change.candidate_id or None,
            "new_phone_cipher": self._sealer.seal(key, "new_phone", change.new_phone),
            "old_phone_cipher": self._sealer.seal(key, "old_phone", change.old_phone) if change.old_phone else None,
            "state": change.state.value,
            "proofs": {proof.value: digest for proof, digest in change.proofs.items()},
            "submissions": change.submissions,
            "note_cipher": self._sealer.seal(key, "note", change.note) if change.note else None,
            "version": change.version,
            "create_time": change.create_time,
            "update_time": change.update_time,
            "expire_time": change.expire_time,
            "submit_time": change.submit_time,
            "decide_time": change.decide_time,
            "effective_time": change.effective_time,
        }

    def _change(self, row: Row[Any]) -> PhoneChange:
        key = row.phone_change_id
        return PhoneChange(
            phone_change_id=key,
            candidate_id=row.candidate_id or "",
            new_phone=self._sealer.unseal(key, "new_phone", row.new_phone_cipher),
            state=PhoneChangeState(row.state),
            create_time=row.create_time,
            update_time=row.update_time,
            expire_time=row.expire_time,
            old_phone=self._sealer.unseal(key, "old_phone", row.old_phone_cipher) if row.old_phone_cipher else "",
            proofs={proof: row.proofs[proof.value] for proof in Proof if proof.value in row.proofs},
            submissions=row.submissions,
            submit_time=row.submit_time,
            decide_time=row.decide_time,
            effective_time=row.effective_time,
            note=self._sealer.unseal(key, "note", row.note_cipher) if row.note_cipher else "",
            version=row.version,
        )


def _errands(before: PhoneChange, after: PhoneChange) -> list[Mapping[str, Any]]:
    """What follows from a change: a submission goes to review, an approval waits for its time, the phones are told."""
    errands = []
    if after.submissions > before.submissions and after.candidate_id:
        errands.append(_errand(HAND_IN, after))
    if after.state is before.state:
        return errands
    waits = after.effective_time is not None and after.effective_time > after.update_time
    if after.state is PhoneChangeState.APPROVED and waits:
        errands += [_errand(TELL, after), _errand(TAKE_EFFECT, after, available_time=after.effective_time)]
    if after.state is PhoneChangeState.EFFECTIVE:
        errands.append(_errand(TELL, after))
    return errands


def _errand(destination: str, change: PhoneChange, *, available_time: datetime | None = None) -> Mapping[str, Any]:
    message = resources_pb2.PhoneChange(phone_change_id=change.phone_change_id, state=change.state.name)
    return chassis_outbox.row(
        destination, change.phone_change_id, message, change.update_time, available_time=available_time
    )
