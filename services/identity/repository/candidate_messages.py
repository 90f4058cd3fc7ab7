"""Notices on their way to candidates: rows of the outbox until they are handed over (EN-6)."""

from datetime import datetime

from sqlalchemy import insert

from chassis.events import outbox as chassis_outbox
from services.identity.domain.candidate_messages import Notice
from services.identity.mapping.candidate_messages import candidate_notified
from services.identity.repository.outbox_destinations import NOTICES
from services.identity.repository.repository_base import Repository
from services.identity.tables import outbox


class NoticeRepository(Repository):
    """What candidates are to be told."""

    async def add_notice(self, notice: Notice, at: datetime) -> None:
        """The notice is sent until it is handed over."""
        message = candidate_notified(notice)
        row = chassis_outbox.row(NOTICES, notice.candidate_id, message, at, event_id=notice.notice_id)
        await self._execution.execute(insert(outbox).values(row))
