"""A reviewer at the console."""

import pytest
from zikao.identity.v1 import resources_pb2 as identity_pb2

from tests.integration.gateway.logged_in_browser import Browser


@pytest.fixture
def reviewer(reviewer: Browser) -> Browser:
    """A reviewer, whom identity shows the candidate of their cases."""
    person = identity_pb2.Candidate(
        display_name="张三", document_type="RESIDENT_CARD", document_number="110101199003074514", phone="+86*******5678"
    )
    person.portrait_update_time.FromSeconds(1_790_000_000)
    reviewer.services.answers["CaseCandidateService.GetCaseCandidate"] = person
    return reviewer
