"""What payment holds about a candidate, table by table, and its erasure (ID-20): money stays."""

from collections.abc import AsyncIterator
from typing import Final

from sqlalchemy import ColumnElement, Table, select

from chassis.personal_data.erasure import erase_traces, stop_deliveries
from chassis.personal_data.export import File, export_rows
from chassis.personal_data.own_rows import OWNER, Erasure, OwnRows
from chassis.postgres.database import Database
from chassis.security.encryption import FieldCipher
from services.payment.repository.order_moves import ENROLLMENT, IDENTITY
from services.payment.tables import (
    attempts,
    exceptions,
    order_items,
    orders,
    receipts,
    refund_accounts,
    refunds,
    timeline_entries,
)

FOLLOWERS: Final = (ENROLLMENT, IDENTITY)
"""Whom payment tells of orders."""
_ORDERED: Final = select(orders.c.order_id).where(orders.c.candidate_id == OWNER)


def _ordered(table: Table) -> ColumnElement[bool]:
    return table.c.order_id.in_(_ORDERED)


OWN_TABLES: Final = (
    OwnRows(orders, orders.c.candidate_id == OWNER, Erasure.KEPT, secret=frozenset({"fingerprint"})),
    OwnRows(order_items, _ordered(order_items), Erasure.KEPT),
    OwnRows(attempts, _ordered(attempts), Erasure.KEPT),
    OwnRows(timeline_entries, _ordered(timeline_entries), Erasure.KEPT),
    OwnRows(receipts, _ordered(receipts), Erasure.KEPT),
    OwnRows(refunds, _ordered(refunds), Erasure.KEPT),
    OwnRows(refund_accounts, _ordered(refund_accounts), Erasure.KEPT),
    OwnRows(exceptions, _ordered(exceptions), Erasure.KEPT, secret=frozenset({"resolved_by", "resolution_note"})),
)
"""What belongs to orders: an account that has one is not erased."""

OTHER_TABLES: Final = {
    "day_overrides": "working days of everybody",
    "complete_years": "working days of everybody",
    "refund_batches": "an exam session's, of many people",
    "statements": "the money of a day, of many people",
    "bill_lines": "a platform's bill: trades that orders name",
    "differences": "what bills and orders differ in, by trade",
}
"""Tables without anybody's rows, and why."""


class PersonalDataRepository:
    """What payment holds about one person."""

    def __init__(self, db: Database, cipher: FieldCipher) -> None:
        self._db = db
        self._cipher = cipher

    def export_rows(self, candidate_id: str) -> AsyncIterator[File]:
        """Everything, table by table."""
        return export_rows(self._db, OWN_TABLES, candidate_id, self._unsealed)

    async def erase_candidate(self, candidate_id: str) -> None:
        """Forgets kept answers and what people typed; the rows of an order stay with all that tells of it."""
        ordered = select(orders.c.order_id).where(orders.c.candidate_id == OWNER).limit(1)
        async with self._db.transaction() as transaction:
            if (await transaction.execute(ordered, {"owner_id": candidate_id})).first() is not None:
                return
            await stop_deliveries(transaction, self._db.schema, FOLLOWERS)
            await erase_traces(transaction, candidate_id, (), FOLLOWERS)

    def _unsealed(self, row_id: str, column: str, sealed: bytes) -> str:
        return self._cipher.decrypt(sealed, context=f"{row_id}.{column}")
