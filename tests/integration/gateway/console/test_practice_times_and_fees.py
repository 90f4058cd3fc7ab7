"""The practice courses of a school, which the exam authority has none of (RE-2)."""

from zikao.enrollment.v1 import catalogue_service_pb2
from zikao.review.v1 import resources_pb2

from tests.integration.gateway.logged_in_browser import Browser


async def test_the_exam_authority_has_no_practice_courses(reviewer: Browser) -> None:  # RE-2
    reviewer.services.answers["CatalogueService.ListSessions"] = catalogue_service_pb2.ListSessionsResponse()
    reviewer.services.answers["ReviewService.GetReviewFigures"] = resources_pb2.ReviewFigures(organisation="AUTHORITY")
    assert "实践课程由各主考学校办理" in (await reviewer.get("/console/practice")).text
