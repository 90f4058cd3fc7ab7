"""An order as operators see it, and what they decide about it (PA-6, PA-12)."""

import re

from zikao.payment.v1 import payment_service_pb2, resources_pb2, settlement_service_pb2

from chassis.errors import NotFound
from tests.integration.gateway.logged_in_browser import Browser

EXCEPTION = "019a0000-0000-7000-8000-0000000000e1"
ORDER = "0f3c1d6e-8a47-4a0e-9a53-5d1f7c2b9e11"


def at_order(operator: Browser, **about: object) -> Browser:
    """An order about which something waits in the queue."""
    waiting = settlement_service_pb2.ListExceptionsResponse()
    waiting.exceptions.add(
        exception_id=EXCEPTION, state=resources_pb2.Exception.OPEN, action_zh="请决定", action_en="Decide", **about
    )
    answers = operator.services.answers
    answers["SettlementService.ListExceptions"] = waiting
    answers["PaymentService.GetOrder"] = resources_pb2.Order(order_id=ORDER, state=resources_pb2.Order.EXPIRED)
    answers["PaymentService.GetTimeline"] = payment_service_pb2.GetTimelineResponse()
    answers["PaymentService.ListRefunds"] = payment_service_pb2.ListRefundsResponse()
    return operator


async def test_late_money_is_decided_about_where_the_order_is_seen(operator: Browser) -> None:  # PA-6
    page = at_order(operator, kind=resources_pb2.Exception.LATE_MONEY)
    shown = (await page.get(f"/operation/orders/{ORDER}")).text
    assert "请决定" in shown
    assert "refund-account" not in shown
    page.services.answers["PaymentService.SettleLateMoney"] = resources_pb2.Order()
    refund = payment_service_pb2.SettleLateMoneyRequest.REFUND
    answer = await page.send(f"/operation/orders/{ORDER}/late-money", decision=str(refund))
    assert answer.headers["location"] == f"/operation/orders/{ORDER}"
    asked = page.asked("PaymentService/SettleLateMoney", payment_service_pb2.SettleLateMoneyRequest)
    assert (asked.order_id, asked.decision) == (ORDER, refund)


async def test_bank_details_are_recorded_where_the_way_back_is_closed(operator: Browser) -> None:  # PA-12
    page = at_order(operator, kind=resources_pb2.Exception.REFUND_FAILED, detail="ROUTE_CLOSED")
    assert "refund-account" in (await page.get(f"/operation/orders/{ORDER}")).text
    page.services.answers["SettlementService.SetRefundAccount"] = settlement_service_pb2.SetRefundAccountResponse()
    details = {"holder_name": "王小明", "account_number": "6222 0202 0011 2233", "bank_name": "中国工商银行"}
    await page.send(f"/operation/orders/{ORDER}/refund-account", **details)
    asked = page.asked("SettlementService/SetRefundAccount", settlement_service_pb2.SetRefundAccountRequest)
    assert (asked.order_id, asked.account_number) == (ORDER, "6222020200112233")
    page.services.answers["SettlementService.SetRefundAccount"] = NotFound()
    refused = await page.send(f"/operation/orders/{ORDER}/refund-account", **details)
    assert refused.status_code == 400
    assert 'value="王小明"' in refused.text


async def test_an_operator_gives_single_courses_back_with_a_reason(operator: Browser) -> None:  # PA-14
    page = at_order(operator, kind=resources_pb2.Exception.LATE_MONEY)
    order = resources_pb2.Order(order_id=ORDER, state=resources_pb2.Order.PAID, candidate_id=EXCEPTION)
    for number in "123":
        order.items.add(item_id=EXCEPTION[:-1] + number, course_name=f"课程{number}", fee_fen=6500)
    gone = payment_service_pb2.ListRefundsResponse()
    gone.refunds.add(state=resources_pb2.Refund.SUCCEEDED, item_ids=[order.items[2].item_id])
    page.services.answers["PaymentService.GetOrder"] = order
    page.services.answers["PaymentService.ListRefunds"] = gone
    page.services.answers["PaymentService.GetReceipt"] = resources_pb2.Receipt()
    shown = (await page.get(f"/operation/orders/{ORDER}")).text
    assert re.findall(r'name="item_ids"\s+value="([^"]+)"', shown) == [one.item_id for one in order.items[:2]]
    assert f'href="/operation/people/{EXCEPTION}"' in shown
    refund_id = re.findall(r'name="refund_id"\s+value="([^"]+)"', shown)[0]
    page.services.answers["PaymentService.CreateRefund"] = resources_pb2.Refund()
    typed = {"refund_id": refund_id, "note": "来电申请"}
    assert (await page.send(f"/operation/orders/{ORDER}/refund", **typed)).status_code == 400, "no course was chosen"
    await page.send(f"/operation/orders/{ORDER}/refund", item_ids=order.items[1].item_id, **typed)
    asked = page.asked("PaymentService/CreateRefund", payment_service_pb2.CreateRefundRequest)
    assert (asked.order_id, asked.refund_id, asked.note) == (ORDER, refund_id, "来电申请")
    assert (list(asked.item_ids), asked.reason) == ([order.items[1].item_id], resources_pb2.Refund.OPERATOR_DECISION)
