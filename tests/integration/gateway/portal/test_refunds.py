"""A candidate sees money on its way back, and says where it goes when it cannot go back as it came (PA-12)."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.enrollment.v1 import catalogue_pb2, refund_request_service_pb2
from zikao.payment.v1 import payment_service_pb2, resources_pb2, settlement_service_pb2

from tests.integration.gateway.logged_in_browser import Browser

ORDER = "0f3c1d6e-8a47-4a0e-9a53-5d1f7c2b9e11"
ITEM = "019a0000-0000-7000-8000-0000000000e1"
OTHER_ITEM = "019a0000-0000-7000-8000-0000000000e2"
Refund = resources_pb2.Refund


@pytest.fixture
def refund(candidate: Browser) -> Refund:
    order = resources_pb2.Order(order_id=ORDER, state=resources_pb2.Order.REFUNDING)
    order.items.add(item_id=ITEM, course_name="美学", fee_fen=6500)
    answer = payment_service_pb2.ListRefundsResponse()
    one = answer.refunds.add(amount_fen=6500, item_ids=[ITEM], due_date="2026-10-08", state=Refund.PROCESSING)
    answers = candidate.services.answers
    answers["PaymentService.GetOrder"] = order
    answers["PaymentService.ListRefunds"] = answer
    answers["CatalogueService.GetSession"] = catalogue_pb2.ExamSession(session_id="2026-10")
    answers["RefundRequestService.ListRefundRequests"] = refund_request_service_pb2.ListRefundRequestsResponse()
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


async def test_a_course_is_asked_for_where_the_session_allows_it(candidate: Browser, refund: Refund) -> None:  # PA-14
    answers, address = candidate.services.answers, f"/orders/{ORDER}/refunds"
    order = answers["PaymentService.GetOrder"]
    assert isinstance(order, resources_pb2.Order)
    order.state = resources_pb2.Order.PAID
    order.items.add(item_id=OTHER_ITEM, course_name="中国古代文学史", fee_fen=6500)
    assert "refunds/request" not in (await candidate.get(address)).text
    deadline = Timestamp(seconds=4_000_000_000)
    answers["CatalogueService.GetSession"] = catalogue_pb2.ExamSession(refund_request_deadline=deadline)
    shown = (await candidate.get(address)).text
    assert [f'value="{item}"' in shown for item in (ITEM, OTHER_ITEM)] == [False, True], "one is on its way back"
    answers["RefundRequestService.RequestRefund"] = refund_request_service_pb2.RefundRequest()
    answer = await candidate.send(f"{address}/request", selection_id=OTHER_ITEM, reason="与工作冲突")
    assert answer.headers["location"] == address
    asked = candidate.asked("RefundRequestService/RequestRefund", refund_request_service_pb2.RequestRefundRequest)
    assert (asked.selection_id, asked.reason) == (OTHER_ITEM, "与工作冲突")


async def test_a_candidate_reads_how_a_request_stands(candidate: Browser, refund: Refund) -> None:  # PA-14
    answer = refund_request_service_pb2.ListRefundRequestsResponse()
    state = refund_request_service_pb2.RefundRequest.REFUSED
    answer.requests.add(selection_id=OTHER_ITEM, order_id=ORDER, course_name="美学", state=state, note="已过考试时间")
    candidate.services.answers["RefundRequestService.ListRefundRequests"] = answer
    page = (await candidate.get(f"/orders/{ORDER}/refunds")).text
    assert ("不予退费" in page, "已过考试时间" in page) == (True, True)
