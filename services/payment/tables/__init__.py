"""Payment's tables. What may never happen is stated as constraints here and, for moves between states, as triggers
in the migrations.
"""

from typing import Final

from chassis.postgres.shared_tables import shared_tables_v1
from services.payment.tables.books import bill_lines, differences, statements
from services.payment.tables.columns import metadata
from services.payment.tables.orders import attempts, order_items, orders, timeline_entries
from services.payment.tables.queue import exceptions
from services.payment.tables.receipts import complete_years, day_overrides, receipts
from services.payment.tables.refunds import refund_accounts, refund_batches, refunds

outbox: Final = shared_tables_v1(metadata).outbox

__all__ = [
    "attempts",
    "bill_lines",
    "complete_years",
    "day_overrides",
    "differences",
    "exceptions",
    "metadata",
    "order_items",
    "orders",
    "outbox",
    "receipts",
    "refund_accounts",
    "refund_batches",
    "refunds",
    "statements",
    "timeline_entries",
]
