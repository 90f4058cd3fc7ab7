"""ReviewService and PersonalDataService: parse, call the use case, map."""

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Final

from google.api.httpbody_pb2 import HttpBody
from zikao.common.v1 import personal_data_pb2
from zikao.review.v1 import personal_data_service_pb2_grpc, resources_pb2, review_service_pb2_grpc
from zikao.review.v1 import review_service_pb2 as pb

from chassis.call_context import caller, named_candidate_id, own_candidate_id
from chassis.personal_data.export import in_pieces
from chassis.rpc.paging import Listing, page_size
from chassis.rpc.server.rpc_handlers import Context
from services.review import mapping
from services.review.dependencies import Dependencies
from services.review.domain.case_dossiers import CaseFile
from services.review.domain.case_transitions import CaseState
from services.review.domain.cases import Case
from services.review.domain.viewers import Viewer
from services.review.usecases import (
    audited_access,
    case_intake,
    case_queries,
    decision_export,
    decisions,
    personal_data,
    second_reviews,
)

CSV: Final = "text/csv; charset=utf-8"


class ReviewServicer(review_service_pb2_grpc.ReviewServiceServicer):
    """Cases, materials, decisions."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def OpenCase(self, request: pb.OpenCaseRequest, context: Context) -> resources_pb2.Case:
        viewer = _viewer()
        case = await case_intake.open_case(self._deps, request.case_id, mapping.subject(request), viewer)
        return await self._whole(case, viewer)

    async def WithdrawCase(self, request: pb.WithdrawCaseRequest, context: Context) -> resources_pb2.Case:
        viewer = _viewer()
        return await self._whole(await case_intake.withdraw_case(self._deps, request.case_id, viewer), viewer)

    async def AddMaterial(self, request: pb.AddMaterialRequest, context: Context) -> resources_pb2.Material:
        viewer, image = _viewer(), request.image.data
        material = await case_intake.add_material(self._deps, request.case_id, request.required_image_id, image, viewer)
        return mapping.material(material, (), viewer)

    async def RemoveMaterial(self, request: pb.RemoveMaterialRequest, context: Context) -> resources_pb2.Case:
        viewer = _viewer()
        case = await case_intake.remove_material(self._deps, request.case_id, request.material_id, viewer)
        return await self._whole(case, viewer)

    async def SubmitCase(self, request: pb.SubmitCaseRequest, context: Context) -> resources_pb2.Case:
        viewer = _viewer()
        case = await case_intake.submit_case(self._deps, request.case_id, request.submission, viewer)
        return await self._whole(case, viewer)

    async def GetCase(self, request: pb.GetCaseRequest, context: Context) -> resources_pb2.Case:
        viewer = _viewer()
        return mapping.case(await case_queries.get_case(self._deps, request.case_id, viewer), viewer)

    async def ListCases(self, request: pb.ListCasesRequest, context: Context) -> pb.ListCasesResponse:
        viewer = _viewer()
        wanted = mapping.queue_filter(request, viewer)
        listing = Listing((datetime, str), _position)
        page = await listing.page(request, partial(case_queries.list_queue, self._deps, wanted))
        return pb.ListCasesResponse(
            cases=[mapping.case(file, viewer) for file in page.items], next_page_token=page.next_page_token
        )

    async def ListCandidateCases(
        self, request: pb.ListCandidateCasesRequest, context: Context
    ) -> pb.ListCandidateCasesResponse:
        viewer = _viewer()
        files = await case_queries.list_candidate_cases(self._deps, named_candidate_id(request.candidate_id), viewer)
        return pb.ListCandidateCasesResponse(cases=[mapping.case(file, viewer) for file in files])

    async def ClaimCase(self, request: pb.ClaimCaseRequest, context: Context) -> resources_pb2.Case:
        viewer = _viewer()
        return await self._whole(await decisions.claim_case(self._deps, request.case_id, viewer), viewer)

    async def ReleaseCase(self, request: pb.ReleaseCaseRequest, context: Context) -> resources_pb2.Case:
        viewer = _viewer()
        return await self._whole(await decisions.release_case(self._deps, request.case_id, viewer), viewer)

    async def DecideCase(self, request: pb.DecideCaseRequest, context: Context) -> resources_pb2.Case:
        viewer = _viewer()
        case = await decisions.decide_case(self._deps, request.case_id, mapping.judgement(request), viewer)
        return await self._whole(case, viewer)

    async def UndoDecision(self, request: pb.UndoDecisionRequest, context: Context) -> resources_pb2.Case:
        viewer = _viewer()
        return await self._whole(await decisions.undo_decision(self._deps, request.case_id, viewer), viewer)

    async def ListExhaustedCases(
        self, request: pb.ListExhaustedCasesRequest, context: Context
    ) -> pb.ListExhaustedCasesResponse:
        viewer = _viewer()
        listing = Listing((datetime, str), _position)
        page = await listing.page(request, partial(case_queries.list_exhausted_cases, self._deps))
        return pb.ListExhaustedCasesResponse(
            cases=[mapping.case(file, viewer) for file in page.items], next_page_token=page.next_page_token
        )

    async def ReopenCase(self, request: pb.ReopenCaseRequest, context: Context) -> resources_pb2.Case:
        case = await case_intake.reopen_case(self._deps, request.case_id, request.reason)
        return mapping.case(CaseFile(case, whole=False), _viewer())

    async def GetMaterial(self, request: pb.GetMaterialRequest, context: Context) -> HttpBody:
        image = await audited_access.view_material(self._deps, request.case_id, request.material_id, _viewer())
        return HttpBody(content_type="image/jpeg", data=image)

    async def AdmitLook(self, request: pb.AdmitLookRequest, context: Context) -> pb.AdmitLookResponse:
        reviewer, seen = Viewer(request.reviewer_id, organisation=request.organisation), mapping.SEEN[request.seen]
        candidate_id = await audited_access.admit_look(self._deps, request.case_id, seen, reviewer)
        return pb.AdmitLookResponse(candidate_id=candidate_id)

    async def GetReviewFigures(
        self, request: pb.GetReviewFiguresRequest, context: Context
    ) -> resources_pb2.ReviewFigures:
        return mapping.figures(await case_queries.queue_figures(self._deps, _viewer(), request.days))

    async def ListReviewFigures(
        self, request: pb.ListReviewFiguresRequest, context: Context
    ) -> pb.ListReviewFiguresResponse:
        known = await case_queries.figures_by_organisation(self._deps, request.days)
        return pb.ListReviewFiguresResponse(figures=[mapping.figures(one) for one in known])

    async def ListSecondReviews(
        self, request: pb.ListSecondReviewsRequest, context: Context
    ) -> pb.ListSecondReviewsResponse:
        viewer = _viewer()
        files = await second_reviews.list_second_reviews(self._deps, viewer, page_size(request.page_size))
        return pb.ListSecondReviewsResponse(second_reviews=[mapping.second_review(file, viewer) for file in files])

    async def GetSecondReview(self, request: pb.GetSecondReviewRequest, context: Context) -> resources_pb2.SecondReview:
        viewer = _viewer()
        file = await second_reviews.get_second_review(self._deps, request.case_id, request.submission, viewer)
        return mapping.second_review(file, viewer)

    async def DecideSecondReview(
        self, request: pb.DecideSecondReviewRequest, context: Context
    ) -> resources_pb2.SecondReview:
        viewer, judgement = _viewer(), mapping.judgement(request)
        file = await second_reviews.decide_second_review(
            self._deps, request.case_id, request.submission, judgement, viewer
        )
        return mapping.second_review(file, viewer)

    async def ExportCases(self, request: pb.ExportCasesRequest, context: Context) -> HttpBody:
        found = await decision_export.export_decisions(self._deps, mapping.export_period(request), _viewer())
        return HttpBody(content_type=CSV, data=mapping.csv_of(found))

    async def _whole(self, case: Case, viewer: Viewer) -> resources_pb2.Case:
        return mapping.case(await case_queries.case_file(self._deps, case, viewer), viewer)


class PersonalDataServicer(personal_data_service_pb2_grpc.PersonalDataServiceServicer):
    """What review does about the personal data that it holds."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def ExportOwnData(
        self, request: personal_data_pb2.ExportOwnDataRequest, context: Context
    ) -> AsyncIterator[personal_data_pb2.ExportOwnDataResponse]:
        candidate_id = own_candidate_id(request.candidate_id)
        async for piece in in_pieces(personal_data.export_own_data(self._deps, candidate_id)):
            yield piece

    async def EraseCandidateData(
        self, request: personal_data_pb2.EraseCandidateDataRequest, context: Context
    ) -> personal_data_pb2.EraseCandidateDataResponse:
        await personal_data.erase_candidate_data(self._deps, request.candidate_id)
        return personal_data_pb2.EraseCandidateDataResponse()


def _viewer() -> Viewer:
    return mapping.viewer(caller())


def _position(file: CaseFile) -> tuple[datetime, str]:
    """Where a listing goes on after a case: by deadline in the queue, by the last change among decided ones."""
    case = file.case
    queued = case.state in (CaseState.WAITING, CaseState.CLAIMED)
    return (case.deadline if queued and case.deadline else case.update_time), case.case_id
