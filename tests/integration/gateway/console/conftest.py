"""A reviewer at the console."""

import pytest
from zikao.identity.v1 import resources_pb2 as identity_pb2
from zikao.review.v1 import resources_pb2

from tests.integration.gateway.logged_in_browser import Browser


@pytest.fixture
def reviewer(reviewer: Browser) -> Browser:
    """A reviewer, whom identity shows the candidate of their cases, and review the figures of the queue."""
    person = identity_pb2.Candidate(
        display_name="张三", document_type="RESIDENT_CARD", document_number="110101199003074514", phone="+86*******5678"
    )
    person.portrait_update_time.FromSeconds(1_790_000_000)
    reviewer.services.answers["CaseCandidateService.GetCaseCandidate"] = person
    figures = resources_pb2.ReviewFigures(organisation="10269", waiting=12, own_today=5)
    reviewer.services.answers["ReviewService.GetReviewFigures"] = figures
    return reviewer
