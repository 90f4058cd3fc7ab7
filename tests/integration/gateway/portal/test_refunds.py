"""A candidate sees money on its way back, and says where it goes when it cannot go back as it came (PA-12)."""

import pytest
from zikao.payment.v1 import payment_service_pb2, resources_pb2, settlement_service_pb2

from tests.integration.gateway.logged_in_browser import Browser

ORDER = "0f3c1d6e-8a47-4a0e-9a53-5d1f7c2b9e11"
ITEM = "019a0000-0000-7000-8000-0000000000e1"
Refund = resources_pb2.Refund


@pytest.fixture
def refund(candidate: Browser) -> Refund:
    order = resources_pb2.Order(order_id=ORDER, state=resources_pb2.Order.REFUNDING)
    order.items.add(item_id=ITEM, course_name="美学", fee_fen=6500)
    answer = payment_service_pb2.ListRefundsResponse()
    one = answer.refunds.add(amount_fen=6500, item_ids=[ITEM], due_date="2026-10-08", state=Refund.PROCESSING)
    candidate.services.answers["PaymentService.GetOrder"] = order
    candidate.services.answers["PaymentService.ListRefunds"] = answer
    return one


async def test_a_candidate_sees_what_goes_back_and_until_when(candidate: Browser, refund: Refund) -> None:  # PA-12
    page = (await candidate.get(f"/orders/{ORDER}/refunds")).text
    assert [word in page for word in ("¥65.00", "美学", "2026-10-08", "refunds/account")] == [True, True, True, False]


async def test_where_the_way_is_closed_the_candidate_gives_an_account(candidate: Browser, refund: Refund) -> None:
    # PA-12, GW-4
    refund.state, refund.failure_code = Refund.FAILED, "ROUTE_CLOSED"
    assert "refunds/account" in (await candidate.get(f"/orders/{ORDER}/refunds")).text
    answers = candidate.services.answers
    answers["SettlementService.SetRefundAccount"] = settlement_service_pb2.SetRefundAccountResponse()
    details = {"holder_name": "测试甲", "account_number": "6222 0202 0011 2233", "bank_name": "中国工商银行"}
    answer = await candidate.send(f"/orders/{ORDER}/refunds/account", **details)
    assert answer.headers["location"] == f"/orders/{ORDER}/refunds"
    asked = candidate.asked("SettlementService/SetRefundAccount", settlement_service_pb2.SetRefundAccountRequest)
    assert (asked.order_id, asked.account_number) == (ORDER, "6222020200112233")
