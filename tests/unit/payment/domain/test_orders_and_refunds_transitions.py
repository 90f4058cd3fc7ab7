"""Every pair of state and event of the three state machines: either in the table, or refused (PA-2)."""

from enum import Enum
from itertools import product

import pytest

from chassis.errors import IllegalMove
from chassis.transitions import Transitions, advance
from services.payment.domain.orders import (
    ATTEMPT_TRANSITIONS,
    ENDED_UNPAID,
    HAS_BEEN_PAID,
    LIVE,
    ORDER_TRANSITIONS,
    AttemptEvent,
    AttemptState,
    OrderEvent,
    OrderState,
)
from services.payment.domain.refunds import REFUND_TRANSITIONS, RefundEvent, RefundState

ORDER_TABLE = """
                    QR_SHOWN          BANK_TOOK_IT       MONEY_ARRIVED  TIME_RAN_OUT  WAS_CANCELLED
CREATED             AWAITING_PAYMENT  SUBMITTED_TO_BANK  PAID           EXPIRED       CANCELLED
AWAITING_PAYMENT    -                 SUBMITTED_TO_BANK  PAID           EXPIRED       CANCELLED
SUBMITTED_TO_BANK   -                 -                  PAID           EXPIRED       CANCELLED
PAID                -                 -                  -              -             -
EXPIRED             -                 -                  -              -             -
CANCELLED           -                 -                  -              -             -
FAILED              -                 -                  -              -             -
REFUNDING           -                 -                  -              -             -
REFUNDED            -                 -                  -              -             -

                    TRADE_FAILED  LATE_MONEY_ATTACHED  REFUND_STARTED  REFUND_COMPLETED
CREATED             FAILED        -                    -               -
AWAITING_PAYMENT    FAILED        -                    -               -
SUBMITTED_TO_BANK   FAILED        -                    -               -
PAID                -             -                    REFUNDING       -
EXPIRED             -             PAID                 -               -
CANCELLED           -             PAID                 -               -
FAILED              -             PAID                 -               -
REFUNDING           -             -                    -               REFUNDED
REFUNDED            -             -                    -               -
"""

ATTEMPT_TABLE = """
          ANSWERED  MONEY_ARRIVED  WAS_CLOSED  WAS_REFUSED
PREPARED  OPEN      PAID           CLOSED      FAILED
OPEN      -         PAID           CLOSED      -
PAID      -         -              -           -
CLOSED    -         PAID           -           -
FAILED    -         PAID           -           -
"""

REFUND_TABLE = """
            ACCEPTED    COMPLETED  REFUSED  RETRIED    SENT_ON
REQUESTED   PROCESSING  SUCCEEDED  FAILED   -          -
PROCESSING  -           SUCCEEDED  FAILED   -          REQUESTED
SUCCEEDED   -           -          -        -          -
FAILED      -           -          -        REQUESTED  -
"""


def targets(drawn: str):
    """Where each pair of state and event leads, as drawn; tables stand one below the other, parted by an empty line."""
    for table in drawn.strip().split("\n\n"):
        header, *rows = [line.split() for line in table.splitlines()]
        for state, *row in rows:
            yield from (((state, event), target) for event, target in zip(header, row, strict=True))


def pairs(drawn: str, table: Transitions, states: type[Enum], events: type[Enum]):
    expected = dict(targets(drawn))
    assert len(expected) == len(states) * len(events)
    for state, event in product(states, events):
        yield pytest.param(table, state, event, expected[state.value, event.value], id=f"{state.value}-{event.value}")


@pytest.mark.parametrize(
    ("table", "state", "event", "target"),
    [
        *pairs(ORDER_TABLE, ORDER_TRANSITIONS, OrderState, OrderEvent),
        *pairs(ATTEMPT_TABLE, ATTEMPT_TRANSITIONS, AttemptState, AttemptEvent),
        *pairs(REFUND_TABLE, REFUND_TRANSITIONS, RefundState, RefundEvent),
    ],
)
def test_every_pair_moves_as_drawn_or_is_refused(table, state, event, target):  # PA-2
    if target == "-":
        with pytest.raises(IllegalMove):
            advance(table, state, event)
    else:
        assert advance(table, state, event).value == target


def test_every_order_state_is_live_or_ended_or_has_been_paid():  # PA-2
    assert set(OrderState) == LIVE | ENDED_UNPAID | HAS_BEEN_PAID
    assert not (LIVE & ENDED_UNPAID)
    assert not (LIVE & HAS_BEEN_PAID)
    assert not (ENDED_UNPAID & HAS_BEEN_PAID)


def test_only_late_money_leads_out_of_an_order_that_ended_unpaid():  # PA-3, PA-6
    ways_out = {(event, to) for (state, event), to in ORDER_TRANSITIONS.items() if state in ENDED_UNPAID}
    assert ways_out == {(OrderEvent.LATE_MONEY_ATTACHED, OrderState.PAID)}
