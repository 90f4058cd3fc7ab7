"""The person beside the proofs: what identity shows of a case's candidate, each look an audited one (RE-7)."""

from starlette.responses import Response
from zikao.identity.v1 import case_candidate_service_pb2, resources_pb2

from chassis.errors import Code, Refusal
from gateway.web.page_request import Page


async def case_candidate(page: Page) -> resources_pb2.Candidate | None:
    """What the candidate of the case registered with; None while identity, or review on its behalf, does not answer."""
    try:
        return await page.ask(page.fill(case_candidate_service_pb2.GetCaseCandidateRequest))
    except Refusal as refusal:
        if refusal.code is not Code.UNAVAILABLE:
            raise
        return None


async def portrait(page: Page) -> Response:
    """The portrait on record; every look is recorded."""
    return page.file(await page.ask(page.fill(case_candidate_service_pb2.GetCasePortraitRequest)))
