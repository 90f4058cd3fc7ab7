"""The adapter for WeChat Pay v3 on a platform that verifies and signs with real keys (PA-13)."""

import secrets
from dataclasses import replace
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from pydantic import ValidationError
from zikao.payment.v1 import (
    payment_service_pb2,
    settlement_service_pb2,
)
from zikao.payment.v1 import resources_pb2 as res

from chassis.clock import SHANGHAI, SystemClock
from chassis.external_systems.passive_health import Monitor, Role
from chassis.ids import new_id
from services.payment import main
from services.payment.adapters.platform_http import platform_client as connected
from services.payment.adapters.wechat.provider import WeChatProvider
from services.payment.config import Config
from services.payment.domain.platform_messages import CloseAnswer, NewTrade, RefundAnswer, TradeState
from services.payment.domain.refunds import BankAccount
from services.payment.errors import (
    BillNotReady,
    NotificationForged,
    NotificationMalformed,
    PaymentRefused,
    ProviderUnavailable,
)
from services.payment.ports import RefundRefused
from tests.integration.payment.wechat_platform import MCHID
from tests.unit.payment.adapters.test_wechat import PAID

HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,"
    "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
TOTALS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\n"
    "`1,`0.01,`0.00,`0.00,`0.00,`0.01,`0.00"
)
DAY = date(2021, 1, 28)
LATER = timedelta(minutes=10)


@pytest.fixture
async def provider(wechat, wechat_url):
    async with connected(wechat_url, 3, 8, LINE) as http:
        yield WeChatProvider(wechat.account(), "https://example.invalid/notify", http, SystemClock())


def a_trade(**changes) -> NewTrade:
    named = {
        "out_trade_no": secrets.token_hex(14),
        "amount_fen": 7000,
        "subject": "自学考试报名费",
        "expire_time": SystemClock().now() + timedelta(minutes=30),
    }
    return NewTrade(**(named | changes))


async def test_the_same_trade_again_is_the_same_trade(provider, wechat):  # F-9
    trade = a_trade()
    code = await provider.create(trade)
    assert code.qr_content.startswith("weixin://")
    assert await provider.create(trade) == code
    assert len(wechat.trades) == 1
    with pytest.raises(PaymentRefused):
        await provider.create(a_trade(out_trade_no=trade.out_trade_no, amount_fen=1))


async def test_a_trade_is_asked_about(provider, wechat):  # PA-4
    trade = a_trade()
    assert (await provider.query(trade.out_trade_no)).state is TradeState.UNKNOWN
    await provider.create(trade)
    assert (await provider.query(trade.out_trade_no)).state is TradeState.NOT_PAID
    wechat.trades[trade.out_trade_no]["trade_state"] = "USERPAYING"
    assert (await provider.query(trade.out_trade_no)).state is TradeState.PAYING
    wechat.pay(trade.out_trade_no)
    paid = await provider.query(trade.out_trade_no)
    assert (paid.state, paid.amount_fen) == (TradeState.PAID, 7000)
    assert abs(paid.paid_time - SystemClock().now()) < timedelta(minutes=1)
    assert await provider.close(trade.out_trade_no) is CloseAnswer.ALREADY_PAID


async def test_a_trade_is_closed(provider):  # PA-3
    trade = a_trade()
    await provider.create(trade)
    assert await provider.close(trade.out_trade_no) is CloseAnswer.CLOSED
    assert await provider.close("never-heard-of") is CloseAnswer.CLOSED
    assert (await provider.query(trade.out_trade_no)).state is TradeState.CLOSED


async def test_money_is_given_back_once(provider, wechat):  # PA-6
    trade, refund = a_trade(), secrets.token_hex(14)
    await provider.create(trade)
    with pytest.raises(RefundRefused):
        await provider.refund(refund, trade.out_trade_no, 7000)
    wechat.pay(trade.out_trade_no)
    assert await provider.query_refund(refund) is None
    for _ in range(2):
        assert await provider.refund(refund, trade.out_trade_no, 7000) is RefundAnswer.PROCESSING
    assert len(wechat.refunds) == 1
    wechat.refunds[refund]["status"] = "SUCCESS"
    assert await provider.query_refund(refund) is RefundAnswer.SUCCEEDED
    wechat.refunds[refund]["status"] = "ABNORMAL"
    with pytest.raises(RefundRefused) as refused:
        await provider.query_refund(refund)
    assert refused.value.route_closed


LINE = Monitor(Role.PAYMENT_PLATFORM, "wechat", SystemClock())
CARD = BankAccount("王小明", "6222020200112233", "中国工商银行上海分行")


async def an_abnormal_refund(provider, wechat):
    """A refund that the platform has taken and could not give back."""
    trade, refund = a_trade(), secrets.token_hex(14)
    await provider.create(trade)
    wechat.pay(trade.out_trade_no)
    await provider.refund(refund, trade.out_trade_no, 7000)
    wechat.refunds[refund]["status"] = "ABNORMAL"
    return refund, trade.out_trade_no


async def test_a_refund_that_came_back_is_paid_out_once_to_details_only_the_platform_reads(provider, wechat):  # PA-12
    refund = await an_abnormal_refund(provider, wechat)
    for _ in range(2):
        assert await provider.pay_out(*refund, 7000, CARD) is RefundAnswer.PROCESSING
    assert wechat.cards == [("王小明", "6222020200112233", "ICBC_DEBIT")]
    wechat.refunds[refund[0]]["status"] = "SUCCESS"
    assert await provider.pay_out(*refund, 7000, CARD) is RefundAnswer.SUCCEEDED


@pytest.mark.parametrize(
    "changes", [{"bank_name": "示例银行上海分行"}, {"holder_name": "长" * 100}], ids=["bank", "name"]
)
async def test_details_that_the_platform_cannot_serve_wait_for_better_ones(provider, wechat, changes):  # PA-12
    refund = await an_abnormal_refund(provider, wechat)
    with pytest.raises(RefundRefused) as refused:
        await provider.pay_out(*refund, 7000, replace(CARD, **changes))
    assert refused.value.route_closed
    assert wechat.cards == []


async def test_a_payout_that_is_refused_waits_for_better_details(provider, wechat):  # PA-12
    refund = await an_abnormal_refund(provider, wechat)
    wechat.refuse = {"apply-abnormal-refund": (400, "PARAM_ERROR")}
    with pytest.raises(RefundRefused) as refused:
        await provider.pay_out(*refund, 7000, CARD)
    assert (refused.value.provider_code, refused.value.route_closed) == ("PARAM_ERROR", True)


async def test_a_refund_that_the_platform_never_took_is_asked_for_once_more(provider, wechat):  # PA-12
    trade, refund = a_trade(), secrets.token_hex(14)
    await provider.create(trade)
    wechat.pay(trade.out_trade_no)
    assert await provider.pay_out(refund, trade.out_trade_no, 7000, CARD) is RefundAnswer.PROCESSING
    assert wechat.refunds[refund]["status"] == "PROCESSING"


async def test_an_answer_that_the_platform_has_not_signed_is_no_answer(provider, wechat):  # F-4, F-18
    wechat.unsigned = True
    for asked in (provider.create(a_trade()), provider.query("t"), provider.close("t"), provider.query_refund("r")):
        with pytest.raises(ProviderUnavailable):
            await asked


async def test_a_platform_that_is_busy_is_no_refusal(provider, wechat):  # F-18
    wechat.refuse = {"native": (429, "FREQUENCY_LIMITED"), "out-trade-no": (500, "SYSTEM_ERROR")}
    for asked in (provider.create(a_trade()), provider.query("t"), provider.close("t")):
        with pytest.raises(ProviderUnavailable):
            await asked


async def bill(provider, day=DAY):
    return [line async for line in provider.bill(day)]


async def test_a_bill_is_believed_by_its_hash(provider, wechat):  # PA-10
    wechat.bills[DAY.isoformat()] = f"\ufeff{HEAD}\r\n{PAID}\r\n{TOTALS}\r\n"
    assert [(line.out_trade_no, line.amount_fen) for line in await bill(provider)] == [("S20210128170702357723", 1)]
    wechat.wrong_hash = True
    with pytest.raises(ProviderUnavailable):
        await bill(provider)


async def test_a_bill_that_was_cut_is_no_bill(provider, wechat):  # PA-10
    wechat.bills[DAY.isoformat()] = f"{HEAD}\n{PAID}\n"
    with pytest.raises(ProviderUnavailable):
        await bill(provider)


async def test_a_day_without_trades_has_an_empty_bill_and_today_none_yet(provider, wechat):  # PA-10
    assert await bill(provider) == []
    with pytest.raises(BillNotReady):
        await bill(provider, SystemClock().now().astimezone(SHANGHAI).date())
    wechat.refuse = {"tradebill": (400, "STATEMENT_CREATING")}
    with pytest.raises(BillNotReady):
        await bill(provider)


async def test_a_notification_is_verified_and_decrypted(provider, wechat):  # PA-5
    trade = a_trade()
    await provider.create(trade)
    wechat.pay(trade.out_trade_no)
    told = await provider.read_notification(*wechat.notification(trade.out_trade_no))
    assert told.merchant == MCHID
    assert told.trade == await provider.query(trade.out_trade_no)


async def test_a_notification_that_is_not_the_platforms_is_forged(provider, wechat):  # F-4
    trade = a_trade()
    await provider.create(trade)
    wechat.pay(trade.out_trade_no)
    body, headers = wechat.notification(trade.out_trade_no)
    spoilt = [
        (body + b" ", headers),
        (body, wechat.signed(body, generate_private_key(65537, 2048))),
        (body, headers | {"wechatpay-serial": "PUB_KEY_ID_UNKNOWN"}),
        (body, headers | {"wechatpay-signature": "WECHATPAY/SIGNTEST/AAAA"}),
        (body, {}),
    ]
    for said, under in spoilt:
        with pytest.raises(NotificationForged):
            await provider.read_notification(said, under)


async def test_what_cannot_be_decrypted_is_malformed(provider, wechat):  # F-4
    body, _ = wechat.sealed("transaction", {"mchid": MCHID})
    spoilt = body.replace(b'"associated_data": "transaction"', b'"associated_data": "another"')
    with pytest.raises(NotificationMalformed):
        await provider.read_notification(spoilt, wechat.signed(spoilt))
    with pytest.raises(NotificationMalformed):
        await provider.read_notification(b"{}", wechat.signed(b"{}"))


async def test_news_of_a_refund_settles_no_order(provider, wechat):
    told = await provider.read_notification(
        *wechat.sealed("refund", {"mchid": MCHID, "out_trade_no": "t", "refund_status": "SUCCESS"})
    )
    assert told.trade.state is TradeState.REFUNDED


async def test_an_order_is_paid_through_the_platform_that_the_configuration_names(at_wechat, wechat):
    payment = at_wechat
    order = await payment.awaiting()
    assert order.attempt.provider == "wechat"
    wechat.pay(order.attempt.out_trade_no)
    body, headers = wechat.notification(order.attempt.out_trade_no)
    answer = await payment.notify(body, headers, "wechat")
    assert answer.data == b'{"code":"SUCCESS"}'
    paid = await payment.get(order)
    assert (paid.state, paid.attempt.state) == (res.Order.PAID, res.PaymentAttempt.PAID)
    await payment.notify(body, headers, "wechat")
    assert [entry for entry in await payment.timeline(order) if entry[2] == "PAID"] == [
        ("STATE_CHANGED", "PROVIDER", "PAID")
    ]
    unheard = await payment.awaiting()
    wechat.pay(unheard.attempt.out_trade_no)
    refreshed = await payment.refresh(unheard)
    assert refreshed.order.state == res.Order.PAID


async def a_refund_that_comes_back(payment, wechat, *, account: str = ""):
    """A paid order whose refund the platform has taken and cannot give back; `account`: a bank on record before."""
    order = await payment.awaiting()
    wechat.pay(order.attempt.out_trade_no)
    await payment.refresh(order)
    if account:
        await give_details(payment, order, account)
    asked = payment_service_pb2.CreateRefundRequest(
        order_id=order.order_id, refund_id=new_id(), reason=res.Refund.OPERATOR_DECISION
    )
    await payment.stub.CreateRefund(asked, metadata=payment.as_enrollment())
    assert await payment.give_back(order) == [("PROCESSING", "OPERATOR_DECISION", 7000)]
    wechat.refunds[asked.refund_id]["status"] = "ABNORMAL"
    return order, wechat.refunds[asked.refund_id]


async def give_details(payment, order, bank: str) -> None:
    told = settlement_service_pb2.SetRefundAccountRequest(
        order_id=order.order_id, holder_name=CARD.holder_name, account_number=CARD.account_number, bank_name=bank
    )
    await payment.settlement.SetRefundAccount(told, metadata=payment.as_operator())


async def test_a_refund_that_comes_back_waits_for_details_that_the_platform_serves(at_wechat, wechat):  # PA-12
    payment = at_wechat
    order, refund = await a_refund_that_comes_back(payment, wechat)
    assert await payment.give_back(order, LATER) == [("FAILED", "OPERATOR_DECISION", 7000)]
    assert await payment.exceptions(order) == ["REFUND_FAILED"]
    await give_details(payment, order, "示例银行")
    assert await payment.give_back(order) == [("FAILED", "OPERATOR_DECISION", 7000)]
    await give_details(payment, order, CARD.bank_name)
    assert await payment.give_back(order) == [("PROCESSING", "OPERATOR_DECISION", 7000)]
    assert wechat.cards == [("王小明", "6222020200112233", "ICBC_DEBIT")]
    refund["status"] = "SUCCESS"
    assert await payment.give_back(order, LATER) == [("SUCCEEDED", "OPERATOR_DECISION", 7000)]
    assert await payment.exceptions(order) == []


async def test_details_on_record_are_used_when_a_refund_comes_back_and_only_once(at_wechat, wechat):  # PA-12
    payment = at_wechat
    order, refund = await a_refund_that_comes_back(payment, wechat, account=CARD.bank_name)
    assert await payment.give_back(order, LATER) == [("PROCESSING", "OPERATOR_DECISION", 7000)]
    assert (len(wechat.cards), await payment.exceptions(order)) == (1, [])
    refund["status"] = "ABNORMAL"
    assert await payment.give_back(order, LATER) == [("FAILED", "OPERATOR_DECISION", 7000)]
    assert (len(wechat.cards), await payment.exceptions(order)) == (1, ["REFUND_FAILED"])


def test_a_provider_without_an_account_is_a_mistake_of_the_configuration():
    with pytest.raises(ValidationError, match="ZIKAO_WECHAT"):
        Config(provider="wechat", field_key="00" * 32)


async def test_the_simulated_platform_is_not_heard_where_it_is_not_enabled(payment, wechat, wechat_url):  # F-4
    account = wechat.account(wechat_url)
    simulated = payment.config.sandbox.model_copy(update={"enabled": False})
    config = payment.config.model_copy(update={"provider": "wechat", "wechat": account, "sandbox": simulated})
    async with main.payment(config, payment.clock) as service:
        assert set(service.dependencies.providers) == {"wechat"}
    with pytest.raises(ValidationError, match="ZIKAO_PROVIDER"):
        Config(sandbox=simulated, field_key="00" * 32)
