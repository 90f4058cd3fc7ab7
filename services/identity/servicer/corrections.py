"""CorrectionService."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.api.httpbody_pb2 import HttpBody
from zikao.identity.v1 import correction_service_pb2 as api
from zikao.identity.v1 import resources_pb2
from zikao.identity.v1.correction_service_pb2_grpc import CorrectionServiceServicer

from chassis.call_context import caller, own_candidate_id
from chassis.clock import Clock
from chassis.rpc import paging
from chassis.security.tokens import Access
from services.identity.mapping.candidates import Reader, candidate_message
from services.identity.mapping.corrections import correction_state_from, finding_from
from services.identity.ports import CandidateFilter, Store
from services.identity.ports.cases import CorrectionCases, Looks, Reviewer
from services.identity.ports.images import BlobStore
from services.identity.usecases import corrections
from services.identity.usecases.corrections import Inspector


@dataclass(frozen=True, slots=True)
class CorrectionDesk:
    """The ports of the use cases behind CorrectionService."""

    store: Store
    clock: Clock
    blobs: BlobStore
    looks: Looks
    cases: CorrectionCases


class CorrectionServicer(CorrectionServiceServicer):
    """Faults of photos and details, and their correction."""

    def __init__(self, desk: CorrectionDesk) -> None:
        self._desk = desk

    async def ListCandidates(self, request: api.ListCandidatesRequest, context: Any) -> api.ListCandidatesResponse:
        inspector, size = _inspector(), paging.page_size(request.page_size)
        wanted = CandidateFilter(request.school_code, correction_state_from(request.correction_state))
        listing = f"candidates/{inspector.person.organisation}/{request.school_code}/{request.correction_state}"
        position = paging.decode(listing, request.page_token)
        after = (datetime.fromisoformat(position[0]), position[1]) if position else None
        found = await corrections.list_candidates(wanted, inspector, after=after, size=size + 1, store=self._desk.store)
        page = found[:size]
        last = (page[-1].create_time.isoformat(), page[-1].candidate_id) if len(found) > size else None
        return api.ListCandidatesResponse(
            candidates=[candidate_message(one, seen_by=Reader.OPERATOR) for one in page],
            next_page_token=paging.encode(listing, last) if last else "",
        )

    async def InspectPortrait(self, request: api.InspectPortraitRequest, context: Any) -> HttpBody:
        desk = self._desk
        portrait = await corrections.inspect_portrait(
            request.candidate_id, _inspector(), store=desk.store, blobs=desk.blobs, looks=desk.looks
        )
        return HttpBody(content_type="image/jpeg", data=portrait)

    async def RequireCorrection(self, request: api.RequireCorrectionRequest, context: Any) -> resources_pb2.Candidate:
        desk = self._desk
        candidate = await corrections.require_correction(
            request.candidate_id, finding_from(request), _inspector(), store=desk.store, clock=desk.clock
        )
        return candidate_message(candidate, seen_by=Reader.OPERATOR)

    async def SubmitCorrection(self, request: api.SubmitCorrectionRequest, context: Any) -> resources_pb2.Candidate:
        desk = self._desk
        candidate = await corrections.submit_correction(
            own_candidate_id(request.candidate_id),
            store=desk.store,
            blobs=desk.blobs,
            cases=desk.cases,
            clock=desk.clock,
        )
        return candidate_message(candidate, seen_by=Reader.OWNER)


def _inspector() -> Inspector:
    principal = caller()
    return Inspector(
        Reviewer(principal.subject_id, principal.organisation), everywhere=principal.kind is Access.OPERATOR
    )
