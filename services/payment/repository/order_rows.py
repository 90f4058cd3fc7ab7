"""The snapshot of an order, read in one statement, as what the domain knows."""

import json
from dataclasses import fields
from datetime import datetime
from typing import Final

import asyncpg

from services.payment.domain.operator_queue import ExceptionKind
from services.payment.domain.orders import Attempt, AttemptState, HeldMoney, Item, Order, OrderState

_COLUMNS: Final = """
  o.order_id::text AS order_id, o.candidate_id::text AS candidate_id, o.session_id, o.total_fen, o.state,
  o.undertaking_version, o.fingerprint, o.create_time, o.open_until, o.payment_cutoff_time, o.undertaking_accept_time,
  o.submit_time, o.paid_time, o.end_time, o.ask_time, o.asks, o.cancel_time, r.available_date AS receipt_date,
  a.number, a.provider, a.out_trade_no, a.state AS attempt_state, a.create_time AS attempt_create_time, a.expire_time,
  a.platform_trade_no, a.qr_content, a.pay_url,
  (SELECT json_agg(json_build_object(
      'item_id', i.item_id, 'registration_id', i.registration_id, 'course_code', i.course_code,
      'course_name', i.course_name, 'fee_fen', i.fee_fen, 'refunded', i.refunded,
      'going_back', i.refund_id IS NOT NULL) ORDER BY i.position)
   FROM order_items i WHERE i.order_id = o.order_id) AS items,
  ARRAY(SELECT e.kind FROM exceptions e WHERE e.order_id = o.order_id AND e.state = 'OPEN') AS exceptions,
  (SELECT json_agg(json_build_object(
      'number', h.number, 'amount_fen', h.paid_fen, 'paid_time', h.paid_time,
      'platform_trade_no', h.platform_trade_no) ORDER BY h.number)
     FILTER (WHERE h.state = 'PAID' AND h.purpose = '')
   FROM attempts h WHERE h.order_id = o.order_id) AS held,
  (SELECT max(f.due_date) FROM refunds f WHERE f.order_id = o.order_id AND f.state IN ('PROCESSING', 'REQUESTED'))
    AS refund_date,
  (SELECT coalesce(sum(f.amount_fen), 0)::bigint FROM refunds f
   WHERE f.order_id = o.order_id AND f.state = 'SUCCEEDED' AND f.item_ids = '{}') AS surplus_back_fen
"""

# What an order holds is filtered after its attempts are found: as a condition it would let a plan made while nothing is
# paid yet go through the index of all that is paid, which a burst of payments then makes long.
SNAPSHOT: Final = f"""SELECT {_COLUMNS}
FROM orders o LEFT JOIN receipts r ON r.order_id = o.order_id
LEFT JOIN attempts a ON a.order_id = o.order_id AND a.number = o.attempt_number
"""
"""An order with its newest attempt; a condition follows."""

SNAPSHOT_BY_ATTEMPT: Final = f"""SELECT {_COLUMNS}
FROM orders o LEFT JOIN receipts r ON r.order_id = o.order_id JOIN attempts a ON a.order_id = o.order_id
"""
"""An order with that attempt which the condition names."""


_AS_STORED: Final = tuple({field.name for field in fields(Order)} - {"items", "state", "attempt", "exceptions", "held"})
_OF_ATTEMPT: Final = tuple({field.name for field in fields(Attempt)} - {"state", "create_time"})
"""What of an order and of its attempt is as its column says."""


def order_from(row: asyncpg.Record) -> Order:
    """The order in a row of a snapshot."""
    return Order(
        **{name: row[name] for name in _AS_STORED},
        items=tuple(Item(**item) for item in json.loads(row["items"])),
        state=OrderState(row["state"]),
        attempt=_attempt_from(row),
        exceptions=frozenset(ExceptionKind(kind) for kind in row["exceptions"]),
        held=_held_from(row["held"]),
    )


def _held_from(column: str | None) -> tuple[HeldMoney, ...]:
    return tuple(
        HeldMoney(**money | {"paid_time": datetime.fromisoformat(money["paid_time"])})
        for money in json.loads(column or "[]")
    )


def _attempt_from(row: asyncpg.Record) -> Attempt | None:
    if row["number"] is None:
        return None
    stored = {name: row[name] for name in _OF_ATTEMPT}
    return Attempt(**stored, state=AttemptState(row["attempt_state"]), create_time=row["attempt_create_time"])
