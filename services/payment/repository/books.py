"""Bills as they were read, the differences found in them, and the statements drawn up (PA-10)."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Final

import asyncpg

from chassis.ids import new_id
from chassis.postgres.database import Database
from services.payment.domain.reconciling import (
    TO_DO,
    Action,
    Day,
    Difference,
    DifferenceKind,
    Span,
    Statement,
    StatementState,
    Totals,
    finding_of,
)
from services.payment.ports import BillLine
from services.payment.ports.reconciling import Run
from services.payment.repository.comparing import COMPARE, HEAL, TOTALS
from services.payment.repository.rows import finding_values, raise_finding

COMPARING_SECONDS: Final = 120.0
"""A whole day's bill takes longer to compare than a candidate's statements may take."""

LINE_COLUMNS: Final = (
    "run_id",
    "number",
    "time",
    "kind",
    "out_trade_no",
    "platform_trade_no",
    "out_refund_no",
    "amount_fen",
)

# Whoever takes over from a run that died forgets what that one has read.
_BEGIN: Final = """
WITH before AS (SELECT running_run_id FROM statements WHERE provider = $1 AND date = $2),
taken AS (
  INSERT INTO statements AS s (provider, date, running_run_id, lease_time) VALUES ($1, $2, $3, $5)
  ON CONFLICT (provider, date) DO UPDATE SET running_run_id = $3, lease_time = $5, read_count = 0
    WHERE s.running_run_id IS NULL OR s.lease_time <= $4
  RETURNING true),
forgotten AS (DELETE FROM bill_lines b USING before, taken WHERE b.run_id = before.running_run_id)
SELECT count(*) FROM taken
"""
_KEEP: Final = """
UPDATE statements SET read_count = $4, lease_time = $5
WHERE provider = $1 AND date = $2 AND running_run_id = $3 RETURNING true
"""
_ABANDON: Final = """
WITH ended AS (
  UPDATE statements SET running_run_id = NULL, lease_time = NULL
  WHERE provider = $1 AND date = $2 AND running_run_id = $3)
DELETE FROM bill_lines WHERE run_id = $3
"""
# The reading before is forgotten with the statement that was drawn up from it.
_FINISH: Final = """
WITH before AS (SELECT run_id FROM statements WHERE provider = $1 AND date = $2),
done AS (
  UPDATE statements SET running_run_id = NULL, lease_time = NULL, run_id = $3, state = $4, totals = $5,
    create_time = $6, run_time = $7, key_id = $8, signature = $9, document = $10
  WHERE provider = $1 AND date = $2 AND running_run_id = $3 RETURNING true),
forgotten AS (DELETE FROM bill_lines b USING before, done WHERE b.run_id = before.run_id)
SELECT count(*) FROM done
"""
_RAISED: Final = f"""
WITH noted AS (
  UPDATE differences SET exception_id = $12, action = $13
  WHERE provider = $14 AND date = $15 AND kind = $16 AND out_trade_no = $6 AND out_refund_no = $17)
{raise_finding(1)}
"""
_DIFFERENCE: Final = """
SELECT kind, out_trade_no, out_refund_no, order_id::text AS order_id, order_fen, bill_fen, healed, action,
  exception_id::text AS exception_id
FROM differences WHERE provider = $1 AND date = $2
"""
_UNHEALED: Final = f"""{_DIFFERENCE} AND NOT healed
  AND ($3::text IS NULL OR (kind, out_trade_no, out_refund_no) > ($3, $4, $5))
ORDER BY kind, out_trade_no, out_refund_no LIMIT $6
"""
_DIFFERENCES: Final = f"""{_DIFFERENCE}
  AND ($3::text IS NULL OR (out_trade_no, out_refund_no, kind) > ($3, $4, $5))
ORDER BY out_trade_no, out_refund_no, kind LIMIT $6
"""
_KEPT: Final = "provider, date, state, totals, create_time, key_id, signature, document, read_count"
_DRAWN: Final = f"SELECT {_KEPT}, false AS running FROM statements WHERE provider = $1 AND date = $2 AND state <> ''"
_COLUMNS: Final = f"SELECT {_KEPT}, lease_time > $1 AS running FROM statements"
_STATEMENT: Final = f"{_COLUMNS} WHERE provider = $2 AND date = $3 AND (state <> '' OR lease_time > $1)"
_STATEMENTS: Final = f"""{_COLUMNS} WHERE (state <> '' OR lease_time > $1)
  AND ($2::date IS NULL OR (date, provider) < ($2, $3)) ORDER BY date DESC, provider DESC LIMIT $4
"""
_LEFT_BEHIND: Final = "SELECT provider, date FROM statements WHERE lease_time <= $1 ORDER BY date, provider"
_RUN_SINCE: Final = "SELECT date FROM statements WHERE provider = $1 AND date = ANY($2) AND run_time >= $3"


class BookRepository:
    """Adapter for the port `Books`."""

    def __init__(self, db: Database) -> None:
        self._db = db.driver

    async def begin(self, day: Day, *, now: datetime, lease: timedelta) -> Run | None:
        """As the port says."""
        run = Run(new_id(), day)
        taken = await self._db.fetchval(_BEGIN, day.provider, day.date, run.run_id, now, now + lease)
        return run if taken else None

    async def write_lines(self, run: Run, first: int, lines: Sequence[BillLine]) -> None:
        """As the port says."""
        records = [_record(run, number, line) for number, line in enumerate(lines, first)]
        await self._db.copy_records_to_table("bill_lines", records=records, columns=LINE_COLUMNS)

    async def keep(self, run: Run, *, read: int, now: datetime, lease: timedelta) -> bool:
        """As the port says."""
        return bool(await self._db.fetchval(_KEEP, run.day.provider, run.day.date, run.run_id, read, now + lease))

    async def abandon(self, run: Run) -> None:
        """As the port says."""
        await self._db.execute(_ABANDON, run.day.provider, run.day.date, run.run_id)

    async def compare(self, run: Run, span: Span, *, today: date, now: datetime) -> None:
        """As the port says."""
        day, comparison = (run.day.provider, run.day.date), new_id()
        async with self._at_length() as connection:
            await connection.execute(COMPARE, run.run_id, *day, span.begins, span.ends, now, today, comparison)
            await connection.execute(HEAL, comparison, *day, now)

    async def unhealed(self, day: Day, after: tuple[str, str, str] | None, limit: int) -> list[Difference]:
        """As the port says."""
        return await self._differences(_UNHEALED, day, after, limit)

    async def raised(self, day: Day, difference: Difference, *, now: datetime) -> None:
        """As the port says."""
        values = finding_values(finding_of(day, difference), now)
        await self._db.execute(
            _RAISED,
            *values,
            values[0],
            TO_DO[difference.kind].value,
            day.provider,
            day.date,
            difference.kind.value,
            difference.out_refund_no,
        )

    async def totals(self, run: Run, span: Span) -> Totals:
        """As the port says."""
        async with self._at_length() as connection:
            row = await connection.fetchrow(TOTALS, run.run_id, run.day.provider, run.day.date, span.begins, span.ends)
        return Totals(**row)

    async def finish(self, run: Run, statement: Statement, *, now: datetime) -> bool:
        """As the port says."""
        totals = json.dumps(asdict(statement.totals))
        signed = (statement.key_id, statement.signature, statement.document)
        async with self._at_length() as connection:
            done = await connection.fetchval(
                _FINISH,
                run.day.provider,
                run.day.date,
                run.run_id,
                statement.state.value,
                totals,
                statement.create_time,
                now,
                *signed,
            )
        return bool(done)

    async def statement(self, day: Day, *, now: datetime) -> Statement | None:
        """As the port says."""
        row = await self._db.fetchrow(_STATEMENT, now, day.provider, day.date)
        return _statement(row) if row else None

    async def drawn(self, day: Day) -> Statement | None:
        """As the port says."""
        row = await self._db.fetchrow(_DRAWN, day.provider, day.date)
        return _statement(row) if row else None

    async def statements(self, after: Day | None, limit: int, *, now: datetime) -> list[Statement]:
        """As the port says."""
        position = (after.date, after.provider) if after else (None, None)
        return [_statement(row) for row in await self._db.fetch(_STATEMENTS, now, *position, limit)]

    async def differences(self, day: Day, after: tuple[str, str, str] | None, limit: int) -> list[Difference]:
        """As the port says."""
        return await self._differences(_DIFFERENCES, day, after, limit)

    async def left_behind(self, *, now: datetime) -> list[Day]:
        """As the port says."""
        return [Day(row["provider"], row["date"]) for row in await self._db.fetch(_LEFT_BEHIND, now)]

    async def not_run_since(self, days: Sequence[Day], since: datetime) -> list[Day]:
        """As the port says."""
        if not days:
            return []
        rows = await self._db.fetch(_RUN_SINCE, days[0].provider, [day.date for day in days], since)
        run = {row["date"] for row in rows}
        return [day for day in days if day.date not in run]

    async def _differences(
        self, statement: str, day: Day, after: tuple[str, str, str] | None, limit: int
    ) -> list[Difference]:
        position = after or (None, None, None)
        return [_difference(row) for row in await self._db.fetch(statement, day.provider, day.date, *position, limit)]

    @asynccontextmanager
    async def _at_length(self) -> AsyncIterator[Any]:
        """A transaction whose statements may take their time; nothing of it stays with the connection."""
        async with self._db.acquire() as connection, connection.transaction():
            await connection.execute(f"SET LOCAL statement_timeout = '{int(COMPARING_SECONDS)}s'")
            yield connection


def _record(run: Run, number: int, line: BillLine) -> tuple[Any, ...]:
    names = (line.out_trade_no, line.platform_trade_no, line.out_refund_no)
    return (run.run_id, number, line.time, line.kind, *names, line.amount_fen)


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
    return Difference(
        kind=DifferenceKind(row["kind"]),
        out_trade_no=row["out_trade_no"],
        out_refund_no=row["out_refund_no"],
        order_id=row["order_id"] or "",
        order_fen=row["order_fen"],
        bill_fen=row["bill_fen"],
        healed=row["healed"],
        action=Action(row["action"]) if row["action"] in Action.__members__ else None,
        exception_id=row["exception_id"] or "",
    )
