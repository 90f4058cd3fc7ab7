"""When the platform is asked again (PA-4)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.payment.domain.orders import OrderState
from services.payment.domain.polling_pace import UNATTENDED_SPREAD, PollingPace, next_due, next_refresh, page_interval
from tests.unit.payment.invented_orders import NOW, an_attempt, an_order, awaiting

PACE = PollingPace(
    first=timedelta(seconds=10),
    longest=timedelta(minutes=1),
    growth=1.5,
    held=timedelta(minutes=10),
    throttle=timedelta(seconds=3),
    page=timedelta(seconds=4),
    attention=timedelta(minutes=1),
    unattended_page=timedelta(seconds=30),
)
EARLIER = NOW - timedelta(minutes=5)


def test_an_order_is_asked_about_soon_and_then_with_patience():  # PA-4
    waits = [next_due(awaiting(asks=asks), NOW, PACE) - NOW for asks in range(20)]
    assert waits[0] == PACE.first
    assert waits == sorted(waits)
    assert waits[-1] == PACE.longest


def test_a_lost_notification_heals_within_two_minutes():  # F-1
    assert next_due(awaiting(asks=1000), NOW, PACE) - NOW < timedelta(minutes=2)


def test_an_order_is_looked_at_the_moment_its_time_is_over():  # PA-3
    ending = awaiting(asks=20, attempt=an_attempt(expire_time=NOW + timedelta(seconds=7)))
    assert next_due(ending, NOW, PACE) == NOW + timedelta(seconds=7)


def test_after_its_time_an_order_is_asked_about_at_the_usual_pace():  # PA-4
    late = awaiting(state=OrderState.SUBMITTED_TO_BANK, attempt=an_attempt(expire_time=NOW))
    assert next_due(late, NOW, PACE) == NOW + PACE.first


def test_an_order_nobody_has_begun_to_pay_is_left_alone_until_its_time_is_over():  # PA-4
    assert next_due(an_order(), NOW, PACE) == an_order().open_until


def test_a_refresh_is_throttled_per_order():  # PA-4
    assert next_refresh(replace(awaiting(), ask_time=NOW), PACE) == NOW + PACE.throttle
    assert next_refresh(awaiting(), PACE) <= NOW


def test_there_is_nothing_to_refresh_without_a_trade_to_ask_about():  # PA-4
    assert next_refresh(an_order(), PACE) is None
    assert next_refresh(awaiting(state=OrderState.PAID), PACE) is None


@pytest.mark.parametrize("draw", [-1.0, 0.0, 1.0])
@pytest.mark.parametrize(("code_made", "shown"), [(NOW, None), (EARLIER, NOW), (NOW, EARLIER)])
def test_a_page_that_somebody_looks_at_finds_a_payment_within_ten_seconds(code_made, shown, draw):  # F-1, PA-4
    looked_at = awaiting(attempt=an_attempt(create_time=code_made))
    for later in (timedelta(), PACE.attention - timedelta(seconds=1)):
        interval = page_interval(looked_at, shown, NOW + later, PACE, draw=draw)
        assert interval + PACE.page <= timedelta(seconds=10), "its own pause, and what another question may put it off"


@pytest.mark.parametrize("shown", [None, EARLIER])
def test_a_page_left_open_asks_now_and_then_and_not_together_with_others(shown):  # PA-4
    left_open = awaiting(attempt=an_attempt(create_time=EARLIER))
    spread = PACE.unattended_page * UNATTENDED_SPREAD
    intervals = [page_interval(left_open, shown, NOW, PACE, draw=draw) for draw in (-1.0, 0.0, 1.0)]
    assert intervals == [PACE.unattended_page - spread, PACE.unattended_page, PACE.unattended_page + spread]


def test_a_page_without_a_code_is_attended_only_when_it_was_just_shown():  # PA-4
    assert page_interval(an_order(), NOW, NOW, PACE, draw=0) == PACE.page
    assert page_interval(an_order(), None, NOW, PACE, draw=0) == PACE.unattended_page
