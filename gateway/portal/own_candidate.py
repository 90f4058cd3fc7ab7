"""The candidate who is browsing, as identity knows them."""

from typing import Final

from zikao.identity.v1 import candidate_service_pb2, resources_pb2

from gateway.web.page_request import Page

ME: Final = "me"


def registers(candidate: resources_pb2.Candidate) -> bool:
    """Whether somebody is new and on the way to be verified: the steps of a registration stand above their pages."""
    return not candidate.enrolled and candidate.identity_state == resources_pb2.PENDING


async def own_candidate(page: Page) -> resources_pb2.Candidate:
    """The candidate."""
    return await page.ask(candidate_service_pb2.GetCandidateRequest(candidate_id=ME))
