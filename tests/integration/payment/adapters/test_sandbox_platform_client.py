"""The adapter for the sandbox's platform, on the platform itself (PA-13)."""

import secrets
from datetime import timedelta

import pytest

from chassis.clock import SHANGHAI, SystemClock
from chassis.external_systems.passive_health import Monitor, Role
from services.payment.adapters.platform_http import platform_client as connected
from services.payment.adapters.sandbox_platform_client import SandboxAccount, SandboxProvider
from services.payment.domain.platform_messages import BillLine, CloseAnswer, NewTrade, RefundAnswer, TradeState
from services.payment.errors import PaymentRefused, ProviderUnavailable
from services.payment.ports import RefundRefused
from tests.support.free_port import free_port


@pytest.fixture
async def provider(platform, keys_dir):
    """The adapter; notifications go nowhere."""
    keys = keys_dir / "sandbox"
    notify_url = f"http://127.0.0.1:{free_port()}/nowhere"
    account = SandboxAccount("zikao", keys / "merchants" / "zikao.pem", keys, notify_url)
    line = Monitor(Role.PAYMENT_PLATFORM, "sandbox", SystemClock())
    async with connected(platform.url, 3, 8, line) as http:
        yield SandboxProvider(account, http, SystemClock())


def a_trade(**changes):
    named = {
        "out_trade_no": secrets.token_hex(14),
        "amount_fen": 7000,
        "subject": "自学考试报名费",
        "expire_time": SystemClock().now() + timedelta(minutes=30),
    }
    return NewTrade(**(named | changes))


async def test_the_same_trade_again_is_the_same_code(provider):  # F-9
    trade = a_trade()
    assert await provider.create(trade) == await provider.create(trade)
    with pytest.raises(PaymentRefused):
        await provider.create(a_trade(out_trade_no=trade.out_trade_no, amount_fen=1))


async def test_a_trade_is_asked_about(provider, platform):  # PA-4
    trade = a_trade()
    assert (await provider.query(trade.out_trade_no)).state is TradeState.UNKNOWN
    await provider.create(trade)
    assert (await provider.query(trade.out_trade_no)).state is TradeState.NOT_PAID
    await platform.hold(trade.out_trade_no)
    assert (await provider.query(trade.out_trade_no)).state is TradeState.PAYING
    assert await provider.close(trade.out_trade_no) is CloseAnswer.IN_PROGRESS
    await platform.pay(trade.out_trade_no)
    paid = await provider.query(trade.out_trade_no)
    assert (paid.state, paid.amount_fen) == (TradeState.PAID, 7000)
    assert paid.paid_time is not None
    assert await provider.close(trade.out_trade_no) is CloseAnswer.ALREADY_PAID


async def test_a_closed_trade_cannot_be_paid(provider, platform):  # PA-3
    trade = a_trade()
    await provider.create(trade)
    assert await provider.close(trade.out_trade_no) is CloseAnswer.CLOSED
    assert await provider.close(trade.out_trade_no) is CloseAnswer.CLOSED
    assert await provider.close("never-heard-of") is CloseAnswer.CLOSED
    assert (await provider.query(trade.out_trade_no)).state is TradeState.CLOSED
    assert not (await platform.pay(trade.out_trade_no)).is_success


async def test_money_is_given_back_once(provider, platform):  # PA-6
    trade, refund = a_trade(), secrets.token_hex(14)
    await provider.create(trade)
    with pytest.raises(RefundRefused) as refused:
        await provider.refund(refund, trade.out_trade_no, 7000)
    assert (refused.value.provider_code, refused.value.route_closed) == ("ORDER_NOT_PAID", False)
    await platform.pay(trade.out_trade_no)
    assert await provider.query_refund(refund) is None
    for _ in range(2):
        assert await provider.refund(refund, trade.out_trade_no, 7000) is RefundAnswer.SUCCEEDED
    assert await provider.query_refund(refund) is RefundAnswer.SUCCEEDED
    assert (await provider.query(trade.out_trade_no)).state is TradeState.REFUNDED


async def bill(provider) -> list[BillLine]:
    return [line async for line in provider.bill(SystemClock().now().astimezone(SHANGHAI).date())]


async def test_the_bill_lists_payments_and_refunds(provider, platform):  # PA-10
    trade = a_trade()
    await provider.create(trade)
    await platform.pay(trade.out_trade_no)
    await provider.refund(secrets.token_hex(14), trade.out_trade_no, 3000)
    lines = [line for line in await bill(provider) if line.out_trade_no == trade.out_trade_no]
    assert [(line.kind, line.amount_fen) for line in lines] == [("PAYMENT", 7000), ("REFUND", 3000)]


@pytest.mark.parametrize("kind", ["FORGED", "OUTAGE"])
async def test_a_bill_that_cannot_be_believed_is_no_bill(provider, platform, kind):  # PA-10
    await platform.fault("global", "bill", kind, times=1)
    with pytest.raises(ProviderUnavailable):
        await bill(provider)
