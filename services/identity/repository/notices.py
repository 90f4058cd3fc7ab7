"""Notices on their way to candidates: rows of the outbox until they are handed over."""

from datetime import datetime
from typing import Final

from sqlalchemy import insert

from chassis.events import outbox as chassis_outbox
from services.identity.domain.notices import Notice
from services.identity.mapping.notices import candidate_notified
from services.identity.repository.statements import Statements
from services.identity.tables import outbox

NOTICES: Final = "notices to send"
"""The relay's destination for notices."""


class NoticeRepository:
    """The port `Notices` in PostgreSQL."""

    def __init__(self, run: Statements) -> None:
        self._run = run

    async def add(self, notice: Notice, at: datetime) -> None:
        """As the port says."""
        message = candidate_notified(notice)
        row = chassis_outbox.row(NOTICES, notice.candidate_id, message, at, event_id=notice.notice_id)
        await self._run.execute(insert(outbox).values(row))
