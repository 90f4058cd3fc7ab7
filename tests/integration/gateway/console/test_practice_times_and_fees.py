"""The practice courses of a school, which the exam authority has none of (RE-2)."""

import re

import pytest
from zikao.enrollment.v1 import catalogue_service_pb2, practice_service_pb2
from zikao.review.v1 import resources_pb2

from tests.integration.gateway.logged_in_browser import Browser


async def test_the_exam_authority_has_no_practice_courses(reviewer: Browser) -> None:  # RE-2
    reviewer.services.answers["CatalogueService.ListSessions"] = catalogue_service_pb2.ListSessionsResponse()
    reviewer.services.answers["ReviewService.GetReviewFigures"] = resources_pb2.ReviewFigures(organisation="AUTHORITY")
    assert "实践课程由各主考学校办理" in (await reviewer.get("/console/practice")).text


REVIEWERS = "/console/practice/2026-10"
OPERATORS = "/operation/sessions/2026-10/schools/10269/practice"
LIST = b"ticket_number,course_code\n995372828157,00019\n"
Import = practice_service_pb2.ImportPracticePaymentsRequest
Imported = practice_service_pb2.ImportPracticePaymentsResponse


@pytest.fixture(params=[REVIEWERS, OPERATORS])
def at(request: pytest.FixtureRequest) -> tuple[Browser, str]:
    """A reviewer of a school, or an operator who chose it."""
    browser = request.getfixturevalue("reviewer" if request.param == REVIEWERS else "operator")
    answers = browser.services.answers
    answers["ReviewService.GetReviewFigures"] = resources_pb2.ReviewFigures(organisation="10269")
    answers["PracticeService.ListPracticeSelections"] = practice_service_pb2.ListPracticeSelectionsResponse()
    answers["PracticeService.ListCollisions"] = practice_service_pb2.ListCollisionsResponse()
    return browser, request.param


async def send(browser: Browser, path: str, content: bytes) -> str:
    sent = {"payments": ("payments.csv", content)} if content else {}
    answer = await browser.http.post(path, data={"csrf_token": browser.form_token}, files=sent or None)
    return answer.text


async def test_a_list_of_payments_is_checked_then_confirmed_as_checked(at: tuple[Browser, str]) -> None:  # EN-10, EN-20
    browser, address = at
    assert f'action="{address}/payments"' in (await browser.get(address)).text
    browser.services.answers["PracticeService.ImportPracticePayments"] = Imported(confirmed=1, existing=2)
    checked = await send(browser, f"{address}/payments", LIST)
    assert "检查通过，尚未确认。" in checked
    assert browser.asked("PracticeService/ImportPracticePayments", Import).dry_run
    carried = re.findall(r'name="payments" value="([^"]+)"', checked)[0]
    browser.services.answers["PracticeService.ImportPracticePayments"] = Imported(confirmed=1, applied=True)
    await browser.send(f"{address}/payments/confirm", payments=carried)
    asked = browser.asked("PracticeService/ImportPracticePayments", Import)
    assert (asked.session_id, asked.school_code, asked.content, asked.dry_run) == ("2026-10", "10269", LIST, False)


async def test_bad_lines_are_shown_and_nothing_can_be_confirmed(at: tuple[Browser, str]) -> None:  # EN-10, F-20
    browser, address = at
    found = Imported()
    found.problems.add(line=2, column="course_code", expected_zh="已选报的实践课程", expected_en="a selected course")
    browser.services.answers["PracticeService.ImportPracticePayments"] = found
    page = await send(browser, f"{address}/payments", LIST)
    assert "已选报的实践课程" in page
    assert "payments/confirm" not in page
    assert '<a href="#payments">' in await send(browser, f"{address}/payments", b"")
