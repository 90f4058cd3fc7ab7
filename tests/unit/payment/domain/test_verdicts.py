"""What follows from the platform's word, by answer or by notification."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.payment.domain.operator_queue import ExceptionKind
from services.payment.domain.orders import AttemptState, OrderEvent, OrderState
from services.payment.domain.platform_messages import Notification, Trade, TradeState
from services.payment.domain.timeline import Source
from services.payment.domain.verdicts import (
    NewsChannel,
    PaymentNews,
    Step,
    Verdict,
    accept_notification,
    heard,
    judge,
    judge_news,
    stuck_at_bank,
)
from services.payment.errors import UnknownOrder, WrongMerchant
from tests.unit.payment.invented_orders import NOW, ORDER_ID, an_attempt, an_order, awaiting

PAID = Trade("t", TradeState.PAID, 7000, "P1", NOW)
NOT_PAID = Trade("t", TradeState.NOT_PAID, 7000, "P1")
OVER = NOW + timedelta(minutes=29)
CLOSED = replace(NOT_PAID, state=TradeState.CLOSED)
SETTLE = Verdict(Step.SETTLE, OrderEvent.MONEY_ARRIVED)


@pytest.mark.parametrize("state", [OrderState.CREATED, OrderState.AWAITING_PAYMENT, OrderState.SUBMITTED_TO_BANK])
def test_the_whole_amount_settles_a_live_order(state):  # PA-5, F-3
    assert judge(awaiting(state=state), PAID, NOW) == SETTLE


def test_money_that_came_in_time_is_honoured_however_late_the_news():  # F-5
    in_time = replace(PAID, paid_time=OVER - timedelta(seconds=1))
    assert judge(awaiting(), in_time, OVER + timedelta(minutes=1)) == SETTLE


@pytest.mark.parametrize("amount", [0, 1, 6999, 7001])
def test_a_wrong_amount_changes_nothing_and_is_raised(amount):  # PA-8, F-4
    verdict = judge(awaiting(), replace(PAID, amount_fen=amount), NOW)
    assert verdict == Verdict(Step.RAISE, exception=ExceptionKind.WRONG_AMOUNT)


def test_an_order_with_a_wrong_amount_on_it_does_not_expire():  # PA-3
    assert judge(awaiting(), replace(PAID, amount_fen=1), OVER).step is Step.RAISE


@pytest.mark.parametrize("state", [OrderState.PAID, OrderState.REFUNDING, OrderState.REFUNDED])
def test_known_news_is_a_repetition(state):  # PA-5, F-2
    order = an_order(state, attempt=an_attempt(AttemptState.PAID, platform_trade_no="P1"))
    assert judge(order, PAID, NOW).step is Step.REPEATED


@pytest.mark.parametrize("state", [OrderState.EXPIRED, OrderState.CANCELLED, OrderState.FAILED])
def test_money_on_an_ended_order_is_held(state):  # PA-6, F-7
    order = an_order(state, attempt=an_attempt(AttemptState.CLOSED))
    assert judge(order, PAID, NOW) == Verdict(Step.HOLD, exception=ExceptionKind.LATE_MONEY)


def test_a_wrong_amount_is_no_repetition():  # PA-8, F-4
    order = an_order(OrderState.PAID, attempt=an_attempt(AttemptState.PAID, platform_trade_no="P1"))
    assert judge(order, replace(PAID, amount_fen=1), NOW).step is Step.RAISE


def test_late_money_is_held_once():  # PA-6
    order = an_order(OrderState.EXPIRED, attempt=an_attempt(AttemptState.PAID, platform_trade_no="P1"))
    assert judge(order, PAID, NOW).step is Step.REPEATED


def test_a_second_payment_of_a_paid_order_goes_back():  # PA-6, F-8
    order = an_order(OrderState.PAID, attempt=an_attempt(AttemptState.FAILED))
    assert judge(order, PAID, NOW) == Verdict(Step.GIVE_BACK, exception=ExceptionKind.DOUBLE_MONEY)


def test_money_paid_after_the_cutoff_goes_back():  # PA-6, F-15
    order = an_order(OrderState.EXPIRED, attempt=an_attempt(AttemptState.CLOSED))
    late = replace(PAID, paid_time=order.payment_cutoff_time + timedelta(seconds=1))
    assert judge(order, late, NOW) == Verdict(Step.GIVE_BACK, exception=ExceptionKind.LATE_MONEY)
    in_time = replace(PAID, paid_time=order.payment_cutoff_time)
    assert judge(order, in_time, NOW).step is Step.HOLD


def test_two_payments_of_one_trade_are_for_people_to_find_out():  # PA-6
    order = an_order(OrderState.PAID, attempt=an_attempt(AttemptState.PAID, platform_trade_no="P0"))
    assert judge(order, PAID, NOW) == Verdict(Step.RAISE, exception=ExceptionKind.DOUBLE_MONEY)


def test_nothing_happens_before_the_time_is_over():  # PA-3
    for state in (TradeState.NOT_PAID, TradeState.UNKNOWN):
        assert judge(awaiting(), replace(NOT_PAID, state=state), NOW) == Verdict(Step.NOTHING)


def test_when_the_time_is_over_the_trade_is_closed_before_the_order_ends():  # PA-3, F-6
    assert judge(awaiting(), NOT_PAID, OVER) == Verdict(Step.CLOSE, OrderEvent.TIME_RAN_OUT)
    assert judge(awaiting(), CLOSED, OVER) == Verdict(Step.END, OrderEvent.TIME_RAN_OUT)


def test_a_trade_the_platform_never_heard_of_ends_without_closing():  # F-9
    order = an_order(attempt=an_attempt(AttemptState.PREPARED))
    assert judge(order, replace(NOT_PAID, state=TradeState.UNKNOWN), OVER) == Verdict(Step.END, OrderEvent.TIME_RAN_OUT)


def test_a_trade_closed_by_the_platform_has_failed():  # PA-2
    assert judge(awaiting(), CLOSED, NOW) == Verdict(Step.END, OrderEvent.TRADE_FAILED)


def test_a_cancellation_closes_the_trade_first():  # PA-3
    verdict = judge(awaiting(), NOT_PAID, NOW, ending=OrderEvent.WAS_CANCELLED)
    assert verdict == Verdict(Step.CLOSE, OrderEvent.WAS_CANCELLED)


def test_a_trade_found_closed_was_cancelled_when_somebody_wished_it():  # PA-3, F-13
    wished = awaiting(cancel_time=NOW)
    for now in (NOW, OVER):
        assert judge(wished, CLOSED, now) == Verdict(Step.END, OrderEvent.WAS_CANCELLED)
    assert judge(wished, NOT_PAID, NOW) == Verdict(Step.NOTHING)
    assert judge(wished, PAID, NOW) == SETTLE


def test_a_cancellation_loses_against_money():  # F-6
    assert judge(awaiting(), PAID, NOW, ending=OrderEvent.WAS_CANCELLED) == SETTLE


def test_an_order_at_the_bank_neither_expires_nor_is_cancelled():  # PA-3
    paying = replace(NOT_PAID, state=TradeState.PAYING)
    assert judge(awaiting(), paying, NOW) == Verdict(Step.SUBMITTED, OrderEvent.BANK_TOOK_IT)
    submitted = awaiting(state=OrderState.SUBMITTED_TO_BANK)
    assert judge(submitted, paying, OVER, ending=OrderEvent.WAS_CANCELLED) == Verdict(Step.NOTHING)


def test_no_news_moves_an_order_that_is_no_longer_live():  # PA-5: late and out of order
    order = an_order(OrderState.PAID, attempt=an_attempt(AttemptState.PAID, platform_trade_no="P1"))
    for state in set(TradeState) - {TradeState.PAID}:
        assert judge(order, replace(NOT_PAID, state=state), OVER) == Verdict(Step.NOTHING)


def test_a_refund_nobody_here_asked_for_is_raised():  # PA-10
    assert judge(awaiting(), replace(PAID, state=TradeState.REFUNDED), NOW).exception is ExceptionKind.BILL_DIFFERENCE


def test_a_notification_for_another_merchant_or_order_is_refused():  # F-4
    notification = Notification("zikao", PAID)
    assert accept_notification(notification, merchant="zikao", order=awaiting()).order_id == ORDER_ID
    with pytest.raises(WrongMerchant):
        accept_notification(notification, merchant="another", order=awaiting())
    with pytest.raises(UnknownOrder):
        accept_notification(notification, merchant="zikao", order=None)


def test_an_order_is_stuck_thirty_minutes_after_the_bank_took_it():  # PA-4
    order = awaiting(state=OrderState.SUBMITTED_TO_BANK, submit_time=NOW)
    patience = timedelta(minutes=30)
    assert not stuck_at_bank(order, NOW + timedelta(minutes=29, seconds=59), patience)
    assert stuck_at_bank(order, NOW + patience, patience)
    assert not stuck_at_bank(replace(order, state=OrderState.PAID), NOW + patience, patience)


@pytest.mark.parametrize("channel", [NewsChannel.NOTIFICATION, NewsChannel.BILL])
@pytest.mark.parametrize("state", [state for state in TradeState if state is not TradeState.PAID])
def test_what_comes_unasked_counts_only_where_it_is_about_money(channel, state):  # PA-5
    news = PaymentNews(Trade("t", state, 7000, "P1"), channel, Source.PROVIDER)
    assert judge_news(awaiting(), news, NOW) == Verdict(Step.NOTHING)


@pytest.mark.parametrize("channel", NewsChannel)
def test_money_is_judged_by_one_rule_whoever_brings_the_news(channel):  # PA-5
    news = PaymentNews(PAID, channel, Source.PROVIDER)
    assert judge_news(awaiting(), news, NOW) == judge(awaiting(), PAID, NOW)


@pytest.mark.parametrize(
    ("trade", "outcome"),
    [
        (PAID, "ACCEPTED"),
        (replace(PAID, amount_fen=1), "WRONG_AMOUNT"),
        (replace(PAID, state=TradeState.CLOSED), "IGNORED"),
    ],
)
def test_a_notification_is_told_with_what_became_of_it_and_an_answer_as_it_was(trade, outcome):  # PA-11
    told = PaymentNews(trade, NewsChannel.NOTIFICATION, Source.PROVIDER)
    assert heard(awaiting(), told, judge_news(awaiting(), told, NOW)).outcome == outcome
    asked = PaymentNews(trade, NewsChannel.QUERY, Source.SWEEP)
    assert heard(awaiting(), asked, judge_news(awaiting(), asked, NOW)).outcome == trade.state.value
