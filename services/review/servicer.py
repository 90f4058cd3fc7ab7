"""ReviewService: parse, call the use case, map."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import grpc
from google.api.httpbody_pb2 import HttpBody
from zikao.review.v1 import resources_pb2, review_service_pb2_grpc
from zikao.review.v1 import review_service_pb2 as pb

from chassis.clock import Clock
from chassis.rpc import paging
from chassis.rpc.call_context import caller, own_candidate_id
from services.review import mapping
from services.review.domain.case import Case, CaseState
from services.review.ports import BlobStore, Cases, Images, QueueFilter, Samples
from services.review.usecases import deciding, exporting, handing_in, looking, reading, sampling
from services.review.usecases.comparing import Lens
from services.review.usecases.viewer import Viewer

Context = grpc.aio.ServicerContext

AUDIT_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Desk:
    """What the use cases work with."""

    cases: Cases
    blobs: BlobStore
    images: Images
    lens: Lens
    samples: Samples
    clock: Clock
    claim_lease: timedelta
    sampled: Callable[[], bool]


class ReviewServicer(review_service_pb2_grpc.ReviewServiceServicer):
    """Cases, materials, decisions, audit."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def OpenCase(self, request: pb.OpenCaseRequest, context: Context) -> resources_pb2.Case:
        desk, viewer = self._desk, Viewer.of(caller())
        subject = mapping.subject(request)
        case = await handing_in.open_case(request.case_id, subject, viewer, cases=desk.cases, clock=desk.clock)
        return await self._whole(case, viewer)

    async def WithdrawCase(self, request: pb.WithdrawCaseRequest, context: Context) -> resources_pb2.Case:
        desk, viewer = self._desk, Viewer.of(caller())
        case = await handing_in.withdraw(request.case_id, viewer, cases=desk.cases, clock=desk.clock)
        return await self._whole(case, viewer)

    async def AddMaterial(self, request: pb.AddMaterialRequest, context: Context) -> resources_pb2.Material:
        desk, kind = self._desk, mapping.material_kind(request.kind)
        material = await handing_in.add_material(
            request.case_id,
            kind,
            request.image.data,
            Viewer.of(caller()),
            cases=desk.cases,
            blobs=desk.blobs,
            images=desk.images,
            lens=desk.lens,
            clock=desk.clock,
        )
        return mapping.material(material, (), Viewer.of(caller()))

    async def SubmitCase(self, request: pb.SubmitCaseRequest, context: Context) -> resources_pb2.Case:
        desk, viewer = self._desk, Viewer.of(caller())
        case = await handing_in.submit(request.case_id, request.submission, viewer, cases=desk.cases, clock=desk.clock)
        return await self._whole(case, viewer)

    async def GetCase(self, request: pb.GetCaseRequest, context: Context) -> resources_pb2.Case:
        desk, viewer = self._desk, Viewer.of(caller())
        dossier = await reading.read(request.case_id, viewer, cases=desk.cases, lens=desk.lens, clock=desk.clock)
        return mapping.case(dossier, viewer)

    async def ListCases(self, request: pb.ListCasesRequest, context: Context) -> pb.ListCasesResponse:
        desk, viewer, size = self._desk, Viewer.of(caller()), paging.page_size(request.page_size)
        wanted = QueueFilter(
            viewer.organisation,
            mapping.state(request.state),
            mapping.kind(request.kind),
            viewer.actor_id if request.mine else "",
        )
        listing = f"cases/{wanted.organisation}/{request.state}/{request.kind}/{wanted.claimed_by}"
        position = paging.decode(listing, request.page_token)
        after = (datetime.fromisoformat(position[0]), position[1]) if position else None
        found = await reading.queue(wanted, after=after, size=size + 1, cases=desk.cases, clock=desk.clock)
        page = found[:size]
        token = paging.encode(listing, _position(page[-1].case)) if len(found) > size else ""
        return pb.ListCasesResponse(cases=[mapping.case(one, viewer) for one in page], next_page_token=token)

    async def ListCandidateCases(
        self, request: pb.ListCandidateCasesRequest, context: Context
    ) -> pb.ListCandidateCasesResponse:
        desk, viewer = self._desk, Viewer.of(caller())
        candidate_id = own_candidate_id(request.candidate_id)
        found = await reading.of_candidate(candidate_id, cases=desk.cases, clock=desk.clock)
        return pb.ListCandidateCasesResponse(cases=[mapping.case(one, viewer) for one in found])

    async def ClaimCase(self, request: pb.ClaimCaseRequest, context: Context) -> resources_pb2.Case:
        desk, viewer = self._desk, Viewer.of(caller())
        lease = desk.claim_lease
        case = await deciding.claim(request.case_id, viewer, lease=lease, cases=desk.cases, clock=desk.clock)
        return await self._whole(case, viewer)

    async def ReleaseCase(self, request: pb.ReleaseCaseRequest, context: Context) -> resources_pb2.Case:
        desk, viewer = self._desk, Viewer.of(caller())
        case = await deciding.release(request.case_id, viewer, cases=desk.cases, clock=desk.clock)
        return await self._whole(case, viewer)

    async def DecideCase(self, request: pb.DecideCaseRequest, context: Context) -> resources_pb2.Case:
        desk, viewer = self._desk, Viewer.of(caller())
        judgement = mapping.judgement(request)
        case = await deciding.decide(
            request.case_id, judgement, viewer, sampled=desk.sampled(), cases=desk.cases, clock=desk.clock
        )
        return await self._whole(case, viewer)

    async def GetMaterial(self, request: pb.GetMaterialRequest, context: Context) -> HttpBody:
        desk, viewer = self._desk, Viewer.of(caller())
        image = await looking.look_at(
            request.case_id,
            request.material_id,
            viewer,
            cases=desk.cases,
            samples=desk.samples,
            blobs=desk.blobs,
            clock=desk.clock,
        )
        return HttpBody(content_type="image/jpeg", data=image)

    async def AdmitLook(self, request: pb.AdmitLookRequest, context: Context) -> pb.AdmitLookResponse:
        desk, reviewer = self._desk, Viewer(request.reviewer_id, organisation=request.organisation)
        seen = mapping.SEEN[request.seen]
        candidate_id = await looking.admit(
            request.case_id, seen, reviewer, cases=desk.cases, samples=desk.samples, clock=desk.clock
        )
        return pb.AdmitLookResponse(candidate_id=candidate_id)

    async def NoteLook(self, request: pb.NoteLookRequest, context: Context) -> pb.NoteLookResponse:
        await looking.note_look(request.candidate_id, request.viewer_id, cases=self._desk.cases)
        return pb.NoteLookResponse()

    async def GetReviewFigures(
        self, request: pb.GetReviewFiguresRequest, context: Context
    ) -> resources_pb2.ReviewFigures:
        desk, organisation = self._desk, caller().organisation
        figures = await reading.figures(organisation, request.days, cases=desk.cases, clock=desk.clock)
        return mapping.figures(figures, organisation)

    async def ListSecondReviews(
        self, request: pb.ListSecondReviewsRequest, context: Context
    ) -> pb.ListSecondReviewsResponse:
        desk, viewer = self._desk, Viewer.of(caller())
        found = await sampling.waiting(viewer, paging.page_size(request.page_size), samples=desk.samples)
        return pb.ListSecondReviewsResponse(second_reviews=[mapping.second_review(one, viewer) for one in found])

    async def GetSecondReview(self, request: pb.GetSecondReviewRequest, context: Context) -> resources_pb2.SecondReview:
        desk, viewer = self._desk, Viewer.of(caller())
        again = await sampling.read(
            request.case_id, request.submission, viewer, samples=desk.samples, cases=desk.cases, lens=desk.lens
        )
        return mapping.second_review(again, viewer)

    async def DecideSecondReview(
        self, request: pb.DecideSecondReviewRequest, context: Context
    ) -> resources_pb2.SecondReview:
        desk, viewer = self._desk, Viewer.of(caller())
        again = await sampling.judge(
            request.case_id,
            request.submission,
            mapping.second_judgement(request),
            viewer,
            samples=desk.samples,
            cases=desk.cases,
            lens=desk.lens,
            clock=desk.clock,
        )
        return mapping.second_review(again, viewer)

    async def ExportCases(self, request: pb.ExportCasesRequest, context: Context) -> HttpBody:
        desk, viewer = self._desk, Viewer.of(caller())
        found = await exporting.export(mapping.span(request), viewer, cases=desk.cases, clock=desk.clock)
        return HttpBody(content_type="text/csv; charset=utf-8", data=mapping.csv_of(found))

    async def ListAuditEntries(
        self, request: pb.ListAuditEntriesRequest, context: Context
    ) -> pb.ListAuditEntriesResponse:
        size, listing = request.page_size or AUDIT_PAGE, f"audit/{request.case_id}/{request.start_time.seconds}"
        position = paging.decode(listing, request.page_token)
        since = request.start_time.ToDatetime(tzinfo=UTC) if request.HasField("start_time") else None
        after = int(position[0]) if position else 0
        found = await reading.audit_entries(
            request.case_id, since=since, after=after, size=size + 1, cases=self._desk.cases
        )
        page = found[:size]
        token = paging.encode(listing, (str(page[-1].number),)) if len(found) > size else ""
        return pb.ListAuditEntriesResponse(entries=mapping.entries(page), next_page_token=token)

    async def _whole(self, case: Case, viewer: Viewer) -> resources_pb2.Case:
        desk = self._desk
        dossier = await reading.dossier(case, viewer, cases=desk.cases, lens=desk.lens, clock=desk.clock)
        return mapping.case(dossier, viewer)


def _position(case: Case) -> tuple[str, str]:
    """Where a listing goes on after `case`: by deadline in the queue, by the last change among decided ones."""
    queued = case.state in (CaseState.WAITING, CaseState.CLAIMED)
    moment = case.deadline if queued and case.deadline else case.update_time
    return moment.isoformat(), case.case_id
