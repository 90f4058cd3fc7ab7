"""Sessions that have ended: their selections end in batches, each one statement (EN-8, F-15, PA-12)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.events import outbox
from chassis.ids import derived_id
from chassis.postgres.database import Database
from services.enrollment.domain.selection import SelectionState, VoidReason
from services.enrollment.mapping import messages
from services.enrollment.repository.changes import IDENTITY
from services.enrollment.repository.selections import WITHDRAW_CASE
from services.enrollment.tables import OUTBOX

BATCH: Final = 1000
FIRST: Final = "00000000-0000-0000-0000-000000000000"

_DUE: Final = """
SELECT session_id FROM exam_session
WHERE settle_time IS NULL AND (registration_end <= $1 OR cancel_time IS NOT NULL) ORDER BY session_id
"""
_NEXT: Final = "SELECT min(registration_end) FROM exam_session WHERE registration_end > $1 AND cancel_time IS NULL"
# Rows that somebody holds at this moment are passed over: what becomes of them is decided there, and the next round
# sees it. Two processes that end the same session take different rows.
_END_SOME: Final = text("""
WITH due AS MATERIALIZED (
  SELECT selection_id, candidate_id, CASE state WHEN 'UNDER_REVIEW' THEN review_case_id END AS case_id FROM selection
  WHERE session_id = :session_id AND live AND state = ANY(CAST(:states AS text[]))
    AND selection_id > CAST(:after AS uuid)
  ORDER BY selection_id LIMIT :batch FOR UPDATE SKIP LOCKED
), ended AS (
  UPDATE selection SET state = 'VOID', void_reason = :reason, update_time = :now
  FROM due WHERE selection.selection_id = due.selection_id)
SELECT selection_id::text, candidate_id::text, case_id::text FROM due ORDER BY selection_id
""")
_RESERVED: Final = "SELECT count(*) FROM selection WHERE session_id = $1 AND live AND state = 'RESERVED'"
_SETTLE: Final = """
UPDATE exam_session SET settle_time = $3
WHERE session_id = $1 AND settle_time IS NULL AND (close_time IS NOT NULL OR cancel_time IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM selection WHERE session_id = $1 AND live AND state <> ALL($2::text[]))
RETURNING session_id
"""


class ClosingRepository:
    """Statements about sessions that have ended."""

    def __init__(self, db: Database, *, batch: int = BATCH) -> None:
        self._db = db
        self._batch = batch

    async def due(self, now: datetime) -> Sequence[str]:
        """The sessions whose window is over, or that are cancelled, and that are not settled."""
        return [row["session_id"] for row in await self._db.driver.fetch(_DUE, now)]

    async def next_end(self, now: datetime) -> datetime | None:
        """When the next window ends."""
        end: datetime | None = await self._db.driver.fetchval(_NEXT, now)
        return end

    async def end_some(
        self, session_id: str, states: Sequence[SelectionState], reason: VoidReason, now: datetime, *, after: str
    ) -> Sequence[str]:
        """Ends one batch behind the id `after`; the answer holds the ids in order, none when there are no more.

        In the same transaction review cases about them are withdrawn, and with a cancelled session the candidates are
        told (PA-12).
        """
        values = {
            "session_id": session_id,
            "states": [state.value for state in states],
            "after": after or FIRST,
            "batch": self._batch,
            "reason": reason.value,
            "now": now,
        }
        async with self._db.transaction() as connection:
            ended = (await connection.execute(_END_SOME, values)).all()
            await _withdraw(connection, [row.case_id for row in ended if row.case_id], now)
            if reason is VoidReason.SESSION_CANCELLED:
                await _tell(connection, session_id, {row.candidate_id for row in ended}, now)
        return [row.selection_id for row in ended]

    async def reserved(self, session_id: str) -> int:
        """How many selections of a session wait for the fate of their order."""
        count: int = await self._db.driver.fetchval(_RESERVED, session_id)
        return count

    async def settle(self, session_id: str, lasting: Sequence[SelectionState], now: datetime) -> bool:
        """Notes that an ended session is settled, when no live selection is in another state than these."""
        states = [state.value for state in lasting]
        return await self._db.driver.fetchval(_SETTLE, session_id, states, now) is not None


async def _withdraw(connection: AsyncConnection, case_ids: Collection[str], now: datetime) -> None:
    """Nobody needs to decide on a practice course of a session that is over."""
    noted = [outbox.row(WITHDRAW_CASE, case_id, messages.case_to_withdraw(case_id), now) for case_id in case_ids]
    if noted:
        await connection.execute(insert(OUTBOX), noted)


async def _tell(connection: AsyncConnection, session_id: str, candidate_ids: Collection[str], now: datetime) -> None:
    """The id of the event is derived: whose selections end in several batches is told once."""
    told = [
        outbox.row(
            IDENTITY,
            candidate_id,
            messages.session_cancelled(candidate_id, session_id),
            now,
            event_id=derived_id("session cancelled", session_id, candidate_id),
        )
        for candidate_id in sorted(candidate_ids)
    ]
    if told:
        await connection.execute(insert(OUTBOX).on_conflict_do_nothing(), told)
