"""Orders as they stand: made, read, listed, watched over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from chassis.errors import NotFound
from chassis.postgres.database import Database, violated_constraint
from chassis.process.batching import Batcher
from services.payment.domain.order import Order
from services.payment.domain.timeline import Entry, Event, EventKind, Source
from services.payment.errors import LiveOrderExists
from services.payment.ports import OrderFilter
from services.payment.repository.rows import (
    LIVE_STATES,
    NEWEST_ATTEMPT,
    SNAPSHOT,
    event_arrays,
    events_after,
    events_of_order,
    order_from,
)

_CREATE: Final = f"""
WITH made AS (
  INSERT INTO orders (order_id, create_time, candidate_id, session_id, total_fen, state, undertaking_version,
                      fingerprint, payment_cutoff_time, open_until, due_time)
  VALUES ($1, $2, $3, $4, $5, 'CREATED', $6, $7, $8, $9, $9)
  ON CONFLICT (order_id) DO NOTHING RETURNING order_id, candidate_id, session_id),
items AS (
  INSERT INTO order_items (order_id, candidate_id, session_id, item_id, registration_id, course_code, course_name,
                           fee_fen, position)
  SELECT m.order_id, m.candidate_id, m.session_id, i.*
  FROM made m, unnest($10::uuid[], $11::uuid[], $12::text[], $13::text[], $14::bigint[]) WITH ORDINALITY i),
told AS ({events_after("made", 15)})
SELECT count(*) FROM made
"""
_LIVE: Final = (
    f"SELECT order_id::text FROM orders WHERE candidate_id = $1 AND session_id = $2 AND state IN ({LIVE_STATES})"
)
_BY_ID: Final = f"{SNAPSHOT} {NEWEST_ATTEMPT} WHERE o.order_id = $1"
_BY_TRADE: Final = SNAPSHOT.replace("SELECT ", "SELECT a.out_trade_no, ", 1) + (
    "JOIN attempts a ON a.order_id = o.order_id WHERE a.provider = $1 AND a.out_trade_no = $2"
)
_PAGE: Final = f"""{SNAPSHOT} {NEWEST_ATTEMPT}
WHERE ($1::uuid IS NULL OR o.candidate_id = $1) AND ($2::text IS NULL OR o.session_id = $2)
  AND ($3::text[] IS NULL OR o.state = ANY($3))
  AND ($4::timestamptz IS NULL OR (o.create_time, o.order_id) < ($4, $5::uuid))
ORDER BY o.create_time DESC, o.order_id DESC LIMIT $6
"""
_TIMELINE: Final = """
SELECT time, kind, source, outcome, attempt_number, amount_fen FROM timeline_entries WHERE order_id = $1
ORDER BY entry_id
"""
_RECORD: Final = events_of_order(3)
_RESCHEDULE: Final = f"""
WITH next AS (UPDATE orders SET due_time = $3, asks = asks + $4::int,
                ask_time = CASE WHEN $4::int > 0 THEN $2::timestamptz ELSE ask_time END
              WHERE order_id = $1 AND due_time IS NOT NULL)
{events_of_order(5)}
"""
_CLAIM_QUESTION: Final = """
UPDATE orders SET ask_time = $2
WHERE order_id = $1 AND due_time IS NOT NULL AND attempt_number > 0 AND (ask_time IS NULL OR ask_time <= $3)
RETURNING true
"""
_WISH_TO_CANCEL: Final = "UPDATE orders SET cancel_time = $2 WHERE order_id = $1 AND due_time IS NOT NULL"
# Claiming moves the due time on by a lease: whoever claimed and died loses the order to the next sweep, nobody waits.
_CLAIM_DUE: Final = """
UPDATE orders SET due_time = $2 WHERE order_id IN (
  SELECT order_id FROM orders WHERE due_time <= $1 ORDER BY due_time LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING order_id::text
"""


class OrderRepository:
    """Adapter for the port `Orders`."""

    def __init__(self, db: Database) -> None:
        self._db = db.driver
        self._by_trade = Batcher(self._by_trades)
        self._record = Batcher(self._record_all)

    async def create(self, order: Order, event: Event) -> bool:
        """As the port says."""
        items = order.items
        try:
            made: int = await self._db.fetchval(
                _CREATE,
                order.order_id,
                order.create_time,
                order.candidate_id,
                order.session_id,
                order.total_fen,
                order.undertaking_version,
                order.fingerprint,
                order.payment_cutoff_time,
                order.open_until,
                [item.item_id for item in items],
                [item.registration_id for item in items],
                [item.course_code for item in items],
                [item.course_name for item in items],
                [item.fee_fen for item in items],
                *event_arrays([event]),
            )
        except asyncpg.UniqueViolationError as error:
            if violated_constraint(error) != "one_live_order":
                raise
            live = await self._db.fetchval(_LIVE, order.candidate_id, order.session_id)
            raise LiveOrderExists(order_id=live or "") from error
        return made > 0

    async def get(self, order_id: str) -> Order:
        """As the port says."""
        if (order := await self.find(order_id)) is None:
            raise NotFound()
        return order

    async def find(self, order_id: str) -> Order | None:
        """As the port says."""
        row = await self._db.fetchrow(_BY_ID, order_id)
        return order_from(row) if row else None

    async def by_trade(self, provider: str, out_trade_no: str) -> Order | None:
        """As the port says."""
        return await self._by_trade((provider, out_trade_no))

    async def _by_trades(self, trades: Sequence[tuple[str, str]]) -> Sequence[Order | None]:
        found = await self._db.fetchmany(_BY_TRADE, trades)
        orders = {(row["provider"], row["out_trade_no"]): order_from(row) for row in found}
        return [orders.get(trade) for trade in trades]

    async def page(self, which: OrderFilter, after: tuple[datetime, str] | None, limit: int) -> list[Order]:
        """As the port says."""
        time, order_id = after or (None, None)
        states = [state.value for state in which.states] or None
        rows = await self._db.fetch(_PAGE, which.candidate_id, which.session_id, states, time, order_id, limit)
        return [order_from(row) for row in rows]

    async def timeline(self, order_id: str) -> list[Entry]:
        """As the port says."""
        return [_entry_from(row) for row in await self._db.fetch(_TIMELINE, order_id)]

    async def record(self, order_id: str, events: Sequence[Event], *, now: datetime) -> None:
        """As the port says."""
        await self._record((order_id, now, *event_arrays(events)))

    async def _record_all(self, recorded: Sequence[tuple[Any, ...]]) -> Sequence[None]:
        await self._db.executemany(_RECORD, recorded)
        return [None] * len(recorded)

    async def reschedule(
        self, order_id: str, events: Sequence[Event], *, now: datetime, due: datetime, asked: bool
    ) -> None:
        """As the port says."""
        await self._db.execute(_RESCHEDULE, order_id, now, due, int(asked), *event_arrays(events))

    async def claim_question(self, order_id: str, *, now: datetime, throttle: timedelta) -> bool:
        """As the port says."""
        return bool(await self._db.fetchval(_CLAIM_QUESTION, order_id, now, now - throttle))

    async def wish_to_cancel(self, order_id: str, *, now: datetime) -> None:
        """As the port says."""
        await self._db.execute(_WISH_TO_CANCEL, order_id, now)

    async def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> list[str]:
        """As the port says."""
        return [row["order_id"] for row in await self._db.fetch(_CLAIM_DUE, now, now + lease, limit)]


def _entry_from(row: asyncpg.Record) -> Entry:
    event = Event(
        EventKind(row["kind"]), Source(row["source"]), row["outcome"], row["attempt_number"], row["amount_fen"]
    )
    return Entry(event, row["time"], row["time"])
