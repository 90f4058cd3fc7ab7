"""Notices to the candidates of a session, told batch by batch (EN-19)."""

from datetime import datetime
from typing import Final

from sqlalchemy import and_, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.events import outbox as chassis_outbox
from chassis.ids import derived_id, new_id
from chassis.postgres.database import Database
from services.enrollment.domain.window_operations import NoticeKind, SessionNotice
from services.enrollment.mapping import peer_messages
from services.enrollment.repository.outbox_destinations import IDENTITY
from services.enrollment.tables import exam_sessions, outbox, selections, session_notices

BATCH: Final = 1000
FIRST: Final = "00000000-0000-0000-0000-000000000000"

# A notice that the session has overtaken is over: it was extended again, closed or cancelled meanwhile.
_HOLDS: Final = and_(
    exam_sessions.c.registration_end == session_notices.c.end_time,
    exam_sessions.c.close_time.is_(None),
    exam_sessions.c.cancel_time.is_(None),
)

_NEXT: Final = (
    select(session_notices, (_HOLDS & (exam_sessions.c.registration_end > bindparam("now"))).label("holds"))
    .join(exam_sessions, exam_sessions.c.session_id == session_notices.c.session_id)
    .where(session_notices.c.complete_time.is_(None))
    .order_by(session_notices.c.create_time, session_notices.c.notice_id)
    .limit(1)
    .with_for_update(of=session_notices, skip_locked=True)
)


async def add_notice(connection: AsyncConnection, notice: SessionNotice, now: datetime) -> None:
    """Has candidates told, in the transaction that changes what they are told of; one that is there stays as it is."""
    row = {
        "notice_id": _id_of(notice),
        "session_id": notice.session_id,
        "about": notice.about.value,
        "end_time": notice.end_time,
        "create_time": now,
    }
    await connection.execute(insert(session_notices).values(row).on_conflict_do_nothing())


class SessionNoticeRepository:
    """Notices, and how far each was told."""

    def __init__(self, db: Database, *, batch: int = BATCH) -> None:
        self._db = db
        self._batch = batch

    async def add_reminder(self, reminder: SessionNotice, now: datetime) -> None:
        """Has candidates reminded, once, however often it is added."""
        async with self._db.transaction() as connection:
            await add_notice(connection, reminder, now)

    async def tell_batch(self, now: datetime) -> bool:
        """Tells the next candidates of the oldest notice that nobody else is telling; False when there is none.

        Who is told is read when their batch is: whoever has paid meanwhile has nothing to be reminded of. The cursor
        moves on in the same transaction, and the id of the event is derived: each is told once.
        """
        async with self._db.transaction() as connection:
            found = (await connection.execute(_NEXT, {"now": now})).one_or_none()
            if found is None:
                return False
            notice = SessionNotice(found.session_id, NoticeKind(found.about), found.end_time)
            told = await self._tell(connection, found.notice_id, notice, found.after, now) if found.holds else []
            over = {"complete_time": now, "after": FIRST} if len(told) < self._batch else {"after": told[-1]}
            mine = session_notices.c.notice_id == found.notice_id
            await connection.execute(update(session_notices).where(mine).values(over))
            return True

    async def _tell(
        self, connection: AsyncConnection, notice_id: str, notice: SessionNotice, after: str, now: datetime
    ) -> list[str]:
        # The index of live selections holds them in this order.
        meant = (
            select(selections.c.candidate_id)
            .where(
                selections.c.session_id == notice.session_id,
                selections.c.live,
                selections.c.state.in_([state.value for state in notice.audience]),
                selections.c.candidate_id > after,
            )
            .distinct()
            .order_by(selections.c.candidate_id)
            .limit(self._batch)
        )
        candidate_ids = list((await connection.execute(meant)).scalars())
        rows = [
            chassis_outbox.row(
                IDENTITY,
                candidate_id,
                peer_messages.session_notice(candidate_id, notice),
                now,
                event_id=derived_id("session notice", notice_id, candidate_id),
            )
            for candidate_id in candidate_ids
        ]
        await chassis_outbox.add_all(connection, outbox, rows)
        return candidate_ids


def _id_of(notice: SessionNotice) -> str:
    """A reminder is one, whoever adds it."""
    if notice.before is None:
        return new_id()
    return derived_id("deadline reminder", notice.session_id, notice.end_time.isoformat(), str(notice.before))
