"""The operator's queue, and the fragments of statements that put something in or take it out."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, select, update

from chassis.audit_log.entries import append_entry
from chassis.audit_log.notes import AuditNote
from chassis.clock import Clock
from chassis.errors import NotFound
from chassis.ids import derived_id
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from chassis.postgres.keyset_pages import rows_after
from chassis.postgres.rows import from_row
from chassis.process.shared_answers import SharedAnswers
from services.payment.domain.operator_queue import (
    SYSTEM,
    Detail,
    ExceptionAges,
    ExceptionFilter,
    ExceptionKind,
    ExceptionState,
    Finding,
    QueueEntry,
    Resolution,
    SettlementFigures,
    key_of,
)
from services.payment.tables import exceptions, orders

DAY: Final = timedelta(days=1)
COUNTED_EVERY: Final = timedelta(seconds=5)
"""However many operators watch (OP-4)."""

RAISE: Final = """
INSERT INTO exceptions AS e (exception_id, key, kind, order_id, provider, out_trade_no, expected_fen, found_fen, detail,
                             facts, create_time, last_time)
VALUES (:exception_id::uuid, :key::text, :kind::text, :exception_order_id::uuid, :provider::text, :out_trade_no::text,
        :expected_fen::bigint, :found_fen::bigint, :detail::text, :facts::jsonb, :now::timestamptz, :now::timestamptz)
ON CONFLICT (key) DO UPDATE SET occurrence_count = e.occurrence_count + 1, state = 'OPEN',
  last_time = excluded.last_time, found_fen = excluded.found_fen, detail = excluded.detail, facts = excluded.facts,
  version = e.version + 1
"""
"""A fragment that raises something; its parameters are those of `parameters`."""

HEAL: Final = f"""
UPDATE exceptions SET state = 'RESOLVED', resolved_by = '{SYSTEM}', resolution_note = '{Resolution.HEALED.value}',
  resolve_time = :now::timestamptz, version = version + 1
WHERE key = :healed_key::text AND state = 'OPEN'
"""
"""A fragment that takes out, at `:now`, the entry that is counted by `:healed_key`."""

_AGES: Final = sql("""
SELECT kind, count(*) FILTER (WHERE create_time > :day_ago) AS under_a_day,
  count(*) FILTER (WHERE create_time <= :day_ago AND create_time > :three_days_ago) AS under_three_days,
  count(*) FILTER (WHERE create_time <= :three_days_ago) AS longer, min(create_time) AS oldest_create_time
FROM exceptions WHERE state = 'OPEN' GROUP BY kind ORDER BY min(create_time)
""")
# Live orders are those that have a due time, and it has an index of its own.
_AWAITING: Final = sql("""
SELECT count(*) AS awaiting_payment, COALESCE(sum(total_fen), 0)::bigint AS awaiting_payment_fen
FROM orders WHERE due_time IS NOT NULL
""")
_ENTRIES: Final = select(
    exceptions, orders.c.candidate_id, orders.c.paid_time.is_not(None).label("order_paid")
).outerjoin(orders, orders.c.order_id == exceptions.c.order_id)

_ADD: Final = sql(RAISE)
_HEAL: Final = sql(HEAL)


def parameters(finding: Finding, now: datetime) -> Mapping[str, Any]:
    """A finding as the named parameters of `RAISE`."""
    return {
        "exception_id": derived_id("exception", finding.key),
        "key": finding.key,
        "kind": finding.kind.value,
        "exception_order_id": finding.order_id or None,
        "provider": finding.provider,
        "out_trade_no": finding.out_trade_no,
        "expected_fen": finding.expected_fen,
        "found_fen": finding.found_fen,
        "detail": finding.detail.value if finding.detail else "",
        "facts": json.dumps(dict(finding.facts)),
        "now": now,
    }


class OperatorQueueRepository:
    """The operator's queue in PostgreSQL."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._figures: SharedAnswers[SettlementFigures] = SharedAnswers(clock, COUNTED_EVERY)

    async def count_unsettled(self) -> SettlementFigures:
        """What of the money is not settled; up to some seconds old."""
        return await self._figures.get(None, self._count)

    async def _count(self) -> SettlementFigures:
        now = self._clock.now()
        ages = await self._db.hot.fetch(_AGES, day_ago=now - DAY, three_days_ago=now - 3 * DAY)
        awaiting = await self._db.hot.fetch_one(_AWAITING)
        assert awaiting is not None
        known = [from_row(ExceptionAges, row, kind=ExceptionKind(row["kind"])) for row in ages]
        return SettlementFigures(**awaiting, exceptions=tuple(known))

    async def add_finding(self, finding: Finding, *, now: datetime) -> None:
        """Raises something; seen again, the entry counts on and opens again."""
        await self._db.hot.execute(_ADD, **parameters(finding, now))

    async def resolve_by_rule(self, order_id: str, kind: ExceptionKind, how: Resolution, *, now: datetime) -> None:
        """Marks what waits about an order as dealt with: a rule has settled it after all."""
        waits = update(exceptions).where(
            exceptions.c.order_id == order_id,
            exceptions.c.kind == kind.value,
            exceptions.c.state == ExceptionState.OPEN.value,
        )
        resolved = {"state": ExceptionState.RESOLVED.value, "resolved_by": SYSTEM, "resolution_note": how.value}
        await self._db.execute(waits.values(**resolved, resolve_time=now, version=exceptions.c.version + 1))

    async def heal_finding(self, kind: ExceptionKind, about: str, *, now: datetime) -> None:
        """Takes an entry out that needs nobody any more."""
        await self._db.hot.execute(_HEAL, healed_key=key_of(kind, about), now=now)

    async def get_entry(self, exception_id: str) -> QueueEntry:
        """The entry. Raises NotFound."""
        row = await self._db.fetch_one(_ENTRIES.where(exceptions.c.exception_id == exception_id))
        if row is None:
            raise NotFound()
        return _entry_from(row)

    async def list_entries(
        self, wanted: ExceptionFilter, after: tuple[datetime, str] | None, size: int
    ) -> Sequence[QueueEntry]:
        """Entries, oldest first, after a position."""
        statement = _ENTRIES.where(exceptions.c.state == wanted.state.value)
        if wanted.kind is not None:
            statement = statement.where(exceptions.c.kind == wanted.kind.value)
        if wanted.order_id:
            statement = statement.where(exceptions.c.order_id == wanted.order_id)
        order = exceptions.c.create_time, exceptions.c.exception_id
        page = statement.where(rows_after(after, *order)).order_by(*order).limit(size)
        rows = await self._db.fetch(page)
        return [_entry_from(row) for row in rows]

    async def resolve_entry(self, entry: QueueEntry, *, by: str, noted: AuditNote, now: datetime) -> bool:
        """Marks an entry as dealt with, for the reason that is noted in the audit log too; False when it has changed
        since it was read.
        """
        resolved = (
            update(exceptions)
            .where(exceptions.c.exception_id == entry.exception_id, exceptions.c.version == entry.version)
            .values(
                state=ExceptionState.RESOLVED.value,
                resolved_by=by,
                resolution_note=noted.reason,
                resolve_time=now,
                version=entry.version + 1,
            )
        )
        async with self._db.transaction() as transaction:
            if (await transaction.execute(resolved)).rowcount != 1:
                return False
            await append_entry(transaction, noted, at=now)
        return True


def _entry_from(row: Row[Any]) -> QueueEntry:
    columns = dict(row._mapping)
    known = {
        "about": columns.pop("key").partition(":")[2],
        "kind": ExceptionKind(row.kind),
        "order_id": row.order_id or "",
        "candidate_id": row.candidate_id or "",
        "order_paid": row.order_paid or False,
        "detail": Detail(row.detail) if row.detail in Detail.__members__ else None,
        "state": ExceptionState(row.state),
    }
    return QueueEntry(**{**columns, **known})
