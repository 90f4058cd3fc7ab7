"""CaseCandidateService."""

from typing import Any

from google.api.httpbody_pb2 import HttpBody
from zikao.identity.v1 import case_candidate_service_pb2 as api
from zikao.identity.v1 import resources_pb2
from zikao.identity.v1.case_candidate_service_pb2_grpc import CaseCandidateServiceServicer

from chassis.call_context import caller
from services.identity.mapping.candidates import Reader, candidate_message
from services.identity.ports import Store
from services.identity.ports.cases import Looks, Reviewer
from services.identity.ports.images import BlobStore
from services.identity.usecases import case_candidates


class CaseCandidateServicer(CaseCandidateServiceServicer):
    """What reviewers see of the person of a case."""

    def __init__(self, store: Store, *, blobs: BlobStore, looks: Looks) -> None:
        self._store = store
        self._blobs = blobs
        self._looks = looks

    async def GetCaseCandidate(self, request: api.GetCaseCandidateRequest, context: Any) -> resources_pb2.Candidate:
        candidate = await case_candidates.candidate_of(
            request.case_id, _reviewer(), store=self._store, looks=self._looks
        )
        return candidate_message(candidate, seen_by=Reader.REVIEWER)

    async def GetCasePortrait(self, request: api.GetCasePortraitRequest, context: Any) -> HttpBody:
        portrait = await case_candidates.portrait_of(
            request.case_id, _reviewer(), store=self._store, blobs=self._blobs, looks=self._looks
        )
        return HttpBody(content_type="image/jpeg", data=portrait)


def _reviewer() -> Reviewer:
    return Reviewer(caller().subject_id, caller().organisation)
