"""Cases with their materials and decisions: every change with its version in the WHERE, its announcement and its audit
entry beside it.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Delete, Select, and_, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.audit_log.entries import append_entry
from chassis.audit_log.notes import AuditNote
from chassis.clock import Clock
from chassis.errors import must_exist
from chassis.events import outbox as chassis_outbox
from chassis.events.relay import WakeUp
from chassis.ids import derived_id
from chassis.postgres.database import Database
from chassis.postgres.rows import from_row, row_of
from chassis.security.encryption import FieldCipher
from services.review import mapping
from services.review.domain.cases import Case, Decision
from services.review.domain.duplicate_images import Fingerprint
from services.review.domain.materials import Material, require_room, takes_place_of
from services.review.errors import DecisionInEffect
from services.review.repository.rows import Rows
from services.review.tables import cases, decisions, fingerprints, materials, outbox

_UUID: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
IMAGE: Final = re.compile(f"{_UUID}/({_UUID})")


class CaseRepository:
    """Cases in PostgreSQL."""

    def __init__(self, db: Database, cipher: FieldCipher, clock: Clock, outbox_written: WakeUp) -> None:
        self._db = db
        self._rows = Rows(cipher)
        self._clock = clock
        self._outbox_written = outbox_written

    async def get_case(self, case_id: str) -> Case:
        """The case as it is stored. Raises NotFound."""
        return self._rows.case(must_exist(await self._db.fetch_one(select(cases).where(cases.c.case_id == case_id))))

    async def list_candidate_cases(self, candidate_id: str) -> Sequence[Case]:
        """A candidate's cases, newest first."""
        statement = select(cases).where(cases.c.candidate_id == candidate_id).order_by(cases.c.create_time.desc())
        return [self._rows.case(row) for row in await self._db.fetch(statement)]

    async def add_case(self, case: Case, note: AuditNote) -> Case:
        """Adds a case; the one that exists under its id otherwise."""
        async with self._db.transaction() as transaction:
            values = self._rows.of_case(case)
            added = await transaction.execute(
                upsert(cases).values(values).on_conflict_do_nothing().returning(cases.c.case_id)
            )
            if added.one_or_none() is not None:
                await append_entry(transaction, note, at=self._clock.now())
                return case
        return await self.get_case(case.case_id)

    async def replace_case(self, before: Case, after: Case, note: AuditNote, decision: Decision | None = None) -> bool:
        """`after` in place of `before`, with its decision, which is announced to whoever carries it out (RE-6).

        False when the case has changed since `before` was read.
        """
        async with self._db.transaction() as transaction:
            if not await self._replaced(transaction, before, after):
                return False
            if decision is not None:
                await transaction.execute(insert(decisions).values(self._rows.of_decision(decisions, decision)))
                await self._announce(transaction, after, decision)
            await append_entry(transaction, note, at=self._clock.now())
        if decision is not None:
            self._outbox_written()
        return True

    async def undo_decision(self, before: Case, after: Case, note: AuditNote) -> bool:
        """`after` in place of `before`, whose last decision is gone, with its announcement, which nobody has heard
        (RE-12).

        False when the case has changed since `before` was read. Raises DecisionInEffect when somebody has heard of it.
        """
        destination = mapping.destination_of(before.subject.kind)
        async with self._db.transaction() as transaction:
            if not await self._replaced(transaction, before, after):
                return False
            event_id = _announcement_id(before)
            if not await chassis_outbox.take_back(transaction, outbox, self._db.schema, destination, event_id):
                raise DecisionInEffect()
            decided = and_(decisions.c.case_id == before.case_id, decisions.c.submission == before.submission)
            await transaction.execute(delete(decisions).where(decided))
            await append_entry(transaction, note, at=self._clock.now())
        return True

    async def list_decisions(self, case_ids: Sequence[str]) -> Sequence[Decision]:
        """The decisions of cases, oldest first."""
        statement = select(decisions).where(decisions.c.case_id.in_(case_ids)).order_by(decisions.c.submission)
        return [self._rows.decision(row) for row in await self._db.fetch(statement)]

    async def add_material(
        self, before: Case, material: Material, fingerprint: Fingerprint | None, note: AuditNote
    ) -> Material | None:
        """Adds a material in place of the one before it (RE-10); the one that exists for the same image; None when the
        case has changed since `before`.

        The case's row is locked, so that a submission and an upload never both win (F-14), nor two uploads for the last
        place (RE-3). Raises TooManyMaterials.
        """
        async with self._db.transaction() as transaction:
            if not await self._locked(transaction, before):
                return None
            rows = (await transaction.execute(_handed_in_with(material))).all()
            known = [from_row(Material, row) for row in rows]
            for one in known:
                if (one.required_image_id, one.digest) == (material.required_image_id, material.digest):
                    return one
            replaced = takes_place_of(material, known)
            require_room(len(known) - len(replaced))
            await transaction.execute(_without([one.material_id for one in replaced]))
            await transaction.execute(insert(materials).values(row_of(materials, material)))
            if fingerprint is not None:
                values = self._rows.of_fingerprint(material.material_id, fingerprint)
                await transaction.execute(insert(fingerprints).values(values))
            await append_entry(transaction, note, at=self._clock.now())
            return material

    async def remove_material(self, before: Case, after: Case, material: Material, note: AuditNote) -> bool:
        """Takes a material away (RE-10). False when the case has changed since `before` was read. The case counts it as
        a change, so that of a removal and a submission at once only one wins (F-14).
        """
        async with self._db.transaction() as transaction:
            if not await self._replaced(transaction, before, after):
                return False
            await transaction.execute(_without([material.material_id]))
            await append_entry(transaction, note, at=self._clock.now())
        return True

    async def list_materials(self, case_ids: Sequence[str]) -> Sequence[Material]:
        """The materials of cases, oldest first."""
        statement = select(materials).where(materials.c.case_id.in_(case_ids)).order_by(materials.c.create_time)
        return [from_row(Material, row) for row in await self._db.fetch(statement)]

    async def named_image_keys(self, keys: Sequence[str]) -> frozenset[str]:
        """Those of some keys of images that a material names, and those that are no images of ours."""
        ids = {match[1]: key for key in keys if (match := IMAGE.fullmatch(key))}
        statement = select(materials).where(materials.c.material_id.in_(ids))
        known = {from_row(Material, row).blob_key for row in await self._db.fetch(statement)}
        return frozenset(key for key in keys if key in known or not IMAGE.fullmatch(key))

    async def _locked(self, transaction: AsyncConnection, before: Case) -> bool:
        known = select(cases.c.version).where(cases.c.case_id == before.case_id).with_for_update()
        return bool((await transaction.execute(known)).scalar_one() == before.version)

    async def _replaced(self, transaction: AsyncConnection, before: Case, after: Case) -> bool:
        changed = await transaction.execute(
            update(cases)
            .where(cases.c.case_id == before.case_id, cases.c.version == before.version)
            .values(self._rows.of_case(after))
        )
        return changed.rowcount == 1

    async def _announce(self, transaction: AsyncConnection, case: Case, decision: Decision) -> None:
        event = mapping.case_decided(case, decision)
        destination = mapping.destination_of(case.subject.kind)
        row = chassis_outbox.row(
            destination,
            case.case_id,
            event,
            self._clock.now(),
            event_id=_announcement_id(case),
            available_time=decision.effect_time,
        )
        await transaction.execute(insert(outbox).values(row))


def _announcement_id(case: Case) -> str:
    """The event that says how a case was decided; one decided again after undoing has another version."""
    return derived_id("case decided", case.case_id, str(case.version))


def _without(material_ids: Sequence[str]) -> Delete:
    return delete(materials).where(materials.c.material_id.in_(material_ids))


def _handed_in_with(material: Material) -> Select[Any]:
    return select(materials).where(
        materials.c.case_id == material.case_id, materials.c.submission == material.submission
    )
