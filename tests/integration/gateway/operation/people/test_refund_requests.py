"""What candidates ask to have back, before an operator (PA-14)."""

import pytest
from zikao.enrollment.v1 import catalogue_pb2, refund_request_service_pb2

from services.enrollment.errors import RefundRefusalUnexplained
from tests.integration.gateway.logged_in_browser import Browser

SELECTION = "019a0000-0000-7000-8000-0000000000e1"
PERSON = "019a0000-0000-7000-8000-0000000000c1"
PATH = "/operation/refund-requests"
Request = refund_request_service_pb2.RefundRequest
Decide = refund_request_service_pb2.DecideRefundRequestRequest


@pytest.fixture
def waiting(operator: Browser) -> Browser:
    answer = refund_request_service_pb2.ListRefundRequestsResponse()
    answer.requests.add(
        selection_id=SELECTION, candidate_id=PERSON, course_name="美学", reason="与工作冲突", state=Request.WAITING
    )
    operator.services.answers["RefundRequestService.ListRefundRequests"] = answer
    operator.services.answers["RefundRequestService.DecideRefundRequest"] = Request()
    return operator


async def test_a_request_is_decided_where_it_is_read(waiting: Browser) -> None:  # PA-14
    page = (await waiting.get(PATH)).text
    assert [word in page for word in ("美学", "与工作冲突", f"/operation/people/{PERSON}")] == [True, True, True]
    answer = await waiting.send(f"{PATH}/{SELECTION}/decide", decision=str(Request.APPROVED), note="")
    assert answer.headers["location"] == PATH
    asked = waiting.asked("RefundRequestService/DecideRefundRequest", Decide)
    assert (asked.selection_id, asked.decision) == (SELECTION, Request.APPROVED)


async def test_a_refusal_without_words_is_a_mistake_at_its_input(waiting: Browser) -> None:  # PA-14
    waiting.services.answers["RefundRequestService.DecideRefundRequest"] = RefundRefusalUnexplained()
    answer = await waiting.send(f"{PATH}/{SELECTION}/decide", decision=str(Request.REFUSED), note="")
    assert answer.status_code == 400
    assert "请说明不予退费的原因" in answer.text


async def test_a_session_takes_requests_until_a_date_or_none(operator: Browser) -> None:  # PA-14
    operator.services.answers["RefundRequestService.SetRefundRequestDeadline"] = catalogue_pb2.ExamSession()
    asked = refund_request_service_pb2.SetRefundRequestDeadlineRequest
    for typed, seconds in (("2026-10-01T00:00", 1_790_784_000), ("", 0)):
        answer = await operator.send("/operation/sessions/2026-10/refund-requests", deadline=typed)
        assert answer.headers["location"] == "/operation/sessions/2026-10"
        sent = operator.asked("RefundRequestService/SetRefundRequestDeadline", asked)
        assert (sent.session_id, sent.deadline.seconds, sent.HasField("deadline")) == ("2026-10", seconds, bool(typed))
