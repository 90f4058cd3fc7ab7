"""CatalogueService: parse, call the use case, map."""

from datetime import UTC, date
from typing import Any, TypeAlias

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2_grpc
from zikao.enrollment.v1 import catalogue_service_pb2 as catalogue_pb

from chassis.clock import SHANGHAI
from services.enrollment.domain.catalogue import EVERYWHERE, Text, TextKind
from services.enrollment.domain.importing import CatalogueFile
from services.enrollment.mapping import catalogue as catalogues
from services.enrollment.mapping import dates
from services.enrollment.ports import Ports
from services.enrollment.servicer.answers import Answers
from services.enrollment.usecases import catalogue as operating
from services.enrollment.usecases import closing, gating, reading

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


class CatalogueServicer(catalogue_service_pb2_grpc.CatalogueServiceServicer):
    """Reading the catalogue, and the operators' work on it."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._answers = Answers()

    async def ListSchools(
        self, request: catalogue_pb.ListSchoolsRequest, context: Context
    ) -> catalogue_pb.ListSchoolsResponse:
        catalogue = await self._ports.catalogues.current()
        return self._answers.of(catalogue, request, lambda: catalogues.school_list(catalogue))

    async def ListMajors(
        self, request: catalogue_pb.ListMajorsRequest, context: Context
    ) -> catalogue_pb.ListMajorsResponse:
        catalogue = await self._ports.catalogues.current()

        def answer() -> catalogue_pb.ListMajorsResponse:
            return catalogues.major_list(catalogue, reading.majors(catalogue, request.school_code))

        return self._answers.of(catalogue, request, answer)

    async def GetPlan(self, request: catalogue_pb.GetPlanRequest, context: Context) -> catalogue_pb2.Plan:
        catalogue = await self._ports.catalogues.current()
        day = self._day(request.effective_date)

        def answer() -> catalogue_pb2.Plan:
            return catalogues.plan(catalogue, reading.plan(catalogue, request.school_code, request.major_code), day)

        return self._answers.of(catalogue, request, answer, beside=day)

    async def GetCourse(self, request: catalogue_pb.GetCourseRequest, context: Context) -> catalogue_pb2.Course:
        catalogue = await self._ports.catalogues.current()
        return catalogues.course(reading.course(catalogue, request.course_code))

    async def ListDistricts(
        self, request: catalogue_pb.ListDistrictsRequest, context: Context
    ) -> catalogue_pb.ListDistrictsResponse:
        catalogue = await self._ports.catalogues.current()
        return self._answers.of(catalogue, request, lambda: catalogues.district_list(catalogue))

    async def ListSessions(
        self, request: catalogue_pb.ListSessionsRequest, context: Context
    ) -> catalogue_pb.ListSessionsResponse:
        catalogue, now = await self._ports.catalogues.current(), self._ports.clock.now()
        states = tuple(session.state(now) for session in catalogue.sessions.values())
        return self._answers.of(catalogue, request, lambda: catalogues.session_list(catalogue, now), beside=states)

    async def GetSession(self, request: catalogue_pb.GetSessionRequest, context: Context) -> catalogue_pb2.ExamSession:
        catalogue = await self._ports.catalogues.current()
        session, now = gating.session_of(catalogue, request.session_id), self._ports.clock.now()

        def answer() -> catalogue_pb2.ExamSession:
            return catalogues.exam_session(catalogue, session, now)

        return self._answers.of(catalogue, request, answer, beside=session.state(now))

    async def ListSittings(
        self, request: catalogue_pb.ListSittingsRequest, context: Context
    ) -> catalogue_pb.ListSittingsResponse:
        catalogue = await self._ports.catalogues.current()

        def answer() -> catalogue_pb.ListSittingsResponse:
            narrowed = request.session_id, request.school_code, request.major_code, request.date
            return catalogues.sitting_list(catalogue, reading.sittings(catalogue, *narrowed))

        return self._answers.of(catalogue, request, answer)

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
        done, catalogue = await closing.close_registration(request.session_id, self._ports)
        return catalogue_pb.CloseRegistrationResponse(
            session=catalogues.exam_session(catalogue, done.session, self._ports.clock.now()),
            voided_selections=done.voided,
            reserved_selections=done.reserved,
        )

    async def CancelSession(
        self, request: catalogue_pb.CancelSessionRequest, context: Context
    ) -> catalogue_pb2.ExamSession:
        session, catalogue = await closing.cancel_session(request.session_id, request.reason, request.etag, self._ports)
        return catalogues.exam_session(catalogue, session, self._ports.clock.now())

    def _day(self, iso: str) -> date:
        return dates.day("effective_date", iso) if iso else self._ports.clock.now().astimezone(SHANGHAI).date()


def _instant(message: Timestamp) -> Any:
    return message.ToDatetime(tzinfo=UTC)
