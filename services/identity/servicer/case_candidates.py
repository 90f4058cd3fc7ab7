"""CaseCandidateService: parse, call the use case, map."""

from typing import Any

from google.api.httpbody_pb2 import HttpBody
from zikao.identity.v1 import case_candidate_service_pb2 as api
from zikao.identity.v1 import resources_pb2
from zikao.identity.v1.case_candidate_service_pb2_grpc import CaseCandidateServiceServicer

from chassis.call_context import caller
from services.identity.dependencies import Dependencies
from services.identity.domain.staff import Reviewer
from services.identity.mapping.candidates import Reader, candidate_message
from services.identity.usecases import case_candidates


class CaseCandidateServicer(CaseCandidateServiceServicer):
    """What reviewers see of the person of a case."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def GetCaseCandidate(self, request: api.GetCaseCandidateRequest, context: Any) -> resources_pb2.Candidate:
        candidate = await case_candidates.get_case_candidate(self._deps, request.case_id, _reviewer())
        return candidate_message(candidate, seen_by=Reader.REVIEWER)

    async def GetCasePortrait(self, request: api.GetCasePortraitRequest, context: Any) -> HttpBody:
        portrait = await case_candidates.read_case_portrait(self._deps, request.case_id, _reviewer())
        return HttpBody(content_type="image/jpeg", data=portrait)


def _reviewer() -> Reviewer:
    return Reviewer(caller().subject_id, caller().organisation)
