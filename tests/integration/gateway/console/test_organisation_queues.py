"""Operators see every organisation's queue, and reopen a case whose last submission was rejected (RE-9, RE-10)."""

import pytest
from zikao.review.v1 import resources_pb2, review_service_pb2

from chassis.errors import Code, Refusal
from tests.integration.gateway.logged_in_browser import Browser

CASE = "019a0000-0000-7000-8000-0000000000c1"


class NotExhausted(Refusal):
    reason = "CASE_NOT_EXHAUSTED"
    code = Code.FAILED_PRECONDITION
    zh = "还有提交次数。"
    en = "Submissions are left."


@pytest.fixture
def operator(operator: Browser) -> Browser:
    """An operator, whom review answers."""
    queue = resources_pb2.ReviewFigures(organisation="10269", waiting=3, overdue=1, double_reviewed=4, agreed=3)
    figures = review_service_pb2.ListReviewFiguresResponse(figures=[queue])
    case = resources_pb2.Case(case_id=CASE, kind="SPECIAL_MAJOR", subject_name="护理学", organisation="10246")
    cases = review_service_pb2.ListExhaustedCasesResponse(cases=[case])
    operator.services.answers |= {
        "ReviewService.ListReviewFigures": figures,
        "ReviewService.ListExhaustedCases": cases,
    }
    return operator


async def test_every_queue_and_every_exhausted_case_is_shown(operator: Browser) -> None:  # RE-9, RE-10
    page = (await operator.get("/operation/reviews")).text
    assert ["10269" in page, "3/4" in page, "护理学" in page] == [True, True, True]


async def test_a_case_is_reopened_with_the_reason_that_was_typed(operator: Browser) -> None:  # RE-10
    operator.services.answers["ReviewService.ReopenCase"] = resources_pb2.Case(case_id=CASE)
    answer = await operator.send(f"/operation/reviews/{CASE}/reopen", reason="原件已核验")
    assert answer.headers["location"] == "/operation/reviews"
    asked = operator.asked("ReviewService/ReopenCase", review_service_pb2.ReopenCaseRequest)
    assert (asked.case_id, asked.reason) == (CASE, "原件已核验")


async def test_what_is_not_reopened_keeps_the_reason_and_says_why(operator: Browser) -> None:  # RE-10
    operator.services.answers["ReviewService.ReopenCase"] = NotExhausted()
    answer = await operator.send(f"/operation/reviews/{CASE}/reopen", reason="原件已核验")
    assert (answer.status_code, "还有提交次数。" in answer.text, "原件已核验" in answer.text) == (400, True, True)
