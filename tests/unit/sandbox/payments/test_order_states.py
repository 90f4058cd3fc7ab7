"""What may happen to an order at the platform, as one table."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.payments.order_states import (
    PAID,
    Order,
    OrderState,
    as_of,
    close,
    hold,
    pay,
    pay_though_closed,
    refund,
    release,
)
from sandbox.web.refusals import Refused

CREATED = datetime(2026, 10, 1, 4, tzinfo=UTC)
EXPIRES = CREATED + timedelta(minutes=30)
SOON, LATER = CREATED + timedelta(minutes=1), EXPIRES + timedelta(minutes=1)

NOTPAY, USERPAYING, SUCCESS, CLOSED, REFUND = OrderState
Event = Callable[[Order, datetime], Order]


def give_back(order: Order, _: datetime) -> Order:
    return refund(order, 100)


TABLE: dict[Event, dict[OrderState, OrderState | str]] = {
    pay: {NOTPAY: SUCCESS, USERPAYING: SUCCESS, SUCCESS: SUCCESS, CLOSED: "ORDER_CLOSED", REFUND: REFUND},
    pay_though_closed: {NOTPAY: SUCCESS, USERPAYING: SUCCESS, SUCCESS: SUCCESS, CLOSED: SUCCESS, REFUND: REFUND},
    hold: {
        NOTPAY: USERPAYING,
        USERPAYING: USERPAYING,
        SUCCESS: "ORDER_PAID",
        CLOSED: "ORDER_CLOSED",
        REFUND: "ORDER_PAID",
    },
    release: {
        NOTPAY: NOTPAY,
        USERPAYING: NOTPAY,
        SUCCESS: "ORDER_PAID",
        CLOSED: "ORDER_CLOSED",
        REFUND: "ORDER_PAID",
    },
    close: {
        NOTPAY: CLOSED,
        USERPAYING: "ORDER_BEING_PAID",
        SUCCESS: "ORDER_PAID",
        CLOSED: CLOSED,
        REFUND: "ORDER_PAID",
    },
    give_back: {
        NOTPAY: "ORDER_NOT_PAID",
        USERPAYING: "ORDER_NOT_PAID",
        SUCCESS: REFUND,
        CLOSED: "ORDER_NOT_PAID",
        REFUND: REFUND,
    },
}


def order_in(state: OrderState) -> Order:
    plain = Order("zikao", "1", "T1", 7000, "报名费", "http://merchant/n", CREATED, EXPIRES, state)
    if state in PAID:
        return replace(plain, paid_time=CREATED, refunded_fen=1000 if state is REFUND else 0)
    return replace(plain, close_time=CREATED) if state is CLOSED else plain


@pytest.mark.parametrize("event", TABLE, ids=lambda event: event.__name__)
@pytest.mark.parametrize("state", OrderState, ids=lambda state: state.value)
def test_what_may_happen_in_each_state(event, state):
    expected = TABLE[event][state]
    if isinstance(expected, OrderState):
        assert event(order_in(state), SOON).state is expected
    else:
        with pytest.raises(Refused) as refused:
            event(order_in(state), SOON)
        assert (refused.value.status, refused.value.reason) == (409, expected)


@pytest.mark.parametrize(
    ("event", "state"),
    [(pay, SUCCESS), (pay, REFUND), (hold, USERPAYING), (release, NOTPAY), (close, CLOSED)],
    ids=lambda part: getattr(part, "__name__", getattr(part, "value", "")),
)
def test_what_has_happened_already_changes_nothing(event, state):
    assert event(order_in(state), SOON) == order_in(state)


@pytest.mark.parametrize("state", OrderState, ids=lambda state: state.value)
def test_only_an_order_nobody_pays_ends_with_its_time(state):  # PA-3
    after = as_of(order_in(state), LATER)
    assert after.state is (CLOSED if state is NOTPAY else state)
    assert as_of(order_in(state), EXPIRES - timedelta(microseconds=1)) == order_in(state)


def test_an_order_ends_at_its_time_whenever_one_looks():  # PA-3
    assert as_of(order_in(NOTPAY), LATER).close_time == as_of(order_in(NOTPAY), EXPIRES).close_time == EXPIRES


def test_what_the_bank_took_in_time_succeeds_later():  # PA-3
    taken = hold(order_in(NOTPAY), SOON)
    assert pay(taken, LATER).paid_time == LATER
    assert release(taken, LATER).state is CLOSED


def test_no_more_is_given_back_than_was_paid():  # PA-6
    once = refund(order_in(SUCCESS), 6999)
    assert refund(once, 1).refunded_fen == 7000
    with pytest.raises(Refused, match="REFUND_EXCEEDS_PAYMENT"):
        refund(once, 2)
