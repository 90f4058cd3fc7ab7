"""Bills as they were read, the differences found in them, and the statements drawn up (PA-10)."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any, Final

import asyncpg

from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import Statements, sql
from services.payment.domain.platform_messages import BillLine
from services.payment.domain.reconciliation import (
    TO_DO,
    Action,
    Day,
    Difference,
    DifferenceKind,
    Run,
    Span,
    Statement,
    StatementState,
    Totals,
    finding_of,
)
from services.payment.repository import operator_queue
from services.payment.repository.bill_comparison import COMPARE, HEAL, TOTALS

COMPARING: Final = "120s"
"""A whole day's bill takes longer to compare than a candidate's statements may take."""

_LINE: Final = tuple(field.name for field in fields(BillLine))
_line_values: Final[Callable[[BillLine], tuple[Any, ...]]] = attrgetter(*_LINE)

# Whoever takes over from a run that died forgets what that one has read.
_BEGIN: Final = sql("""
WITH before AS (SELECT running_run_id FROM statements WHERE provider = :provider AND date = :date),
taken AS (
  INSERT INTO statements AS s (provider, date, running_run_id, lease_time)
  VALUES (:provider, :date, :run_id, :lease_time)
  ON CONFLICT (provider, date) DO UPDATE SET running_run_id = :run_id, lease_time = :lease_time, read_count = 0
    WHERE s.running_run_id IS NULL OR s.lease_time <= :now
  RETURNING true),
forgotten AS (DELETE FROM bill_lines b USING before, taken WHERE b.run_id = before.running_run_id)
SELECT count(*) FROM taken
""")
_KEEP: Final = sql("""
UPDATE statements SET read_count = :read_count, lease_time = :lease_time
WHERE provider = :provider AND date = :date AND running_run_id = :run_id RETURNING true
""")
_ABANDON: Final = sql("""
WITH ended AS (
  UPDATE statements SET running_run_id = NULL, lease_time = NULL
  WHERE provider = :provider AND date = :date AND running_run_id = :run_id)
DELETE FROM bill_lines WHERE run_id = :run_id
""")
# The reading before is forgotten with the statement that was drawn up from it.
_FINISH: Final = sql("""
WITH before AS (SELECT run_id FROM statements WHERE provider = :provider AND date = :date),
done AS (
  UPDATE statements SET running_run_id = NULL, lease_time = NULL, run_id = :run_id, state = :state, totals = :totals,
    create_time = :create_time, run_time = :now, key_id = :key_id, signature = :signature, document = :document
  WHERE provider = :provider AND date = :date AND running_run_id = :run_id RETURNING true),
forgotten AS (DELETE FROM bill_lines b USING before, done WHERE b.run_id = before.run_id)
SELECT count(*) FROM done
""")
_RAISED: Final = sql(f"""
WITH noted AS (
  UPDATE differences SET exception_id = :exception_id::uuid, action = :action
  WHERE provider = :provider::text AND date = :date AND kind = :difference_kind AND out_trade_no = :out_trade_no::text
    AND out_refund_no = :out_refund_no)
{operator_queue.RAISE}
""")
_DIFFERENCES: Final = sql("""
SELECT kind, out_trade_no, out_refund_no, order_id::text AS order_id, order_fen, bill_fen, healed, action,
  exception_id::text AS exception_id
FROM differences WHERE provider = :provider AND date = :date AND NOT (healed AND :unhealed)
  AND (:after_trade::text IS NULL OR (out_trade_no, out_refund_no, kind) > (:after_trade, :after_refund, :after_kind))
ORDER BY out_trade_no, out_refund_no, kind LIMIT :size
""")
_KEPT: Final = "provider, date, state, totals, create_time, key_id, signature, document, read_count"
_DRAWN_UP: Final = sql(
    f"SELECT {_KEPT}, false AS running FROM statements WHERE provider = :provider AND date = :date AND state <> ''"
)
_COLUMNS: Final = f"SELECT {_KEPT}, lease_time > :now AS running FROM statements"
_STATEMENT: Final = sql(
    f"{_COLUMNS} WHERE provider = :provider AND date = :date AND (state <> '' OR lease_time > :now)"
)
_STATEMENTS: Final = sql(f"""{_COLUMNS} WHERE (state <> '' OR lease_time > :now)
  AND (:after_date::date IS NULL OR (date, provider) < (:after_date, :after_provider))
ORDER BY date DESC, provider DESC LIMIT :size
""")
_LEFT_BEHIND: Final = sql("SELECT provider, date FROM statements WHERE lease_time <= :now ORDER BY date, provider")
_RUN_SINCE: Final = sql("""
SELECT date FROM statements WHERE provider = :provider AND date = ANY(:dates) AND run_time >= :since
""")


class ReconciliationRepository:
    """Bills, differences and statements in PostgreSQL."""

    def __init__(self, db: Database) -> None:
        self._db = db.hot
        self._transaction = db.hot_transaction

    async def begin_run(self, day: Day, *, now: datetime, lease: timedelta) -> Run | None:
        """Takes the right to reconcile a day; None while somebody else has it."""
        run = Run(new_id(), day)
        return run if await self._db.fetch_value(_BEGIN, **_of(run), now=now, lease_time=now + lease) else None

    async def add_bill_lines(self, run: Run, first: int, lines: Sequence[BillLine]) -> None:
        """Keeps lines of the bill, numbered from `first`."""
        rows = [(run.run_id, number, *_line_values(line)) for number, line in enumerate(lines, first)]
        await self._db.copy_into("bill_lines", ("run_id", "number", *_LINE), rows)

    async def keep_run(self, run: Run, *, read: int, now: datetime, lease: timedelta) -> bool:
        """Says that the run is alive and how many lines it has read; False when somebody else has taken over."""
        return bool(await self._db.fetch_value(_KEEP, **_of(run), read_count=read, lease_time=now + lease))

    async def abandon_run(self, run: Run) -> None:
        """Gives a run up: everything is as it was before it."""
        await self._db.execute(_ABANDON, **_of(run))

    async def compare_bill(self, run: Run, span: Span, *, today: date, now: datetime) -> None:
        """Compares the bill with orders, refunds and receipts. Differences that were known and are gone are healed,
        and their entries of the operator's queue with them.
        """
        comparison = {"provider": run.day.provider, "date": run.day.date, "comparison_id": new_id(), "now": now}
        async with self._at_length() as db:
            await db.execute(COMPARE, **comparison, run_id=run.run_id, begins=span.begins, ends=span.ends, today=today)
            await db.execute(HEAL, **comparison)

    async def list_differences(
        self, day: Day, after: tuple[str, str, str] | None, size: int, *, unhealed: bool = False
    ) -> Sequence[Difference]:
        """The differences of a day after a position, all or what remains; by trade number, refund number and kind."""
        trade, refund, kind = after or (None, None, None)
        rows = await self._db.fetch(
            _DIFFERENCES,
            provider=day.provider,
            date=day.date,
            unhealed=unhealed,
            after_trade=trade,
            after_refund=refund,
            after_kind=kind,
            size=size,
        )
        return [_difference(row) for row in rows]

    async def raise_difference(self, day: Day, difference: Difference, *, now: datetime) -> None:
        """Puts a difference that did not heal into the operator's queue, once."""
        await self._db.execute(
            _RAISED,
            **operator_queue.parameters(finding_of(day, difference), now),
            action=TO_DO[difference.kind].value,
            date=day.date,
            difference_kind=difference.kind.value,
            out_refund_no=difference.out_refund_no,
        )

    async def get_totals(self, run: Run, span: Span) -> Totals:
        """Both sides added up."""
        async with self._at_length() as db:
            row = await db.fetch_one(TOTALS, **_of(run), begins=span.begins, ends=span.ends)
        assert row is not None
        return Totals(**row)

    async def finish_run(self, run: Run, statement: Statement, *, now: datetime) -> bool:
        """Publishes the statement, ends the run, forgets the bill before; False when somebody else has taken over."""
        async with self._at_length() as db:
            done = await db.fetch_value(
                _FINISH,
                **_of(run),
                now=now,
                state=statement.state.value,
                totals=json.dumps(asdict(statement.totals)),
                create_time=statement.create_time,
                key_id=statement.key_id,
                signature=statement.signature,
                document=statement.document,
            )
        return bool(done)

    async def find_statement(self, day: Day, *, now: datetime) -> Statement | None:
        """The statement of a day, or how far its first run is."""
        row = await self._db.fetch_one(_STATEMENT, provider=day.provider, date=day.date, now=now)
        return _statement(row) if row else None

    async def find_drawn_up(self, day: Day) -> Statement | None:
        """The statement last drawn up for a day, whoever is drawing up the next."""
        row = await self._db.fetch_one(_DRAWN_UP, provider=day.provider, date=day.date)
        return _statement(row) if row else None

    async def list_statements(self, after: Day | None, size: int, *, now: datetime) -> Sequence[Statement]:
        """Statements, the newest day first."""
        rows = await self._db.fetch(
            _STATEMENTS,
            now=now,
            after_date=after.date if after else None,
            after_provider=after.provider if after else None,
            size=size,
        )
        return [_statement(row) for row in rows]

    async def list_left_behind(self, *, now: datetime) -> Sequence[Day]:
        """Days whose run has died."""
        return [Day(row["provider"], row["date"]) for row in await self._db.fetch(_LEFT_BEHIND, now=now)]

    async def list_not_run_since(self, days: Sequence[Day], since: datetime) -> Sequence[Day]:
        """Those of one platform's days whose last finished run lies before `since`, or who have none."""
        if not days:
            return []
        dates = [day.date for day in days]
        rows = await self._db.fetch(_RUN_SINCE, provider=days[0].provider, dates=dates, since=since)
        run = {row["date"] for row in rows}
        return [day for day in days if day.date not in run]

    def _at_length(self) -> AbstractAsyncContextManager[Statements]:
        """A transaction whose statements may take their time; nothing of it stays with the connection."""
        return self._transaction(statement_timeout=COMPARING)


def _of(run: Run) -> Mapping[str, Any]:
    return {"provider": run.day.provider, "date": run.day.date, "run_id": run.run_id}


def _statement(row: asyncpg.Record) -> Statement:
    day = Day(row["provider"], row["date"])
    if row["running"]:
        return Statement(day, StatementState.RUNNING, Totals(bill_line_count=row["read_count"]))
    return Statement(
        day=day,
        state=StatementState(row["state"]),
        totals=Totals(**json.loads(row["totals"])),
        create_time=row["create_time"],
        key_id=row["key_id"],
        signature=row["signature"],
        document=row["document"],
    )


def _difference(row: asyncpg.Record) -> Difference:
    known = {
        "kind": DifferenceKind(row["kind"]),
        "order_id": row["order_id"] or "",
        "action": Action(row["action"]) if row["action"] in Action.__members__ else None,
        "exception_id": row["exception_id"] or "",
    }
    return Difference(**{**row, **known})
