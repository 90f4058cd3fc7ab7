"""What may be asked of an order, and when."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.payment.domain.orders import (
    AttemptState,
    NewOrder,
    OrderState,
    OrderTerms,
    next_attempt,
    out_trade_no,
    require_open_attempt,
    require_payable,
    require_receipt,
    require_unpaid,
    require_valid,
    same_or_refuse,
)
from services.payment.errors import (
    AmountsDiffer,
    NoOpenAttempt,
    OrderAlreadyPaid,
    OrderEnded,
    OrderIdReused,
    OrderNotPaid,
    PaymentCutoffPassed,
    UndertakingOutdated,
)
from tests.unit.payment.invented_orders import ITEM, NOW, ORDER_ID, an_attempt, an_order, awaiting

TERMS = OrderTerms(qr_valid=timedelta(minutes=30), order_open=timedelta(hours=24))
ASKED = NewOrder(
    ORDER_ID, "1a3c1d6e-8a47-4a0e-9a53-5d1f7c2b9e11", "2026-10", (ITEM,), 7000, "3", NOW + timedelta(days=2)
)


def test_the_total_is_the_sum_of_the_fees():  # PA-8
    require_valid(ASKED, NOW)
    with pytest.raises(AmountsDiffer):
        require_valid(replace(ASKED, total_fen=6999), NOW)


def test_an_order_is_not_made_after_the_payment_cutoff():  # F-15
    require_valid(ASKED, ASKED.payment_cutoff_time - timedelta(seconds=1))
    with pytest.raises(PaymentCutoffPassed):
        require_valid(ASKED, ASKED.payment_cutoff_time)


def test_the_same_order_again_is_the_same_order():  # F-10
    existing = an_order(fingerprint=ASKED.fingerprint)
    assert same_or_refuse(existing, replace(ASKED)) is existing


@pytest.mark.parametrize(
    "change",
    [
        {"total_fen": 7001},
        {"items": (replace(ITEM, course_code="00539"),)},
        {"items": (ITEM, ITEM)},
        {"undertaking_version": "4"},
        {"session_id": "2027-04"},
        {"candidate_id": "2a3c1d6e-8a47-4a0e-9a53-5d1f7c2b9e11"},
        {"payment_cutoff_time": NOW},
    ],
)
def test_another_order_under_the_same_id_is_refused(change):  # F-10
    with pytest.raises(OrderIdReused):
        same_or_refuse(an_order(fingerprint=ASKED.fingerprint), replace(ASKED, **change))


def test_the_undertaking_in_force_must_be_accepted():  # PA-1
    require_payable(an_order(), "3", NOW)
    with pytest.raises(UndertakingOutdated) as refused:
        require_payable(an_order(), "2", NOW)
    assert refused.value.metadata == {"undertaking_version": "3"}


@pytest.mark.parametrize("state", [OrderState.EXPIRED, OrderState.CANCELLED, OrderState.FAILED])
def test_an_ended_order_cannot_be_paid(state):  # PA-2
    with pytest.raises(OrderEnded):
        require_payable(an_order(state), "3", NOW)


def test_nothing_is_paid_after_the_cutoff():  # F-15
    with pytest.raises(PaymentCutoffPassed):
        require_payable(an_order(), "3", NOW + timedelta(days=2))


def test_a_qr_code_is_valid_for_thirty_minutes():  # PA-3
    assert next_attempt(an_order(), "sandbox", TERMS, NOW).expire_time == NOW + timedelta(minutes=30)


def test_a_qr_code_never_outlives_the_payment_cutoff():  # F-15
    order = an_order(payment_cutoff_time=NOW + timedelta(minutes=7))
    assert next_attempt(order, "sandbox", TERMS, NOW).expire_time == order.payment_cutoff_time


def test_attempts_are_numbered_and_their_trade_numbers_are_fixed():  # F-9
    second = next_attempt(an_order(attempt=an_attempt(AttemptState.FAILED)), "sandbox", TERMS, NOW)
    assert second.number == 2
    assert second.out_trade_no == out_trade_no(ORDER_ID, 2) != out_trade_no(ORDER_ID, 1)
    assert len(second.out_trade_no) == 28
    assert second.out_trade_no.isalnum()


def test_an_order_ends_with_its_qr_code_or_when_none_was_asked_for():  # PA-3
    assert an_order().expire_time == NOW + timedelta(hours=2)
    assert awaiting().expire_time == NOW + timedelta(minutes=29)
    assert an_order(attempt=an_attempt(AttemptState.FAILED)).expire_time == NOW + timedelta(hours=2)


def test_only_an_open_attempt_has_a_qr_code():  # PA-3
    assert require_open_attempt(awaiting(), NOW).qr_content
    for order in (an_order(), an_order(attempt=an_attempt(AttemptState.PREPARED)), awaiting(state=OrderState.PAID)):
        with pytest.raises(NoOpenAttempt):
            require_open_attempt(order, NOW)
    with pytest.raises(NoOpenAttempt):
        require_open_attempt(awaiting(), NOW + timedelta(minutes=29))


@pytest.mark.parametrize("state", [OrderState.PAID, OrderState.REFUNDING, OrderState.REFUNDED])
def test_what_was_paid_does_not_end_unpaid(state):  # PA-3
    require_receipt(an_order(state))
    with pytest.raises(OrderAlreadyPaid):
        require_unpaid(an_order(state))


def test_a_receipt_comes_with_payment():  # PA-9
    with pytest.raises(OrderNotPaid):
        require_receipt(awaiting())


def test_refunded_money_is_the_sum_of_refunded_items():  # PA-6
    assert an_order(items=(replace(ITEM, refunded=True), ITEM)).refunded_fen == 7000
