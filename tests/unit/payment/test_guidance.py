"""What to do now: every state has an answer, and trouble comes before state (PA-11)."""

from datetime import date

import pytest

from services.payment.domain.guidance import Contact, NextStep, guidance
from services.payment.domain.order import OrderState
from tests.unit.payment.orders import an_order

CONTACT = Contact("请致电 000", "Call 000")


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (OrderState.CREATED, NextStep.PAY),
        (OrderState.AWAITING_PAYMENT, NextStep.PAY),
        (OrderState.SUBMITTED_TO_BANK, NextStep.WAIT),
        (OrderState.PAID, NextStep.NOTHING),
        (OrderState.EXPIRED, NextStep.PAYING_AGAIN_IS_SAFE),
        (OrderState.CANCELLED, NextStep.PAYING_AGAIN_IS_SAFE),
        (OrderState.FAILED, NextStep.PAYING_AGAIN_IS_SAFE),
        (OrderState.REFUNDING, NextStep.REFUND_ON_ITS_WAY),
        (OrderState.REFUNDED, NextStep.NOTHING),
    ],
)
def test_every_state_says_what_to_do(state, step):  # PA-11
    said = guidance(an_order(state), CONTACT)
    assert said.next_step is step and said.zh and said.en


@pytest.mark.parametrize("state", list(OrderState))
def test_with_an_open_exception_nobody_is_told_that_paying_again_is_safe(state):  # PA-6, PA-11
    said = guidance(an_order(state, stuck=True), CONTACT)
    assert said.next_step is NextStep.CONTACT and said.contact == CONTACT


def test_a_refund_names_its_date():  # PA-11
    said = guidance(an_order(OrderState.REFUNDING), CONTACT, date(2026, 10, 20))
    assert "2026-10-20" in said.zh and "2026-10-20" in said.en and said.refund_date == date(2026, 10, 20)
