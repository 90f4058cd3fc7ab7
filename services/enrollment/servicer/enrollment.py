"""EnrollmentService: parse, call the use case, map."""

from zikao.enrollment.v1 import enrollment_service_pb2 as pb
from zikao.enrollment.v1 import enrollment_service_pb2_grpc, resources_pb2

from chassis.call_context import caller, named_candidate_id
from chassis.rpc.server.rpc_handlers import Context
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.checkouts import SeenBasket
from services.enrollment.domain.registrations import Registration, RegistrationFile
from services.enrollment.mapping import candidate as mapping
from services.enrollment.mapping import catalogue as catalogues
from services.enrollment.mapping import graduation_plans as plans
from services.enrollment.usecases import (
    candidate_overview,
    checkouts,
    gates,
    graduation_plans,
    prepared_selection_confirmation,
    registrations,
    selections,
    session_preliminaries,
)
from services.enrollment.usecases.administration import enrolled_import


class EnrollmentServicer(enrollment_service_pb2_grpc.EnrollmentServiceServicer):
    """What candidates do."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def CreateRegistration(
        self, request: pb.CreateRegistrationRequest, context: Context
    ) -> resources_pb2.Registration:
        wanted = request.school_code, request.major_code, request.pledge_version
        return await self._shown(await registrations.register_for_major(self._deps, caller().subject_id, *wanted))

    async def ListRegistrations(
        self, request: pb.ListRegistrationsRequest, context: Context
    ) -> pb.ListRegistrationsResponse:
        files = await registrations.list_registrations(self._deps, named_candidate_id(request.candidate_id), caller())
        catalogue = await self._deps.catalogue_cache.current()
        return pb.ListRegistrationsResponse(registrations=[mapping.registration(catalogue, file) for file in files])

    async def ListSelections(self, request: pb.ListSelectionsRequest, context: Context) -> pb.ListSelectionsResponse:
        held = await registrations.list_selections(self._deps, request.candidate_id, caller())
        return pb.ListSelectionsResponse(selections=map(mapping.shown_selection, held))

    async def GetRegistration(self, request: pb.GetRegistrationRequest, context: Context) -> resources_pb2.Registration:
        file = await registrations.get_registration(self._deps, request.registration_id, caller())
        return mapping.registration(await self._deps.catalogue_cache.current(), file)

    async def UpdateRegistration(
        self, request: pb.UpdateRegistrationRequest, context: Context
    ) -> resources_pb2.Registration:
        wanted = request.registration_id, request.major_code, request.reason, request.etag
        return await self._shown(await registrations.change_major(self._deps, *wanted, caller().subject_id))

    async def ImportRegistrations(
        self, request: pb.ImportRegistrationsRequest, context: Context
    ) -> pb.ImportRegistrationsResponse:
        rows = mapping.enrolled_rows(request.rows)
        done = await enrolled_import.import_registrations(self._deps, rows, dry_run=request.dry_run)
        return mapping.import_report(done)

    async def ListGates(self, request: pb.ListGatesRequest, context: Context) -> pb.ListGatesResponse:
        return mapping.gate_list(await gates.list_gates(self._deps, caller().subject_id, request.session_id))

    async def GetQuestionnaire(
        self, request: pb.GetQuestionnaireRequest, context: Context
    ) -> resources_pb2.Questionnaire:
        found = await session_preliminaries.get_questionnaire(self._deps, caller().subject_id, request.session_id)
        return catalogues.questionnaire(found)

    async def SubmitQuestionnaire(
        self, request: pb.SubmitQuestionnaireRequest, context: Context
    ) -> resources_pb2.Questionnaire:
        session_id, answers = request.session_id, mapping.answers(request.answers)
        done = await session_preliminaries.submit_questionnaire(self._deps, caller().subject_id, session_id, answers)
        return catalogues.questionnaire(done)

    async def AcknowledgeNotice(self, request: pb.AcknowledgeNoticeRequest, context: Context) -> pb.ListGatesResponse:
        session_id, version = request.session_id, request.version
        found = await session_preliminaries.acknowledge_notice(self._deps, caller().subject_id, session_id, version)
        return mapping.gate_list(found)

    async def ListCourseOffers(
        self, request: pb.ListCourseOffersRequest, context: Context
    ) -> pb.ListCourseOffersResponse:
        asked = request.session_id, request.registration_id
        found = await candidate_overview.list_course_offers(self._deps, caller().subject_id, *asked)
        return mapping.course_offer_list(found.catalogue, found.offers)

    async def CreateSelection(self, request: pb.CreateSelectionRequest, context: Context) -> resources_pb2.Selection:
        wanted = request.registration_id, request.session_id, request.course_code
        return mapping.shown_selection(await selections.select_course(self._deps, caller().subject_id, *wanted))

    async def DeleteSelection(self, request: pb.DeleteSelectionRequest, context: Context) -> resources_pb2.Selection:
        taken = await selections.take_back_selection(self._deps, caller().subject_id, request.selection_id)
        return mapping.shown_selection(taken)

    async def SwapSelection(self, request: pb.SwapSelectionRequest, context: Context) -> resources_pb2.Selection:
        wanted = request.selection_id, request.registration_id, request.course_code
        return mapping.shown_selection(await selections.swap_selection(self._deps, caller().subject_id, *wanted))

    async def SetDistrictPreference(
        self, request: pb.SetDistrictPreferenceRequest, context: Context
    ) -> resources_pb2.DistrictPreference:
        wanted = request.session_id, request.district_code
        catalogue = await session_preliminaries.prefer_district(self._deps, caller().subject_id, *wanted)
        return mapping.district_preference(catalogue, *wanted)

    async def GetSessionOverview(
        self, request: pb.GetSessionOverviewRequest, context: Context
    ) -> resources_pb2.SessionOverview:
        found = await candidate_overview.get_overview(self._deps, caller().subject_id, request.session_id)
        return mapping.overview(found)

    async def CheckOut(self, request: pb.CheckOutRequest, context: Context) -> resources_pb2.Checkout:
        seen = SeenBasket(tuple(request.selection_ids), request.total_fen)
        asked = request.session_id, request.request_id, seen
        return mapping.checkout(await checkouts.check_out(self._deps, caller().subject_id, *asked))

    async def ConfirmDraft(self, request: pb.ConfirmDraftRequest, context: Context) -> resources_pb2.SessionOverview:
        asked = request.session_id, request.request_id, request.total_fen
        return mapping.overview(
            await prepared_selection_confirmation.confirm_draft(self._deps, caller().subject_id, *asked)
        )

    async def GetGraduationPlan(
        self, request: pb.GetGraduationPlanRequest, context: Context
    ) -> resources_pb2.GraduationPlan:
        found = await graduation_plans.plan_graduation(self._deps, request.registration_id, caller())
        return plans.graduation_plan(found)

    async def _shown(self, registration: Registration) -> resources_pb2.Registration:
        return mapping.registration(await self._deps.catalogue_cache.current(), RegistrationFile(registration))
