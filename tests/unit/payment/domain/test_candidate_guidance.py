"""What to do now: every state has an answer, and trouble comes before state (PA-11)."""

from datetime import date

import pytest

from services.payment.domain.candidate_guidance import Contact, NextStep, guidance
from services.payment.domain.operator_queue import ExceptionKind
from services.payment.domain.orders import HeldMoney, OrderState
from tests.unit.payment.invented_orders import NOW, an_order

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
    assert said.next_step is step
    assert said.zh
    assert said.en


@pytest.mark.parametrize("state", list(OrderState))
def test_while_money_is_held_nobody_is_told_that_paying_again_is_safe(state):  # PA-6, PA-11
    said = guidance(an_order(state, exceptions=frozenset({ExceptionKind.LATE_MONEY})), CONTACT)
    assert said.next_step is NextStep.CONTACT
    assert said.contact == CONTACT


@pytest.mark.parametrize("kind", [ExceptionKind.WRONG_AMOUNT, ExceptionKind.STUCK_AT_BANK])
def test_trouble_on_the_way_is_over_once_the_order_is_paid(kind):  # PA-4, PA-11
    steps = [
        guidance(an_order(state, exceptions=frozenset({kind})), CONTACT).next_step
        for state in (OrderState.AWAITING_PAYMENT, OrderState.SUBMITTED_TO_BANK, OrderState.PAID)
    ]
    assert steps == [NextStep.CONTACT, NextStep.CONTACT, NextStep.NOTHING]


def test_a_forged_notification_is_no_concern_of_the_candidates():  # F-4
    said = guidance(an_order(exceptions=frozenset({ExceptionKind.FORGED_NOTIFICATION})), CONTACT)
    assert said.next_step is NextStep.PAY


def test_a_refund_names_its_date():  # PA-11
    said = guidance(an_order(OrderState.REFUNDING, refund_date=date(2026, 10, 20)), CONTACT)
    assert "2026-10-20" in said.zh
    assert "2026-10-20" in said.en
    assert said.refund_date == date(2026, 10, 20)


HELD = HeldMoney(1, 7000, NOW, "P1")


def test_late_money_that_is_being_decided_about_says_wait():  # PA-6, PA-11
    assert guidance(an_order(OrderState.EXPIRED, held=(HELD,)), CONTACT).next_step is NextStep.WAIT


def test_late_money_on_its_way_back_names_its_date_and_then_paying_again_is_safe():  # PA-6, PA-11
    on_its_way = guidance(an_order(OrderState.EXPIRED, refund_date=date(2026, 10, 20)), CONTACT)
    assert (on_its_way.next_step, on_its_way.refund_date) == (NextStep.REFUND_ON_ITS_WAY, date(2026, 10, 20))
    back = guidance(an_order(OrderState.EXPIRED, surplus_back_fen=7000), CONTACT)
    assert back.next_step is NextStep.PAYING_AGAIN_IS_SAFE
    assert "退回" in back.zh


def test_a_paid_order_stays_paid_while_surplus_money_goes_back():  # PA-6, F-8
    said = guidance(an_order(OrderState.PAID, refund_date=date(2026, 10, 20)), CONTACT)
    assert said.next_step is NextStep.REFUND_ON_ITS_WAY
    assert said.zh.startswith("已支付成功")
