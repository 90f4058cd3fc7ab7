"""EnrollmentService: parse, call the use case, map."""

from typing import Any, TypeAlias

import grpc
from zikao.enrollment.v1 import enrollment_service_pb2 as enrollment_pb
from zikao.enrollment.v1 import enrollment_service_pb2_grpc, resources_pb2

from chassis.call_context import ME, caller
from chassis.errors import NotFound
from chassis.security.tokens import Access
from services.enrollment.domain.catalogue import Catalogue
from services.enrollment.mapping import candidate as candidates
from services.enrollment.mapping import catalogue as catalogues
from services.enrollment.mapping import planning as plans
from services.enrollment.ports import Ports
from services.enrollment.usecases import (
    checking_out,
    drafting,
    gating,
    overview,
    planning,
    preparing,
    reading,
    registering,
    selecting,
)

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


class EnrollmentServicer(enrollment_service_pb2_grpc.EnrollmentServiceServicer):
    """What candidates do."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def CreateRegistration(
        self, request: enrollment_pb.CreateRegistrationRequest, context: Context
    ) -> resources_pb2.Registration:
        registration = await registering.register(
            caller().subject_id, request.school_code, request.major_code, request.pledge_version, self._ports
        )
        return candidates.registration(await self._catalogue(), registration)

    async def ListRegistrations(
        self, request: enrollment_pb.ListRegistrationsRequest, context: Context
    ) -> enrollment_pb.ListRegistrationsResponse:
        candidate_id = _whose(request.candidate_id)
        catalogue, held = await self._catalogue(), await self._ports.registrations.of(candidate_id)
        passed = (await self._ports.registrations.passed([candidate_id])).get(candidate_id, frozenset())
        registrations = [candidates.registration(catalogue, each, passed) for each in held]
        return enrollment_pb.ListRegistrationsResponse(registrations=registrations)

    async def GetRegistration(
        self, request: enrollment_pb.GetRegistrationRequest, context: Context
    ) -> resources_pb2.Registration:
        held, passed = await reading.registration(request.registration_id, caller(), self._ports)
        return candidates.registration(await self._catalogue(), held, passed)

    async def UpdateRegistration(
        self, request: enrollment_pb.UpdateRegistrationRequest, context: Context
    ) -> resources_pb2.Registration:
        registration = await registering.change_major(
            request.registration_id,
            request.major_code,
            request.reason,
            request.etag,
            caller().subject_id,
            self._ports,
        )
        return candidates.registration(await self._catalogue(), registration)

    async def ImportRegistrations(
        self, request: enrollment_pb.ImportRegistrationsRequest, context: Context
    ) -> enrollment_pb.ImportRegistrationsResponse:
        rows = candidates.enrolled_rows(request.rows)
        return candidates.import_report(
            await registering.import_registrations(rows, self._ports, dry_run=request.dry_run)
        )

    async def ListGates(
        self, request: enrollment_pb.ListGatesRequest, context: Context
    ) -> enrollment_pb.ListGatesResponse:
        return candidates.gate_list(await gating.list_gates(caller().subject_id, request.session_id, self._ports))

    async def GetQuestionnaire(
        self, request: enrollment_pb.GetQuestionnaireRequest, context: Context
    ) -> resources_pb2.Questionnaire:
        facts = await self._ports.desks.facts(caller().subject_id, request.session_id)
        catalogue = await self._ports.catalogues.at(facts.revision)
        session = gating.session_of(catalogue, request.session_id)
        return _questionnaire(catalogue, session.session_id, facts.participation.questionnaire_time)

    async def SubmitQuestionnaire(
        self, request: enrollment_pb.SubmitQuestionnaireRequest, context: Context
    ) -> resources_pb2.Questionnaire:
        answers = candidates.answers(request.answers)
        catalogue, submit_time = await preparing.submit_questionnaire(
            caller().subject_id, request.session_id, answers, self._ports
        )
        return _questionnaire(catalogue, request.session_id, submit_time)

    async def AcknowledgeNotice(
        self, request: enrollment_pb.AcknowledgeNoticeRequest, context: Context
    ) -> enrollment_pb.ListGatesResponse:
        return candidates.gate_list(
            await preparing.acknowledge_notice(caller().subject_id, request.session_id, request.version, self._ports)
        )

    async def CreateSelection(
        self, request: enrollment_pb.CreateSelectionRequest, context: Context
    ) -> resources_pb2.Selection:
        selected = await selecting.select_course(
            caller().subject_id, request.registration_id, request.session_id, request.course_code, self._ports
        )
        return candidates.selection(selected.catalogue, selected.selection, selected.school_code)

    async def DeleteSelection(
        self, request: enrollment_pb.DeleteSelectionRequest, context: Context
    ) -> resources_pb2.Selection:
        taken = await selecting.take_back(caller().subject_id, request.selection_id, self._ports)
        return candidates.selection(taken.catalogue, taken.selection, taken.school_code)

    async def SwapSelection(
        self, request: enrollment_pb.SwapSelectionRequest, context: Context
    ) -> resources_pb2.Selection:
        swapped = await selecting.swap(
            caller().subject_id, request.selection_id, request.registration_id, request.course_code, self._ports
        )
        return candidates.selection(swapped.catalogue, swapped.selection, swapped.school_code)

    async def SetDistrictPreference(
        self, request: enrollment_pb.SetDistrictPreferenceRequest, context: Context
    ) -> resources_pb2.DistrictPreference:
        catalogue = await preparing.prefer_district(
            caller().subject_id, request.session_id, request.district_code, self._ports
        )
        return candidates.district_preference(catalogue, request.session_id, request.district_code)

    async def GetSessionOverview(
        self, request: enrollment_pb.GetSessionOverviewRequest, context: Context
    ) -> resources_pb2.SessionOverview:
        return candidates.overview(
            await overview.session_overview(caller().subject_id, request.session_id, self._ports)
        )

    async def CheckOut(self, request: enrollment_pb.CheckOutRequest, context: Context) -> resources_pb2.Checkout:
        return candidates.checkout(
            await checking_out.check_out(
                caller().subject_id, request.session_id, request.request_id, request.selection_ids, self._ports
            )
        )

    async def ConfirmDraft(
        self, request: enrollment_pb.ConfirmDraftRequest, context: Context
    ) -> resources_pb2.SessionOverview:
        return candidates.overview(
            await drafting.confirm_draft(caller().subject_id, request.session_id, request.request_id, self._ports)
        )

    async def GetGraduationPlan(
        self, request: enrollment_pb.GetGraduationPlanRequest, context: Context
    ) -> resources_pb2.GraduationPlan:
        return plans.graduation_plan(await planning.graduation_plan(request.registration_id, caller(), self._ports))

    async def _catalogue(self) -> Catalogue:
        return await self._ports.catalogues.current()


def _whose(candidate_id: str) -> str:
    """The candidate asked for: the caller's own, or for operators anybody. Another's is not found."""
    principal = caller()
    if principal.kind is Access.CANDIDATE and candidate_id in ("", ME, principal.subject_id):
        return principal.subject_id
    if principal.kind is Access.OPERATOR and candidate_id not in ("", ME):
        return candidate_id
    raise NotFound()


def _questionnaire(catalogue: Catalogue, session_id: str, submit_time: Any) -> resources_pb2.Questionnaire:
    return catalogues.questionnaire(session_id, catalogue.questions.get(session_id, ()), submit_time)
