"""Tells identity when registration is open (ID-10): with every change of a session, and when a process starts, so that
sessions are known that were opened before anybody listened.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import Clock
from chassis.events import outbox as chassis_outbox
from chassis.postgres.database import Database
from services.enrollment.mapping import peer_messages
from services.enrollment.repository.outbox_destinations import IDENTITY
from services.enrollment.tables import exam_sessions, outbox

# PostgreSQL's LEAST leaves out what is NULL: a session that was neither closed nor cancelled ends at its published end.
_WINDOWS: Final = select(
    exam_sessions.c.session_id,
    exam_sessions.c.registration_start.label("start"),
    func.least(exam_sessions.c.registration_end, exam_sessions.c.close_time, exam_sessions.c.cancel_time).label("end"),
    exam_sessions.c.version,
)


async def announce_windows(connection: AsyncConnection, session_ids: Collection[str], now: datetime) -> None:
    """The windows of these sessions as they are now, in the transaction that changed them."""
    found = (await connection.execute(_WINDOWS.where(exam_sessions.c.session_id.in_(session_ids)))).all()
    told = [peer_messages.window_changed(row.session_id, row.start, row.end, row.version) for row in found]
    events = [chassis_outbox.row(IDENTITY, event.session_id, event, now) for event in told]
    await chassis_outbox.add_all(connection, outbox, events)


class RegistrationWindowRepository:
    """The windows of sessions that have not ended."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def announce_live_windows(self) -> None:
        """All of them; a receiver that knows them changes nothing."""
        now = self._clock.now()
        live = select(exam_sessions.c.session_id).where(exam_sessions.c.registration_end > now)
        async with self._db.transaction() as connection:
            await announce_windows(connection, (await connection.execute(live)).scalars().all(), now)
