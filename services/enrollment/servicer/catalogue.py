"""CatalogueService: parse, call the use case, map."""

from datetime import date
from typing import Any, TypeAlias

import grpc
from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2_grpc
from zikao.enrollment.v1 import catalogue_service_pb2 as catalogue_pb

from chassis.clock import SHANGHAI
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain import catalogue_queries as queries
from services.enrollment.domain.catalogue import EVERYWHERE
from services.enrollment.domain.imports.file_rows import CatalogueFile
from services.enrollment.mapping import catalogue as mapping
from services.enrollment.mapping import dates
from services.enrollment.servicer.answer_cache import AnswerCache
from services.enrollment.usecases import catalogue_changes, session_end, session_windows

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


class CatalogueServicer(catalogue_service_pb2_grpc.CatalogueServiceServicer):
    """Reading the catalogue, and the operators' work on it."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._answers = AnswerCache()

    async def ListSchools(
        self, request: catalogue_pb.ListSchoolsRequest, context: Context
    ) -> catalogue_pb.ListSchoolsResponse:
        catalogue = await self._deps.catalogue_cache.current()
        return self._answers.of(catalogue, request, lambda: mapping.school_list(catalogue))

    async def ListMajors(
        self, request: catalogue_pb.ListMajorsRequest, context: Context
    ) -> catalogue_pb.ListMajorsResponse:
        catalogue = await self._deps.catalogue_cache.current()

        def answer() -> catalogue_pb.ListMajorsResponse:
            return mapping.major_list(catalogue, queries.majors_of(catalogue, request.school_code))

        return self._answers.of(catalogue, request, answer)

    async def GetPlan(self, request: catalogue_pb.GetPlanRequest, context: Context) -> catalogue_pb2.Plan:
        catalogue, day = await self._deps.catalogue_cache.current(), self._day(request.effective_date)

        def answer() -> catalogue_pb2.Plan:
            return mapping.plan(catalogue, queries.plan_of(catalogue, request.school_code, request.major_code), day)

        return self._answers.of(catalogue, request, answer, beside=day)

    async def GetCourse(self, request: catalogue_pb.GetCourseRequest, context: Context) -> catalogue_pb2.Course:
        catalogue = await self._deps.catalogue_cache.current()
        return mapping.course(queries.course_of(catalogue, request.course_code))

    async def ListDistricts(
        self, request: catalogue_pb.ListDistrictsRequest, context: Context
    ) -> catalogue_pb.ListDistrictsResponse:
        catalogue = await self._deps.catalogue_cache.current()
        return self._answers.of(catalogue, request, lambda: mapping.district_list(catalogue))

    async def ListSessions(
        self, request: catalogue_pb.ListSessionsRequest, context: Context
    ) -> catalogue_pb.ListSessionsResponse:
        catalogue, now = await self._deps.catalogue_cache.current(), self._deps.clock.now()
        states = tuple(session.state(now) for session in catalogue.sessions.values())
        return self._answers.of(catalogue, request, lambda: mapping.session_list(catalogue, now), beside=states)

    async def GetSession(self, request: catalogue_pb.GetSessionRequest, context: Context) -> catalogue_pb2.ExamSession:
        catalogue, now = await self._deps.catalogue_cache.current(), self._deps.clock.now()
        session = queries.session_of(catalogue, request.session_id)

        def answer() -> catalogue_pb2.ExamSession:
            return mapping.exam_session(catalogue, session, now)

        return self._answers.of(catalogue, request, answer, beside=session.state(now))

    async def ListSittings(
        self, request: catalogue_pb.ListSittingsRequest, context: Context
    ) -> catalogue_pb.ListSittingsResponse:
        catalogue = await self._deps.catalogue_cache.current()

        def answer() -> catalogue_pb.ListSittingsResponse:
            narrowed = request.session_id, request.school_code, request.major_code, request.date
            return mapping.sitting_list(catalogue, queries.sittings_of(catalogue, *narrowed))

        return self._answers.of(catalogue, request, answer)

    async def GetText(self, request: catalogue_pb.GetTextRequest, context: Context) -> catalogue_pb2.Text:
        catalogue, kind = await self._deps.catalogue_cache.current(), mapping.text_kind(request.kind)
        return mapping.text(queries.text_of(catalogue, kind, request.scope or EVERYWHERE, request.version))

    async def CreateText(self, request: catalogue_pb.CreateTextRequest, context: Context) -> catalogue_pb2.Text:
        wanted = mapping.new_text(request.text, self._deps.clock.now())
        return mapping.text(await catalogue_changes.publish_text(self._deps, wanted))

    async def ImportCatalogue(
        self, request: catalogue_pb.ImportCatalogueRequest, context: Context
    ) -> catalogue_pb.ImportCatalogueResponse:
        files = [CatalogueFile(file.name, file.content) for file in request.files]
        outcome, catalogue = await catalogue_changes.import_catalogue(self._deps, files, dry_run=request.dry_run)
        applied = not request.dry_run and not outcome.problems
        return mapping.import_report(outcome, applied=applied, etag=catalogue.etag)

    async def OpenSession(
        self, request: catalogue_pb.OpenSessionRequest, context: Context
    ) -> catalogue_pb2.ExamSession:
        shown = await session_windows.open_session(self._deps, request.session_id, request.etag)
        return mapping.shown_session(shown, self._deps.clock.now())

    async def ExtendSession(
        self, request: catalogue_pb.ExtendSessionRequest, context: Context
    ) -> catalogue_pb2.ExamSession:
        end = dates.instant(request.registration_end_time)
        cutoff = dates.instant(request.payment_cutoff_time) if request.HasField("payment_cutoff_time") else None
        shown = await session_windows.extend_session(self._deps, request.session_id, end, cutoff, request.etag)
        return mapping.shown_session(shown, self._deps.clock.now())

    async def CloseRegistration(
        self, request: catalogue_pb.CloseRegistrationRequest, context: Context
    ) -> catalogue_pb.CloseRegistrationResponse:
        done = await session_end.close_registration(self._deps, request.session_id)
        return mapping.closed_registration(done, self._deps.clock.now())

    async def CancelSession(
        self, request: catalogue_pb.CancelSessionRequest, context: Context
    ) -> catalogue_pb2.ExamSession:
        shown = await session_end.cancel_session(self._deps, request.session_id, request.reason, request.etag)
        return mapping.shown_session(shown, self._deps.clock.now())

    def _day(self, iso: str) -> date:
        return dates.day("effective_date", iso) if iso else self._deps.clock.now().astimezone(SHANGHAI).date()
