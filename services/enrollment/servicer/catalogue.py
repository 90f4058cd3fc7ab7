"""CatalogueService: parse, call the use case, map."""

from datetime import UTC, date
from functools import partial

from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2_grpc
from zikao.enrollment.v1 import catalogue_service_pb2 as pb

from chassis.clock import SHANGHAI
from chassis.rpc.message_mapping import day_of, instant_in
from chassis.rpc.server.rpc_handlers import Context
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain import catalogue_lookups as queries
from services.enrollment.domain.catalogue import EVERYWHERE
from services.enrollment.domain.imports.file_rows import CatalogueFile
from services.enrollment.mapping import catalogue as mapping
from services.enrollment.servicer.answer_cache import AnswerCache
from services.enrollment.usecases.administration import catalogue_changes, session_end, session_windows


class CatalogueServicer(catalogue_service_pb2_grpc.CatalogueServiceServicer):
    """Reading the catalogue, and the operators' work on it."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._answers = AnswerCache()

    async def ListSchools(self, request: pb.ListSchoolsRequest, context: Context) -> pb.ListSchoolsResponse:
        catalogue = await self._deps.catalogue_cache.current()
        return self._answers.of(catalogue, request, lambda: mapping.school_list(catalogue))

    async def ListMajors(self, request: pb.ListMajorsRequest, context: Context) -> pb.ListMajorsResponse:
        catalogue = await self._deps.catalogue_cache.current()

        def answer() -> pb.ListMajorsResponse:
            return mapping.major_list(catalogue, queries.majors_of(catalogue, request.school_code))

        return self._answers.of(catalogue, request, answer)

    async def GetPlan(self, request: pb.GetPlanRequest, context: Context) -> catalogue_pb2.Plan:
        catalogue, day = await self._deps.catalogue_cache.current(), self._day(request.effective_date)

        def answer() -> catalogue_pb2.Plan:
            return mapping.plan(catalogue, queries.plan_of(catalogue, request.school_code, request.major_code), day)

        return self._answers.of(catalogue, request, answer, beside=day)

    async def GetCourse(self, request: pb.GetCourseRequest, context: Context) -> catalogue_pb2.Course:
        catalogue = await self._deps.catalogue_cache.current()
        return mapping.course(queries.course_of(catalogue, request.course_code))

    async def ListDistricts(self, request: pb.ListDistrictsRequest, context: Context) -> pb.ListDistrictsResponse:
        catalogue = await self._deps.catalogue_cache.current()
        return self._answers.of(catalogue, request, lambda: mapping.district_list(catalogue))

    async def ListSessions(self, request: pb.ListSessionsRequest, context: Context) -> pb.ListSessionsResponse:
        catalogue, now = await self._deps.catalogue_cache.current(), self._deps.clock.now()
        states = tuple(session.state(now) for session in catalogue.sessions.values())
        return self._answers.of(catalogue, request, lambda: mapping.session_list(catalogue, now), beside=states)

    async def GetSession(self, request: pb.GetSessionRequest, context: Context) -> catalogue_pb2.ExamSession:
        catalogue, now = await self._deps.catalogue_cache.current(), self._deps.clock.now()
        session = queries.session_of(catalogue, request.session_id)
        answer = partial(mapping.exam_session, catalogue, session, now)
        return self._answers.of(catalogue, request, answer, beside=session.state(now))

    async def ListSittings(self, request: pb.ListSittingsRequest, context: Context) -> pb.ListSittingsResponse:
        catalogue = await self._deps.catalogue_cache.current()

        def answer() -> pb.ListSittingsResponse:
            narrowed = request.session_id, request.school_code, request.major_code, request.date
            return mapping.sitting_list(catalogue, queries.sittings_of(catalogue, *narrowed))

        return self._answers.of(catalogue, request, answer)

    async def GetText(self, request: pb.GetTextRequest, context: Context) -> catalogue_pb2.Text:
        catalogue, kind = await self._deps.catalogue_cache.current(), mapping.text_kind(request.kind)
        return mapping.text(queries.text_of(catalogue, kind, request.scope or EVERYWHERE, request.version))

    async def CreateText(self, request: pb.CreateTextRequest, context: Context) -> catalogue_pb2.Text:
        wanted = mapping.new_text(request.text, self._deps.clock.now())
        return mapping.text(await catalogue_changes.publish_text(self._deps, wanted))

    async def ImportCatalogue(self, request: pb.ImportCatalogueRequest, context: Context) -> pb.ImportCatalogueResponse:
        files = [CatalogueFile(file.name, file.content) for file in request.files]
        outcome, catalogue = await catalogue_changes.import_catalogue(
            self._deps, files, dry_run=request.dry_run, remove=request.remove
        )
        applied = not request.dry_run and not outcome.problems
        return mapping.import_report(outcome, applied=applied, etag=catalogue.etag)

    async def OpenSession(self, request: pb.OpenSessionRequest, context: Context) -> catalogue_pb2.ExamSession:
        shown = await session_windows.open_session(self._deps, request.session_id, request.etag)
        return mapping.shown_session(shown, self._deps.clock.now())

    async def ExtendSession(self, request: pb.ExtendSessionRequest, context: Context) -> catalogue_pb2.ExamSession:
        end, cutoff = request.registration_end_time.ToDatetime(tzinfo=UTC), instant_in(request, "payment_cutoff_time")
        shown = await session_windows.extend_session(self._deps, request.session_id, end, cutoff, request.etag)
        return mapping.shown_session(shown, self._deps.clock.now())

    async def CloseRegistration(
        self, request: pb.CloseRegistrationRequest, context: Context
    ) -> pb.CloseRegistrationResponse:
        done = await session_end.close_registration(self._deps, request.session_id)
        return mapping.closed_registration(done, self._deps.clock.now())

    async def CancelSession(self, request: pb.CancelSessionRequest, context: Context) -> catalogue_pb2.ExamSession:
        shown = await session_end.cancel_session(self._deps, request.session_id, request.reason, request.etag)
        return mapping.shown_session(shown, self._deps.clock.now())

    def _day(self, iso: str) -> date:
        return day_of("effective_date", iso) if iso else self._deps.clock.now().astimezone(SHANGHAI).date()
