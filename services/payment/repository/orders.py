"""Orders as they stand: made, read, listed, and when the platform is to be asked about them again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Final

import asyncpg

from chassis.errors import NotFound
from chassis.postgres.columns import among
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from chassis.process.call_batching import Batcher
from services.payment.domain.orders import LIVE, Order, OrderFilter
from services.payment.domain.timeline import EventKind, Source, TimelineEntry, TimelineEvent
from services.payment.errors import LiveOrderExists
from services.payment.repository import timeline_sql
from services.payment.repository.order_rows import SNAPSHOT, SNAPSHOT_BY_ATTEMPT, order_from

_CREATE: Final = sql(f"""
WITH made AS (
  INSERT INTO orders (order_id, create_time, candidate_id, session_id, total_fen, state, undertaking_version,
                      fingerprint, payment_cutoff_time, open_until, due_time)
  VALUES (:order_id, :now::timestamptz, :candidate_id, :session_id, :total_fen, 'CREATED', :undertaking_version,
          :fingerprint, :payment_cutoff_time, :open_until, :open_until)
  ON CONFLICT DO NOTHING RETURNING order_id, candidate_id, session_id),
items AS (
  INSERT INTO order_items (order_id, candidate_id, session_id, item_id, registration_id, course_code, course_name,
                           fee_fen, position)
  SELECT m.order_id, m.candidate_id, m.session_id, i.*
  FROM made m, unnest(:item_ids::uuid[], :registration_ids::uuid[], :course_codes::text[], :course_names::text[],
                      :fees_fen::bigint[]) WITH ORDINALITY i),
told AS ({timeline_sql.insert_from("made")})
SELECT count(*) FROM made
""")
_LIVE_ORDER: Final = sql(f"""
SELECT order_id::text FROM orders
WHERE candidate_id = :candidate_id AND session_id = :session_id AND {among("state", LIVE)}
""")
_BY_ID: Final = sql(f"{SNAPSHOT} WHERE o.order_id = :order_id")
_BY_TRADE: Final = sql(
    f"{SNAPSHOT_BY_ATTEMPT} WHERE a.provider = :provider AND a.out_trade_no = :out_trade_no",
)
_PAGE: Final = sql(f"""{SNAPSHOT}
WHERE (:candidate_id::uuid IS NULL OR o.candidate_id = :candidate_id)
  AND (:session_id::text IS NULL OR o.session_id = :session_id)
  AND (:states::text[] IS NULL OR o.state = ANY(:states))
  AND (:after_time::timestamptz IS NULL OR (o.create_time, o.order_id) < (:after_time, :after_id::uuid))
ORDER BY o.create_time DESC, o.order_id DESC LIMIT :size
""")
_TIMELINE: Final = sql("""
SELECT time, kind, source, outcome, attempt_number, amount_fen FROM timeline_entries
WHERE order_id = :order_id ORDER BY entry_id
""")
_RECORD_EVENTS: Final = sql(timeline_sql.INSERT)
_RESCHEDULE: Final = sql(f"""
WITH next AS (
  UPDATE orders SET due_time = :due_time, asks = asks + :asked::int,
    ask_time = CASE WHEN :asked::int > 0 THEN :now::timestamptz ELSE ask_time END
  WHERE order_id = :order_id AND due_time IS NOT NULL)
{timeline_sql.INSERT}
""")
_CLAIM_QUESTION: Final = sql("""
UPDATE orders SET ask_time = :now
WHERE order_id = :order_id AND due_time IS NOT NULL AND attempt_number > 0
  AND (ask_time IS NULL OR ask_time <= :asked_before)
RETURNING true
""")
_WISH_TO_CANCEL: Final = sql("UPDATE orders SET cancel_time = :now WHERE order_id = :order_id AND due_time IS NOT NULL")
# Claiming moves the due time on by a lease: whoever claimed and died loses the order to the next sweep, nobody waits.
_CLAIM_DUE: Final = sql("""
UPDATE orders SET due_time = :lease_time WHERE order_id IN (
  SELECT order_id FROM orders WHERE due_time <= :now ORDER BY due_time LIMIT :size FOR UPDATE SKIP LOCKED)
RETURNING order_id::text
""")


class OrderRepository:
    """Orders in PostgreSQL. What several calls of a moment make, read or record shares a round trip."""

    def __init__(self, db: Database) -> None:
        self._db = db.hot
        self._by_trade = Batcher(self._get_by_trades)
        self._create = Batcher(self._create_all)
        self._record = Batcher(self._record_all)

    async def create_order(self, order: Order, event: TimelineEvent) -> Order:
        """Stores a new order; answers with it, or with the one that has its id already. Raises LiveOrderExists naming
        the live order (PA-7).
        """
        items = order.items
        made = await self._create(
            {
                "candidate_id": order.candidate_id,
                "session_id": order.session_id,
                "total_fen": order.total_fen,
                "undertaking_version": order.undertaking_version,
                "fingerprint": order.fingerprint,
                "payment_cutoff_time": order.payment_cutoff_time,
                "open_until": order.open_until,
                "item_ids": [item.item_id for item in items],
                "registration_ids": [item.registration_id for item in items],
                "course_codes": [item.course_code for item in items],
                "course_names": [item.course_name for item in items],
                "fees_fen": [item.fee_fen for item in items],
                **timeline_sql.parameters(order.order_id, order.create_time, [event]),
            }
        )
        if made:
            return order
        if (existing := await self.find_order(order.order_id)) is not None:
            return existing
        live = await self._db.fetch_value(_LIVE_ORDER, candidate_id=order.candidate_id, session_id=order.session_id)
        raise LiveOrderExists(order_id=live or "")

    async def _create_all(self, orders: Sequence[Mapping[str, Any]]) -> Sequence[bool]:
        return [
            bool(row["count"])
            for row in await self._db.fetch_each_in_line(_CREATE, orders, by=itemgetter("candidate_id"))
        ]

    async def get_order(self, order_id: str) -> Order:
        """The order with its newest attempt. Raises NotFound."""
        if (order := await self.find_order(order_id)) is None:
            raise NotFound()
        return order

    async def find_order(self, order_id: str) -> Order | None:
        """The order with its newest attempt, if there is one."""
        row = await self._db.fetch_one(_BY_ID, order_id=order_id)
        return order_from(row) if row else None

    async def find_order_by_trade(self, provider: str, out_trade_no: str) -> Order | None:
        """The order to which a trade belongs, with that trade's attempt."""
        return await self._by_trade((provider, out_trade_no))

    async def _get_by_trades(self, trades: Sequence[tuple[str, str]]) -> Sequence[Order | None]:
        asked = [{"provider": provider, "out_trade_no": out_trade_no} for provider, out_trade_no in trades]
        found = await self._db.fetch_each(_BY_TRADE, asked)
        orders = {(row["provider"], row["out_trade_no"]): order_from(row) for row in found}
        return [orders.get(trade) for trade in trades]

    async def list_orders(self, which: OrderFilter, after: tuple[datetime, str] | None, size: int) -> Sequence[Order]:
        """Orders, newest first, after a position."""
        after_time, after_id = after or (None, None)
        rows = await self._db.fetch(
            _PAGE,
            candidate_id=which.candidate_id,
            session_id=which.session_id,
            states=[state.value for state in which.states] or None,
            after_time=after_time,
            after_id=after_id,
            size=size,
        )
        return [order_from(row) for row in rows]

    async def list_timeline_entries(self, order_id: str) -> Sequence[TimelineEntry]:
        """All events of an order, oldest first."""
        return [_entry_from(row) for row in await self._db.fetch(_TIMELINE, order_id=order_id)]

    async def record_events(self, order_id: str, events: Sequence[TimelineEvent], *, now: datetime) -> None:
        """Adds events to the timeline."""
        await self._record(timeline_sql.parameters(order_id, now, events))

    async def _record_all(self, recorded: Sequence[Mapping[str, Any]]) -> Sequence[None]:
        await self._db.execute_each(_RECORD_EVENTS, recorded)
        return [None] * len(recorded)

    async def reschedule(
        self, order_id: str, events: Sequence[TimelineEvent], *, now: datetime, due: datetime, asked: bool
    ) -> None:
        """Adds events, and sets when the sweep looks at a live order again; `asked` when the platform was asked."""
        told = timeline_sql.parameters(order_id, now, events)
        await self._db.execute(_RESCHEDULE, due_time=due, asked=int(asked), **told)

    async def claim_question(self, order_id: str, *, now: datetime, throttle: timedelta) -> bool:
        """Takes the right to ask about a live order; False within `throttle` of the last question (PA-4)."""
        claimed = await self._db.fetch_value(_CLAIM_QUESTION, order_id=order_id, now=now, asked_before=now - throttle)
        return bool(claimed)

    async def wish_to_cancel(self, order_id: str, *, now: datetime) -> None:
        """Keeps that somebody wishes to cancel a live order (PA-3)."""
        await self._db.execute(_WISH_TO_CANCEL, order_id=order_id, now=now)

    async def claim_due_orders(self, *, now: datetime, lease: timedelta, size: int) -> Sequence[str]:
        """Takes orders that are due, so that no other sweep takes them before the lease ends."""
        rows = await self._db.fetch(_CLAIM_DUE, now=now, lease_time=now + lease, size=size)
        return [row["order_id"] for row in rows]


def _entry_from(row: asyncpg.Record) -> TimelineEntry:
    event = TimelineEvent(
        EventKind(row["kind"]), Source(row["source"]), row["outcome"], row["attempt_number"], row["amount_fen"]
    )
    return TimelineEntry(event, row["time"], row["time"])
