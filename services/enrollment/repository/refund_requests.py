"""Refunds on request, for reading (PA-14)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import case, select

from chassis.postgres.database import Database
from chassis.postgres.keyset_pages import rows_after
from chassis.postgres.rows import from_row
from services.enrollment.domain.refund_requests import RefundRequest, RefundRequestState
from services.enrollment.tables import refund_requests

_ORDER: Final = (
    case((refund_requests.c.state == RefundRequestState.WAITING.value, 1), else_=0),
    refund_requests.c.create_time,
    refund_requests.c.selection_id,
)
"""As `RefundRequest.position` has it."""


class RefundRequestRepository:
    """What candidates ask for."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find_refund_request(self, selection_id: str) -> RefundRequest | None:
        """The request about a selection, if there is one."""
        statement = select(refund_requests).where(refund_requests.c.selection_id == selection_id)
        found = await self._db.fetch(statement)
        return from_row(RefundRequest, found[0]) if found else None

    async def list_refund_requests(
        self, candidate_id: str, state: RefundRequestState | None, after: tuple[int, datetime, str] | None, size: int
    ) -> Sequence[RefundRequest]:
        """A page of a candidate's requests, or of all where none is named: those that wait first, then the newest."""
        statement = select(refund_requests)
        if candidate_id:
            statement = statement.where(refund_requests.c.candidate_id == candidate_id)
        if state is not None:
            statement = statement.where(refund_requests.c.state == state.value)
        statement = statement.where(rows_after(after, *_ORDER, newest_first=True))
        statement = statement.order_by(*(one.desc() for one in _ORDER)).limit(size)
        return [from_row(RefundRequest, row) for row in await self._db.fetch(statement)]
