"""Sessions that have ended: their selections end in batches, each one statement (EN-8, F-15, PA-12)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import and_, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.events import outbox as chassis_outbox
from chassis.ids import derived_id
from chassis.postgres.database import Database
from services.enrollment.domain.selections import SelectionState, VoidReason
from services.enrollment.mapping import peer_messages
from services.enrollment.repository.outbox_destinations import IDENTITY, WITHDRAW_CASE
from services.enrollment.tables import exam_sessions, outbox, selections

BATCH: Final = 1000
FIRST: Final = "00000000-0000-0000-0000-000000000000"

# Rows that somebody holds at this moment are passed over: what becomes of them is decided there, and the next round
# sees it. Two processes that end the same session take different rows.
_END_BATCH: Final = text("""
WITH due AS MATERIALIZED (
  SELECT selection_id, candidate_id, CASE state WHEN 'UNDER_REVIEW' THEN review_case_id END AS case_id FROM selections
  WHERE session_id = :session_id AND live AND state = ANY(CAST(:states AS text[]))
    AND selection_id > CAST(:after AS uuid)
  ORDER BY selection_id LIMIT :batch FOR UPDATE SKIP LOCKED
), ended AS (
  UPDATE selections SET state = 'VOID', void_reason = :reason, update_time = :now
  FROM due WHERE selections.selection_id = due.selection_id)
SELECT CAST(selection_id AS text), CAST(candidate_id AS text), CAST(case_id AS text) FROM due ORDER BY selection_id
""")


class SessionEndRepository:
    """Sessions that have ended, and the selections that end with them."""

    def __init__(self, db: Database, *, batch: int = BATCH) -> None:
        self._db = db
        self._batch = batch

    async def list_unsettled_sessions(self, now: datetime) -> Sequence[str]:
        """The sessions whose window is over, or that are cancelled, and that are not settled."""
        ended = or_(exam_sessions.c.registration_end <= now, exam_sessions.c.cancel_time.is_not(None))
        statement = select(exam_sessions.c.session_id).where(exam_sessions.c.settle_time.is_(None), ended)
        return [row.session_id for row in await self._db.fetch(statement.order_by(exam_sessions.c.session_id))]

    async def get_next_end(self, now: datetime) -> datetime | None:
        """When the next window ends."""
        to_come = exam_sessions.c.registration_end > now, exam_sessions.c.cancel_time.is_(None)
        (row,) = await self._db.fetch(select(func.min(exam_sessions.c.registration_end).label("end")).where(*to_come))
        end: datetime | None = row.end
        return end

    async def end_batch(
        self, session_id: str, states: Sequence[SelectionState], reason: VoidReason, now: datetime, *, after: str
    ) -> Sequence[str]:
        """Ends one batch of a session's selections in these states, behind the id `after`.

        The answer holds their ids in order, none when there are no more. In the same transaction review cases about
        them are withdrawn, and with a cancelled session the candidates are told (PA-12).
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
            ended = (await connection.execute(_END_BATCH, values)).all()
            await _withdraw(connection, [row.case_id for row in ended if row.case_id], now)
            if reason is VoidReason.SESSION_CANCELLED:
                await _tell(connection, session_id, {row.candidate_id for row in ended}, now)
        return [row.selection_id for row in ended]

    async def count_reserved(self, session_id: str) -> int:
        """How many selections of a session wait for the fate of their order."""
        reserved = selections.c.session_id == session_id, selections.c.state == SelectionState.RESERVED.value
        (row,) = await self._db.fetch(select(func.count().label("reserved")).where(*reserved, selections.c.live))
        count: int = row.reserved
        return count

    async def settle_session(self, session_id: str, lasting: Sequence[SelectionState], now: datetime) -> bool:
        """Notes that an ended session is settled, when no live selection is in another state than these."""
        passing = selections.c.state.not_in([state.value for state in lasting])
        left = exists().where(and_(selections.c.session_id == session_id, selections.c.live, passing))
        statement = (
            update(exam_sessions)
            .where(
                exam_sessions.c.session_id == session_id,
                exam_sessions.c.settle_time.is_(None),
                or_(exam_sessions.c.close_time.is_not(None), exam_sessions.c.cancel_time.is_not(None)),
                ~left,
            )
            .values(settle_time=now)
        )
        return bool(await self._db.execute(statement))


async def _withdraw(connection: AsyncConnection, case_ids: Collection[str], now: datetime) -> None:
    """Nobody needs to decide on a practice course of a session that is over."""
    noted = [
        chassis_outbox.row(WITHDRAW_CASE, case_id, peer_messages.case_to_withdraw(case_id), now) for case_id in case_ids
    ]
    await chassis_outbox.add_all(connection, outbox, noted)


async def _tell(connection: AsyncConnection, session_id: str, candidate_ids: Collection[str], now: datetime) -> None:
    """The id of the event is derived: whose selections end in several batches is told once."""
    told = [
        chassis_outbox.row(
            IDENTITY,
            candidate_id,
            peer_messages.session_cancelled(candidate_id, session_id),
            now,
            event_id=derived_id("session cancelled", session_id, candidate_id),
        )
        for candidate_id in sorted(candidate_ids)
    ]
    await chassis_outbox.add_all(connection, outbox, told)
