"""Sessions that have ended: their selections end in batches, each one statement (EN-8, F-15, PA-12)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chassis.db import Database
from services.enrollment.domain.selection import SelectionState, VoidReason

BATCH: Final = 1000
FIRST: Final = "00000000-0000-0000-0000-000000000000"

_DUE: Final = """
SELECT session_id FROM exam_session
WHERE settle_time IS NULL AND (registration_end <= $1 OR cancel_time IS NOT NULL) ORDER BY session_id
"""
_NEXT: Final = "SELECT min(registration_end) FROM exam_session WHERE registration_end > $1 AND cancel_time IS NULL"
# Rows that somebody holds at this moment are passed over: what becomes of them is decided there, and the next round
# sees it. Two processes that end the same session take different rows.
_END_SOME: Final = """
WITH due AS MATERIALIZED (
  SELECT selection_id FROM selection
  WHERE session_id = $1 AND live AND state = ANY($2::text[]) AND selection_id > $3::uuid
  ORDER BY selection_id LIMIT $4 FOR UPDATE SKIP LOCKED
), ended AS (
  UPDATE selection SET state = 'VOID', void_reason = $5, update_time = $6
  FROM due WHERE selection.selection_id = due.selection_id)
SELECT selection_id::text FROM due ORDER BY selection_id
"""
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
        """Ends one batch behind the id `after`; the answer holds the ids in order, none when there are no more."""
        wanted = [state.value for state in states]
        values = session_id, wanted, after or FIRST, self._batch, reason.value, now
        return [row["selection_id"] for row in await self._db.driver.fetch(_END_SOME, *values)]

    async def reserved(self, session_id: str) -> int:
        """How many selections of a session wait for the fate of their order."""
        count: int = await self._db.driver.fetchval(_RESERVED, session_id)
        return count

    async def settle(self, session_id: str, lasting: Sequence[SelectionState], now: datetime) -> bool:
        """Notes that an ended session is settled, when no live selection is in another state than these."""
        states = [state.value for state in lasting]
        return await self._db.driver.fetchval(_SETTLE, session_id, states, now) is not None
