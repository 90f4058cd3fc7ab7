"""CorrectionService: parse, call the use case, map."""

from datetime import datetime
from functools import partial
from typing import Any

from google.api.httpbody_pb2 import HttpBody
from zikao.identity.v1 import correction_service_pb2 as api
from zikao.identity.v1 import resources_pb2
from zikao.identity.v1.correction_service_pb2_grpc import CorrectionServiceServicer

from chassis.call_context import caller, own_candidate_id
from chassis.rpc.paging import Listing
from chassis.security.tokens import Access
from services.identity.dependencies import Dependencies
from services.identity.domain.candidates import Candidate, CandidateFilter
from services.identity.domain.staff import Inspector, Reviewer
from services.identity.mapping.candidates import Reader, candidate_message
from services.identity.mapping.corrections import correction_state_from, finding_from
from services.identity.usecases import corrections


class CorrectionServicer(CorrectionServiceServicer):
    """Faults of photos and details, and their correction."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def ListCandidates(self, request: api.ListCandidatesRequest, context: Any) -> api.ListCandidatesResponse:
        inspector = _inspector()
        wanted = CandidateFilter(request.school_code, correction_state_from(request.correction_state))
        listing = Listing((datetime, str), _position)
        page = await listing.page(request, partial(corrections.list_candidates, self._deps, wanted, inspector))
        return api.ListCandidatesResponse(
            candidates=[candidate_message(one, seen_by=Reader.OPERATOR) for one in page.items],
            next_page_token=page.next_page_token,
        )

    async def InspectPortrait(self, request: api.InspectPortraitRequest, context: Any) -> HttpBody:
        portrait = await corrections.inspect_portrait(self._deps, request.candidate_id, _inspector())
        return HttpBody(content_type="image/jpeg", data=portrait)

    async def RequireCorrection(self, request: api.RequireCorrectionRequest, context: Any) -> resources_pb2.Candidate:
        candidate_id, finding = request.candidate_id, finding_from(request)
        candidate = await corrections.require_correction(self._deps, candidate_id, finding, _inspector())
        return candidate_message(candidate, seen_by=Reader.OPERATOR)

    async def SubmitCorrection(self, request: api.SubmitCorrectionRequest, context: Any) -> resources_pb2.Candidate:
        candidate = await corrections.submit_correction(self._deps, own_candidate_id(request.candidate_id))
        return candidate_message(candidate, seen_by=Reader.OWNER)


def _inspector() -> Inspector:
    principal = caller()
    return Inspector(
        Reviewer(principal.subject_id, principal.organisation), everywhere=principal.kind is Access.OPERATOR
    )


def _position(candidate: Candidate) -> tuple[datetime, str]:
    return candidate.create_time, candidate.candidate_id
