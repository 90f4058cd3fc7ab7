"""`zikao verify money` reads every platform's bills through payment (invariant 3)."""

from datetime import UTC, datetime, timedelta

import pytest
from zikao.payment.v1 import resources_pb2 as res
from zikao.payment.v1 import settlement_service_pb2 as settlement

from chassis.clock import SHANGHAI, SystemClock
from chassis.errors import RemoteRefusal
from cli.staff.api_client import ApiProblem
from cli.verify import bill_invariants
from tests.integration.payment.adapters.test_wechat import HEAD, TOTALS
from tests.support.wait_until import PATIENCE_SECONDS


class DeskApi:
    """The suite's API as far as bills go: the RPC behind the route."""

    def __init__(self, payment) -> None:
        self._desk = payment

    async def send(self, method: str, path: str, body: object) -> dict[str, str]:
        assert method == "POST"
        provider, date = path.removeprefix("/v1/statements/").removesuffix(":reconcile").split("/")
        request = settlement.ReconcileDayRequest(provider=provider, date=date)
        try:
            done = await self._desk.settlement.ReconcileDay(
                request, metadata=self._desk.as_operator(), timeout=PATIENCE_SECONDS
            )
        except RemoteRefusal as refused:
            raise ApiProblem(refused.reason, "refused") from refused
        return {"state": res.Statement.State.Name(done.state)}


@pytest.fixture
async def paid_before(at_wechat, wechat):
    """An order paid through the other platform three days ago, and the day's bill of that platform."""
    payment = at_wechat
    order = await payment.awaiting()
    number = order.attempt.out_trade_no
    wechat.pay(number)
    paid = (SystemClock().now() - timedelta(days=3)).astimezone(SHANGHAI).replace(hour=12, microsecond=0)
    wechat.trades[number]["success_time"] = paid.isoformat()
    assert (await payment.refresh(order)).order.state == res.Order.PAID
    wechat.bills[paid.date().isoformat()] = bill_of(wechat.trades[number], paid.astimezone(UTC), "70.00")
    return wechat, paid, wechat.trades[number]


def bill_of(trade, paid: datetime, yuan: str) -> str:
    said = dict.fromkeys(HEAD.split(","), "")
    said |= {
        "交易时间": paid.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
        "微信订单号": trade["transaction_id"],
        "商户订单号": trade["out_trade_no"],
        "交易状态": "SUCCESS",
        "订单金额": yuan,
    }
    line = ",".join(f"`{field}" for field in said.values())
    return f"{HEAD}\n{line}\n{TOTALS}\n"


async def proven(db):
    """How many break each check, and what the bills amount to by platform."""
    async with db.driver.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        for statement in bill_invariants.PREPARE:
            await connection.execute(statement)
        broken = [await connection.fetchval(check.broken) for check in bill_invariants.CHECKS]
        return broken, {one.provider: one for one in await bill_invariants.sums(connection)}


async def test_money_is_proven_by_the_bills_of_whichever_platform_it_came_through(at_wechat, paid_before, db):
    payment = at_wechat
    today = await payment.awaiting()
    wechat, paid, trade = paid_before
    wechat.pay(today.attempt.out_trade_no)
    await payment.refresh(today)
    async with db.driver.acquire() as connection:
        await bill_invariants.read_afresh(connection, DeskApi(payment))
    broken, said = await proven(db)
    assert broken == [0, 0, 0, 0]
    assert (said["wechat"].paid, said["wechat"].waiting) == (7000, 7000)
    wechat.bills[paid.date().isoformat()] = bill_of(trade, paid, "70.01")
    async with db.driver.acquire() as connection:
        await bill_invariants.read_afresh(connection, DeskApi(payment))
    assert (await proven(db))[0] == [1, 1, 0, 0]


async def test_a_platform_that_does_not_answer_proves_nothing(at_wechat, paid_before, db):  # F-18
    wechat, _, _ = paid_before
    wechat.unsigned = True
    async with db.driver.acquire() as connection:
        with pytest.raises(ApiProblem) as refused:
            await bill_invariants.read_afresh(connection, DeskApi(at_wechat))
    assert refused.value.reason == "PROVIDER_UNAVAILABLE"
