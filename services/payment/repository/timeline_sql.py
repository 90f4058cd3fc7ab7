"""The timeline as fragments of the statements that move an order: what happens is told in the statement in which it
happens (PA-11). The parameters of the fragments are those that `parameters` gives.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.payment.domain.timeline import TimelineEvent

_TYPES: Final = {"kind": "text", "source": "text", "outcome": "text", "attempt_number": "int", "amount_fen": "bigint"}
INSERT_INTO: Final = f"INSERT INTO timeline_entries (order_id, time, {', '.join(_TYPES)})"
_ARRAYS: Final = ", ".join(f":event_{column}::{kind}[]" for column, kind in _TYPES.items())
_EVENTS: Final = f"unnest({_ARRAYS}) AS e({', '.join(_TYPES)})"

INSERT: Final = f"{INSERT_INTO} SELECT :order_id::uuid, :now::timestamptz, e.* FROM {_EVENTS}"
"""Writes events of the order `:order_id`, whatever else happens."""


def insert_from(step: str) -> str:
    """Writes events of the order that `step`, an earlier part of the statement, has moved."""
    return f"{INSERT_INTO} SELECT m.order_id, :now::timestamptz, e.* FROM {step} m, {_EVENTS}"


def parameters(order_id: str, now: datetime, events: Sequence[TimelineEvent]) -> Mapping[str, Any]:
    """What happens to an order, as the named parameters of the fragments: `:order_id` and `:now` among them."""
    return {
        "order_id": order_id,
        "now": now,
        "event_kind": [event.kind.value for event in events],
        "event_source": [event.source.value for event in events],
        "event_outcome": [event.outcome for event in events],
        "event_attempt_number": [event.attempt_number for event in events],
        "event_amount_fen": [event.amount_fen for event in events],
    }
