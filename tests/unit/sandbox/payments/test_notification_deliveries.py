"""How often a notification is repeated (PA-5)."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.payments.notification_deliveries import Delivery, pause_after

NOW = datetime(2026, 10, 1, 4, tzinfo=UTC)
DELIVERY = Delivery("1", "1", "T1", "1", "http://merchant/n", b"{}", None, NOW, NOW)


def test_pauses_grow_to_half_a_minute():
    assert [pause_after(attempts).total_seconds() for attempts in range(1, 9)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert pause_after(10_000).total_seconds() == 30


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_success_acknowledges(status):
    after = DELIVERY.attempted(status, NOW)
    assert (after.next_time, after.acknowledge_time, after.last_status) == (None, NOW, status)


@pytest.mark.parametrize("status", [None, 199, 301, 404, 500])
def test_anything_else_is_repeated(status):
    after = DELIVERY.attempted(status, NOW)
    assert (after.next_time, after.acknowledge_time) == (NOW + timedelta(seconds=0.5), None)


def test_after_a_day_it_is_given_up():
    assert DELIVERY.attempted(500, NOW + timedelta(hours=24)).next_time is None
    assert DELIVERY.attempted(500, NOW + timedelta(hours=23)).next_time is not None
