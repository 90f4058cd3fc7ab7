"""Between rows and what the domain knows, and the fragments that several statements share."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg

from chassis.ids import derived_id
from services.payment.domain.exceptions import ExceptionKind, Finding
from services.payment.domain.order import (
    ENDED_UNPAID,
    LIVE,
    PAYABLE,
    Attempt,
    AttemptState,
    Held,
    Item,
    Order,
    OrderState,
)
from services.payment.domain.timeline import Event


def quoted(states: frozenset[Any]) -> str:
    """The names of states as an SQL list; they are our own constants."""
    return ", ".join(sorted(f"'{state.value}'" for state in states))


LIVE_STATES: Final = quoted(LIVE)
ENDED_STATES: Final = quoted(ENDED_UNPAID)
PAYABLE_STATES: Final = quoted(PAYABLE)

# What an order holds is filtered after its attempts are found: as a condition it would let a plan made while nothing is
# paid yet go through the index of all that is paid, which a burst of payments then makes long.
SNAPSHOT: Final = """
SELECT o.order_id::text AS order_id, o.candidate_id::text AS candidate_id, o.session_id, o.total_fen, o.state,
  o.undertaking_version, o.fingerprint, o.create_time, o.open_until, o.payment_cutoff_time, o.undertaking_accept_time,
  o.submit_time, o.paid_time, o.end_time, o.ask_time, o.asks, o.cancel_time, r.available_date AS receipt_date,
  a.number, a.provider, a.state AS attempt_state, a.create_time AS attempt_create_time, a.expire_time,
  a.platform_trade_no, a.qr_content, a.pay_url,
  (SELECT json_agg(json_build_array(i.item_id, i.registration_id, i.course_code, i.course_name, i.fee_fen, i.refunded,
                                   i.refund_id IS NOT NULL)
                   ORDER BY i.position) FROM order_items i WHERE i.order_id = o.order_id) AS items,
  ARRAY(SELECT e.kind FROM exceptions e WHERE e.order_id = o.order_id AND e.state = 'OPEN') AS exceptions,
  (SELECT json_agg(json_build_array(h.number, h.paid_fen, h.paid_time, h.platform_trade_no) ORDER BY h.number)
     FILTER (WHERE h.state = 'PAID' AND h.purpose = '')
   FROM attempts h WHERE h.order_id = o.order_id) AS held,
  (SELECT max(f.due_date) FROM refunds f WHERE f.order_id = o.order_id AND f.state IN ('PROCESSING', 'REQUESTED'))
    AS refund_date,
  (SELECT coalesce(sum(f.amount_fen), 0)::bigint FROM refunds f
   WHERE f.order_id = o.order_id AND f.state = 'SUCCEEDED' AND f.item_ids = '{}') AS surplus_back_fen
FROM orders o LEFT JOIN receipts r ON r.order_id = o.order_id
"""
NEWEST_ATTEMPT: Final = "LEFT JOIN attempts a ON a.order_id = o.order_id AND a.number = o.attempt_number"

EVENT_COLUMNS: Final = "order_id, time, kind, source, outcome, attempt_number, amount_fen"


def events_after(step: str, first: int) -> str:
    """Writes events to the timeline for the order that `step` of the statement has moved; `$1` is the order, `$2` the
    time,

    and five arrays follow from parameter `first`.
    """
    return f"INSERT INTO timeline_entries ({EVENT_COLUMNS}) SELECT m.order_id, $2, e.* FROM {step} m, {_unnest(first)}"


def events_of_order(first: int) -> str:
    """Writes events to the timeline of the order `$1` at time `$2`, whatever else happens."""
    return f"INSERT INTO timeline_entries ({EVENT_COLUMNS}) SELECT $1::uuid, $2::timestamptz, e.* FROM {_unnest(first)}"


def _unnest(first: int) -> str:
    arrays = ", ".join(
        f"${first + offset}::{kind}[]" for offset, kind in enumerate(("text", "text", "text", "int", "bigint"))
    )
    return f"unnest({arrays}) AS e(kind, source, outcome, attempt_number, amount_fen)"


def event_arrays(events: Sequence[Event]) -> tuple[list[Any], ...]:
    """The five arrays for the statements above."""
    return (
        [event.kind.value for event in events],
        [event.source.value for event in events],
        [event.outcome for event in events],
        [event.attempt_number for event in events],
        [event.amount_fen for event in events],
    )


def raise_finding(first: int) -> str:
    """Raises something in the operator's queue: `finding_values` from parameter `first` on."""
    values = ", ".join(
        f"${first + offset}::{kind}"
        for offset, kind in enumerate(
            ("uuid", "text", "text", "uuid", "text", "text", "bigint", "bigint", "text", "jsonb", "timestamptz")
        )
    )
    return f"""
INSERT INTO exceptions AS e (exception_id, key, kind, order_id, provider, out_trade_no, expected_fen, found_fen, detail,
                             facts, create_time, last_time)
SELECT {values}, ${first + 10}::timestamptz
ON CONFLICT (key) DO UPDATE SET occurrence_count = e.occurrence_count + 1, state = 'OPEN',
  last_time = excluded.last_time, found_fen = excluded.found_fen, detail = excluded.detail, facts = excluded.facts,
  version = e.version + 1
"""


def finding_values(finding: Finding, now: Any) -> tuple[Any, ...]:
    """The parameters of `raise_finding`."""
    return (
        derived_id("exception", finding.key),
        finding.key,
        finding.kind.value,
        finding.order_id or None,
        finding.provider,
        finding.out_trade_no,
        finding.expected_fen,
        finding.found_fen,
        finding.detail.value if finding.detail else "",
        json.dumps(dict(finding.facts)),
        now,
    )


def order_from(row: asyncpg.Record) -> Order:
    """The order in a row of SNAPSHOT."""
    return Order(
        order_id=row["order_id"],
        candidate_id=row["candidate_id"],
        session_id=row["session_id"],
        items=tuple(Item(*item) for item in json.loads(row["items"])),
        total_fen=row["total_fen"],
        state=OrderState(row["state"]),
        undertaking_version=row["undertaking_version"],
        create_time=row["create_time"],
        open_until=row["open_until"],
        payment_cutoff_time=row["payment_cutoff_time"],
        fingerprint=row["fingerprint"],
        undertaking_accept_time=row["undertaking_accept_time"],
        submit_time=row["submit_time"],
        paid_time=row["paid_time"],
        end_time=row["end_time"],
        ask_time=row["ask_time"],
        asks=row["asks"],
        cancel_time=row["cancel_time"],
        attempt=_attempt_from(row),
        receipt_date=row["receipt_date"],
        exceptions=frozenset(ExceptionKind(kind) for kind in row["exceptions"]),
        held=_held_from(row["held"]),
        refund_date=row["refund_date"],
        surplus_back_fen=row["surplus_back_fen"],
    )


def _held_from(column: str | None) -> tuple[Held, ...]:
    return tuple(
        Held(number, paid_fen, datetime.fromisoformat(paid_time), platform_trade_no)
        for number, paid_fen, paid_time, platform_trade_no in json.loads(column or "[]")
    )


def _attempt_from(row: asyncpg.Record) -> Attempt | None:
    if row["number"] is None:
        return None
    return Attempt(
        order_id=row["order_id"],
        number=row["number"],
        provider=row["provider"],
        state=AttemptState(row["attempt_state"]),
        create_time=row["attempt_create_time"],
        expire_time=row["expire_time"],
        platform_trade_no=row["platform_trade_no"],
        qr_content=row["qr_content"],
        pay_url=row["pay_url"],
    )
