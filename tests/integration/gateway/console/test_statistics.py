"""An organisation's figures and the export of its decisions (RE-9)."""

from google.api import httpbody_pb2
from zikao.review.v1 import resources_pb2, review_service_pb2

from tests.integration.gateway.logged_in_browser import Browser


async def test_the_figures_are_drawn_and_told(reviewer: Browser) -> None:  # RE-9
    figures = resources_pb2.ReviewFigures(organisation="10269", waiting=3, overdue=1, double_reviewed=4, agreed=3)
    reviewer.services.answers["ReviewService.GetReviewFigures"] = figures
    page = (await reviewer.get("/console/figures?days=7")).text
    assert "75%" in page
    assert page.count('class="name"') == 7
    assert reviewer.asked("ReviewService/GetReviewFigures", review_service_pb2.GetReviewFiguresRequest).days == 7


async def test_decisions_are_exported_as_a_file(reviewer: Browser) -> None:  # RE-9
    body = httpbody_pb2.HttpBody(content_type="text/csv", data=b"case_id\n")
    reviewer.services.answers["ReviewService.ExportCases"] = body
    answer = await reviewer.get("/console/export?from_date=2026-10-01&until_date=")
    assert answer.headers["content-disposition"].startswith("attachment")
    asked = reviewer.asked("ReviewService/ExportCases", review_service_pb2.ExportCasesRequest)
    assert (asked.from_date, asked.until_date) == ("2026-10-01", "")
