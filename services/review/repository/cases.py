"""The port `Cases` on PostgreSQL: every change with its version in the WHERE, its announcement and its audit entry
beside it.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, case, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import Clock
from chassis.errors import NotFound
from chassis.events import outbox as chassis_outbox
from chassis.postgres.database import Database
from chassis.security.encryption import FieldCipher
from services.review import mapping
from services.review.domain.audit import Entry, Note
from services.review.domain.case import Case, CaseState, Decision
from services.review.domain.likeness import Print
from services.review.domain.materials import Material, require_room
from services.review.domain.reasons import Verdict
from services.review.ports import DayFigures, ExportedDecision, Figures, QueueFilter
from services.review.repository import audit, rows
from services.review.tables import audit_entries, cases, decisions, materials, outbox, prints, second_reviews

_UUID: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
IMAGE: Final = re.compile(f"{_UUID}/({_UUID})")
QUEUED: Final = (CaseState.WAITING.value, CaseState.CLAIMED.value)
OF_DECISION: Final = and_(
    second_reviews.c.case_id == decisions.c.case_id, second_reviews.c.submission == decisions.c.submission
)


class CaseRepository:
    """Cases in PostgreSQL. `wake` is called after an announcement was written."""

    def __init__(self, db: Database, cipher: FieldCipher, clock: Clock, wake: Callable[[], None]) -> None:
        self._db = db
        self._rows = rows.Rows(cipher)
        self._clock = clock
        self._wake = wake

    async def get(self, case_id: str) -> Case:
        """As the port says."""
        row = await self._db.fetch_one(select(cases).where(cases.c.case_id == case_id))
        if row is None:
            raise NotFound()
        return self._rows.case(row)

    async def open(self, case: Case, note: Note) -> Case:
        """As the port says."""
        async with self._db.transaction() as transaction:
            values = self._rows.of_case(case)
            added = await transaction.execute(
                upsert(cases).values(values).on_conflict_do_nothing().returning(cases.c.case_id)
            )
            if added.one_or_none() is not None:
                await audit.append(transaction, note, at=self._clock.now())
                return case
        return await self.get(case.case_id)

    async def replace(self, before: Case, after: Case, note: Note, decision: Decision | None = None) -> bool:
        """As the port says."""
        async with self._db.transaction() as transaction:
            if not await self._replaced(transaction, before, after):
                return False
            if decision is not None:
                await transaction.execute(insert(decisions).values(self._rows.of_decision(decision)))
                await self._announce(transaction, after, decision)
            await audit.append(transaction, note, at=self._clock.now())
        if decision is not None:
            self._wake()
        return True

    async def add_material(
        self, before: Case, material: Material, known_by: Print | None, note: Note
    ) -> Material | None:
        """As the port says."""
        async with self._db.transaction() as transaction:
            # The case's row is locked, so that a submission and an upload never both win (F-14), nor two for the last
            # place (RE-3).
            known = select(cases.c.version).where(cases.c.case_id == before.case_id).with_for_update()
            if (await transaction.execute(known)).scalar_one() != before.version:
                return None
            same = (await transaction.execute(_same(material))).one_or_none()
            if same is not None:
                return rows.material(same)
            require_room((await transaction.execute(_handed_in_with(material))).scalar_one())
            await transaction.execute(insert(materials).values(rows.of_material(material)))
            if known_by is not None:
                await transaction.execute(insert(prints).values(self._rows.of_print(material.material_id, known_by)))
            await audit.append(transaction, note, at=self._clock.now())
            return material

    async def materials(self, case_ids: Sequence[str]) -> Sequence[Material]:
        """As the port says."""
        statement = select(materials).where(materials.c.case_id.in_(case_ids)).order_by(materials.c.create_time)
        return [rows.material(row) for row in await self._db.fetch(statement)]

    async def named(self, keys: Sequence[str]) -> frozenset[str]:
        """Those of some keys of images that a material names, and those that are no images of ours."""
        ids = {match[1]: key for key in keys if (match := IMAGE.fullmatch(key))}
        statement = select(materials).where(materials.c.material_id.in_(ids))
        known = {rows.material(row).blob_key for row in await self._db.fetch(statement)}
        return frozenset(key for key in keys if key in known or not IMAGE.fullmatch(key))

    async def decisions(self, case_ids: Sequence[str]) -> Sequence[Decision]:
        """As the port says."""
        statement = select(decisions).where(decisions.c.case_id.in_(case_ids)).order_by(decisions.c.submission)
        return [self._rows.decision(row) for row in await self._db.fetch(statement)]

    async def note(self, note: Note) -> None:
        """As the port says."""
        async with self._db.transaction() as transaction:
            await audit.append(transaction, note, at=self._clock.now())

    async def queue(self, wanted: QueueFilter, *, after: tuple[datetime, str] | None, size: int) -> Sequence[Case]:
        """As the port says."""
        found = await self._db.fetch(_page(wanted, after, self._clock.now()).limit(size))
        return [self._rows.case(row) for row in found]

    async def of_candidate(self, candidate_id: str) -> Sequence[Case]:
        """As the port says."""
        statement = select(cases).where(cases.c.candidate_id == candidate_id).order_by(cases.c.create_time.desc())
        return [self._rows.case(row) for row in await self._db.fetch(statement)]

    async def figures(self, organisation: str, *, now: datetime, since: datetime) -> Figures:
        """As the port says."""
        queue = await self._db.fetch_one(_queue_figures(organisation, now))
        days = await self._db.fetch(_day_figures(organisation, since))
        sample = await self._db.fetch_one(_sample_figures(organisation, since))
        assert queue is not None
        assert sample is not None
        counted = tuple(DayFigures(*tuple(day)) for day in days)
        return Figures(**queue._mapping, **sample._mapping, days=counted)

    async def decided(
        self, organisation: str, *, since: datetime, until: datetime, most: int
    ) -> Sequence[ExportedDecision]:
        """As the port says."""
        found = await self._db.fetch(_exported(organisation, since, until).limit(most))
        return [ExportedDecision(**row._mapping) for row in found]

    async def entries(self, case_id: str, *, since: datetime | None, after: int, size: int) -> Sequence[Entry]:
        """As the port says."""
        statement = select(audit_entries).where(audit_entries.c.number > after)
        if case_id:
            statement = statement.where(audit_entries.c.case_id == case_id)
        if since is not None:
            statement = statement.where(audit_entries.c.create_time >= since)
        return [rows.entry(row) for row in await self._db.fetch(statement.order_by(audit_entries.c.number).limit(size))]

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
        await chassis_outbox.add(transaction, outbox, destination, case.case_id, event, self._clock)


def _same(material: Material) -> Select[Any]:
    return select(materials).where(
        materials.c.case_id == material.case_id,
        materials.c.submission == material.submission,
        materials.c.kind == material.kind.value,
        materials.c.digest == material.digest,
    )


def _handed_in_with(material: Material) -> Select[int]:
    return select(func.count()).where(
        materials.c.case_id == material.case_id, materials.c.submission == material.submission
    )


def _page(wanted: QueueFilter, after: tuple[datetime, str] | None, now: datetime) -> Select[Any]:
    statement = select(cases).where(cases.c.organisation == wanted.organisation)
    if wanted.kind is not None:
        statement = statement.where(cases.c.kind == wanted.kind.value)
    if wanted.claimed_by:
        statement = statement.where(cases.c.claimed_by == wanted.claimed_by, cases.c.claim_expire_time > now)
    if wanted.state in (None, CaseState.WAITING, CaseState.CLAIMED):
        statement = statement.where(_in_queue(wanted.state, now))
        if after is not None:
            statement = statement.where(tuple_(cases.c.deadline, cases.c.case_id) > _position(after))
        return statement.order_by(cases.c.deadline, cases.c.case_id)
    statement = statement.where(cases.c.state == wanted.state.value)
    if after is not None:
        statement = statement.where(tuple_(cases.c.update_time, cases.c.case_id) < _position(after))
    return statement.order_by(cases.c.update_time.desc(), cases.c.case_id.desc())


def _position(after: tuple[datetime, str]) -> Any:
    """Typed as the columns are: PostgreSQL compares no uuid with text."""
    return tuple_(literal(after[0], cases.c.deadline.type), literal(after[1], cases.c.case_id.type))


def _in_queue(state: CaseState | None, now: datetime) -> Any:
    """A claim that has lapsed counts as waiting."""
    held = and_(cases.c.state == CaseState.CLAIMED.value, cases.c.claim_expire_time > now)
    if state is CaseState.CLAIMED:
        return held
    lapsed = and_(cases.c.state == CaseState.CLAIMED.value, cases.c.claim_expire_time <= now)
    if state is CaseState.WAITING:
        return or_(cases.c.state == CaseState.WAITING.value, lapsed)
    return cases.c.state.in_(QUEUED)


def _queue_figures(organisation: str, now: datetime) -> Select[int, int, int, Any]:
    waiting, held = _in_queue(CaseState.WAITING, now), _in_queue(CaseState.CLAIMED, now)
    return select(
        func.count().filter(waiting).label("waiting"),
        func.count().filter(held).label("claimed"),
        func.count().filter(cases.c.deadline < now).label("overdue"),
        func.min(cases.c.submit_time).filter(waiting).label("oldest_submit_time"),
    ).where(cases.c.organisation == organisation, cases.c.state.in_(QUEUED))


def _day_figures(organisation: str, since: datetime) -> Select[Any]:
    day = func.to_char(func.timezone("Asia/Shanghai", decisions.c.decide_time), "YYYY-MM-DD").label("day")
    counts = [func.sum(case((decisions.c.verdict == verdict.value, 1), else_=0)) for verdict in Verdict]
    return (
        select(day, *counts)
        .join(cases, cases.c.case_id == decisions.c.case_id)
        .where(cases.c.organisation == organisation, decisions.c.decide_time >= since)
        .group_by(day)
        .order_by(day.desc())
    )


def _sample_figures(organisation: str, since: datetime) -> Select[int, int]:
    alike = second_reviews.c.verdict == decisions.c.verdict
    return (
        select(func.count().label("double_reviewed"), func.count().filter(alike).label("agreed"))
        .select_from(second_reviews)
        .join(decisions, OF_DECISION)
        .join(cases, cases.c.case_id == decisions.c.case_id)
        .where(cases.c.organisation == organisation, decisions.c.decide_time >= since)
    )


def _exported(organisation: str, since: datetime, until: datetime) -> Select[Any]:
    names = ("case_id", "submission", "verdict", "reviewer_id", "decide_time")
    return (
        select(
            cases.c.kind,
            cases.c.candidate_id,
            *(decisions.c[name] for name in names),
            func.coalesce(decisions.c.reason, "").label("reason"),
            func.coalesce(second_reviews.c.verdict, "").label("second_verdict"),
        )
        .select_from(decisions)
        .join(cases, cases.c.case_id == decisions.c.case_id)
        .outerjoin(second_reviews, OF_DECISION)
        .where(
            cases.c.organisation == organisation,
            decisions.c.decide_time >= since,
            decisions.c.decide_time < until,
        )
        .order_by(decisions.c.decide_time, decisions.c.case_id)
    )
