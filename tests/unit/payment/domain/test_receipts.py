"""When the portal is asked about a receipt again (PA-9)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payment.domain.receipts import ReceiptTerms, is_overdue, next_look

TERMS = ReceiptTerms(first=timedelta(seconds=5), growth=3, longest=timedelta(minutes=15), overdue=timedelta(days=2))
DAY = datetime(2026, 9, 3, 16, tzinfo=UTC)


@pytest.mark.parametrize(("tries", "seconds"), [(0, 5), (1, 15), (2, 45), (3, 135)])
def test_a_portal_that_is_early_is_noticed_and_one_that_is_not_is_left_in_peace(tries, seconds):
    now = DAY - timedelta(days=3)
    assert next_look(tries, DAY, now, TERMS) == now + timedelta(seconds=seconds)


@given(tries=st.integers(0, 1000), before=st.floats(0.001, 1e6))
def test_the_first_moment_of_the_day_is_never_missed(tries, before):
    assert next_look(tries, DAY, DAY - timedelta(seconds=before), TERMS) <= DAY


@given(tries=st.integers(0, 1000), after=st.floats(0, 1e7))
def test_a_receipt_that_is_due_is_looked_for_with_back_off_at_least_every_quarter_of_an_hour(tries, after):
    now = DAY + timedelta(seconds=after)
    assert TERMS.first <= next_look(tries, DAY, now, TERMS) - now <= TERMS.longest


def test_an_operator_hears_of_a_receipt_when_patience_ends():
    assert not is_overdue(DAY, DAY + TERMS.overdue - timedelta(seconds=1), TERMS)
    assert is_overdue(DAY, DAY + TERMS.overdue, TERMS)
