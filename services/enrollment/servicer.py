"""CatalogueService, EnrollmentService and PracticeService: parse, call the use case, map."""

from datetime import UTC, date
from typing import Any, TypeAlias

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.enrollment.v1 import (
    catalogue_pb2,
    catalogue_service_pb2_grpc,
    enrollment_service_pb2_grpc,
    practice_service_pb2_grpc,
    resources_pb2,
)
from zikao.enrollment.v1 import catalogue_service_pb2 as catalogue_pb
from zikao.enrollment.v1 import enrollment_service_pb2 as enrollment_pb

from chassis.clock import SHANGHAI
from chassis.context import ME, caller
from chassis.errors import NotFound
from chassis.tokens import Access
from services.enrollment.domain.catalogue import EVERYWHERE, Catalogue, Text, TextKind
from services.enrollment.domain.importing import CatalogueFile
from services.enrollment.mapping import candidate as candidates
from services.enrollment.mapping import catalogue as catalogues
from services.enrollment.ports import Ports
from services.enrollment.usecases import catalogue as operating
from services.enrollment.usecases import checking_out, gating, overview, preparing, reading, registering, selecting

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


class CatalogueServicer(catalogue_service_pb2_grpc.CatalogueServiceServicer):
    """Reading the catalogue, and the operators' work on it. CancelSession is not served yet."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def ListSchools(
        self, request: catalogue_pb.ListSchoolsRequest, context: Context
    ) -> catalogue_pb.ListSchoolsResponse:
        catalogue = await self._ports.catalogues.current()
        schools = [catalogues.school(catalogue.schools[code]) for code in sorted(catalogue.schools)]
        return catalogue_pb.ListSchoolsResponse(schools=schools, etag=catalogue.etag)

    async def ListMajors(
        self, request: catalogue_pb.ListMajorsRequest, context: Context
    ) -> catalogue_pb.ListMajorsResponse:
        catalogue = await self._ports.catalogues.current()
        found = reading.majors(catalogue, request.school_code)
        majors = [catalogues.major(catalogue, major) for major in found]
        return catalogue_pb.ListMajorsResponse(majors=majors, etag=catalogue.etag)

    async def GetPlan(self, request: catalogue_pb.GetPlanRequest, context: Context) -> catalogue_pb2.Plan:
        catalogue = await self._ports.catalogues.current()
        plan = reading.plan(catalogue, request.school_code, request.major_code)
        return catalogues.plan(catalogue, plan, self._day(request.effective_date))

    async def GetCourse(self, request: catalogue_pb.GetCourseRequest, context: Context) -> catalogue_pb2.Course:
        catalogue = await self._ports.catalogues.current()
        return catalogues.course(reading.course(catalogue, request.course_code))

    async def ListDistricts(
        self, request: catalogue_pb.ListDistrictsRequest, context: Context
    ) -> catalogue_pb.ListDistrictsResponse:
        catalogue = await self._ports.catalogues.current()
        districts = [catalogues.district(catalogue.districts[code]) for code in sorted(catalogue.districts)]
        return catalogue_pb.ListDistrictsResponse(districts=districts, etag=catalogue.etag)

    async def ListSessions(
        self, request: catalogue_pb.ListSessionsRequest, context: Context
    ) -> catalogue_pb.ListSessionsResponse:
        catalogue, now = await self._ports.catalogues.current(), self._ports.clock.now()
        latest_first = sorted(catalogue.sessions.values(), key=lambda each: each.session_id, reverse=True)
        sessions = [catalogues.exam_session(catalogue, each, now) for each in latest_first]
        return catalogue_pb.ListSessionsResponse(sessions=sessions, etag=catalogue.etag)

    async def GetSession(self, request: catalogue_pb.GetSessionRequest, context: Context) -> catalogue_pb2.ExamSession:
        catalogue = await self._ports.catalogues.current()
        session = gating.session_of(catalogue, request.session_id)
        return catalogues.exam_session(catalogue, session, self._ports.clock.now())

    async def ListSittings(
        self, request: catalogue_pb.ListSittingsRequest, context: Context
    ) -> catalogue_pb.ListSittingsResponse:
        catalogue = await self._ports.catalogues.current()
        found = reading.sittings(catalogue, request.session_id, request.school_code, request.major_code, request.date)
        sittings = [catalogues.sitting(catalogue, sitting) for sitting in found]
        return catalogue_pb.ListSittingsResponse(sittings=sittings, etag=catalogue.etag)

    async def GetText(self, request: catalogue_pb.GetTextRequest, context: Context) -> catalogue_pb2.Text:
        catalogue = await self._ports.catalogues.current()
        kind = TextKind(catalogue_pb2.Text.Kind.Name(request.kind))
        return catalogues.text(reading.text(catalogue, kind, request.scope or EVERYWHERE, request.version))

    async def CreateText(self, request: catalogue_pb.CreateTextRequest, context: Context) -> catalogue_pb2.Text:
        wanted = Text(
            kind=TextKind(catalogue_pb2.Text.Kind.Name(request.text.kind)),
            scope=request.text.scope or EVERYWHERE,
            version=0,
            title_zh=request.text.title_zh,
            title_en=request.text.title_en,
            body_zh=request.text.body_zh,
            body_en=request.text.body_en,
            create_time=self._ports.clock.now(),
        )
        return catalogues.text(await operating.publish_text(wanted, self._ports))

    async def ImportCatalogue(
        self, request: catalogue_pb.ImportCatalogueRequest, context: Context
    ) -> catalogue_pb.ImportCatalogueResponse:
        files = [CatalogueFile(file.name, file.content) for file in request.files]
        outcome, catalogue = await operating.import_catalogue(files, self._ports, dry_run=request.dry_run)
        applied = not request.dry_run and not outcome.problems
        return catalogues.import_report(outcome, applied=applied, etag=catalogue.etag)

    async def OpenSession(
        self, request: catalogue_pb.OpenSessionRequest, context: Context
    ) -> catalogue_pb2.ExamSession:
        session, catalogue = await operating.open_session(request.session_id, request.etag, self._ports)
        return catalogues.exam_session(catalogue, session, self._ports.clock.now())

    async def ExtendSession(
        self, request: catalogue_pb.ExtendSessionRequest, context: Context
    ) -> catalogue_pb2.ExamSession:
        cutoff = _instant(request.payment_cutoff_time) if request.HasField("payment_cutoff_time") else None
        end = _instant(request.registration_end_time)
        session, catalogue = await operating.extend_session(request.session_id, end, cutoff, request.etag, self._ports)
        return catalogues.exam_session(catalogue, session, self._ports.clock.now())

    async def CloseRegistration(
        self, request: catalogue_pb.CloseRegistrationRequest, context: Context
    ) -> catalogue_pb.CloseRegistrationResponse:
        done, catalogue = await operating.close_registration(request.session_id, self._ports)
        return catalogue_pb.CloseRegistrationResponse(
            session=catalogues.exam_session(catalogue, done.session, self._ports.clock.now()),
            voided_selections=done.voided,
            reserved_selections=done.reserved,
        )

    def _day(self, iso: str) -> date:
        return date.fromisoformat(iso) if iso else self._ports.clock.now().astimezone(SHANGHAI).date()


class EnrollmentServicer(enrollment_service_pb2_grpc.EnrollmentServiceServicer):
    """What candidates do. ConfirmDraft and GetGraduationPlan are not served yet."""

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

    async def _catalogue(self) -> Catalogue:
        return await self._ports.catalogues.current()


class PracticeServicer(practice_service_pb2_grpc.PracticeServiceServicer):
    """Practice courses and rosters: none of it is served yet."""


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


def _instant(message: Timestamp) -> Any:
    return message.ToDatetime(tzinfo=UTC)
