"""Tells identity when registration is open (ID-10): with every change of a session, and when a process starts, so that
sessions are known that were opened before anybody listened.
"""

import asyncio
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from zikao.enrollment.v1 import events_pb2

from chassis.clock import Clock
from chassis.events import outbox
from chassis.postgres.database import Database
from chassis.telemetry.logs import get_logger
from services.enrollment.repository.changes import IDENTITY
from services.enrollment.tables import EXAM_SESSION, OUTBOX

_log = get_logger(__name__)

PAUSE_SECONDS: Final = 5.0

# PostgreSQL's LEAST leaves out what is NULL: a session that was neither closed nor cancelled ends at its published end.
_WINDOWS: Final = select(
    EXAM_SESSION.c.session_id,
    EXAM_SESSION.c.registration_start,
    func.least(EXAM_SESSION.c.registration_end, EXAM_SESSION.c.close_time, EXAM_SESSION.c.cancel_time).label("ended"),
    EXAM_SESSION.c.version,
)


async def announce(connection: AsyncConnection, sessions: Collection[str], now: datetime) -> None:
    """The windows of these sessions as they are now, in the transaction that changed them."""
    found = (await connection.execute(_WINDOWS.where(EXAM_SESSION.c.session_id.in_(sessions)))).all()
    rows = [outbox.row(IDENTITY, row.session_id, _event(row), now) for row in found]
    if rows:
        await connection.execute(insert(OUTBOX), rows)


class WindowsAnnounced:
    """A background job that announces, at the start, all sessions that have not ended; a receiver that knows them
    changes nothing.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def run(self) -> None:
        """Once; again after a pause while the database is away."""
        while True:
            if await self._announced():
                return
            await asyncio.sleep(PAUSE_SECONDS)

    async def announce(self) -> None:
        """All of them."""
        now = self._clock.now()
        live = select(EXAM_SESSION.c.session_id).where(EXAM_SESSION.c.registration_end > now)
        async with self._db.transaction() as connection:
            await announce(connection, (await connection.execute(live)).scalars().all(), now)

    async def _announced(self) -> bool:
        try:
            await self.announce()
        except Exception as error:
            _log.warning("registration windows were not announced", error=type(error).__name__)
            return False
        return True


def _event(row: Row[Any, Any, Any, Any]) -> events_pb2.RegistrationWindowChanged:
    event = events_pb2.RegistrationWindowChanged(session_id=row.session_id, version=row.version)
    event.registration_start_time.FromDatetime(row.registration_start)
    event.registration_end_time.FromDatetime(row.ended)
    return event
