"""PracticeService: parse, call the use case, map."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Final

from zikao.enrollment.v1 import practice_service_pb2 as pb
from zikao.enrollment.v1 import practice_service_pb2_grpc, resources_pb2

from chassis.call_context import caller
from chassis.rpc.paging import Listing
from chassis.rpc.server.rpc_handlers import Context
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.practice_sittings import Collision, PracticeEntry, PracticeQuery
from services.enrollment.mapping import candidate as candidates
from services.enrollment.mapping import practice_courses as mapping
from services.enrollment.mapping.roster_files import CsvSheet, Sheet, XlsxSheet, cells
from services.enrollment.usecases import practice_administration
from services.enrollment.usecases.administration import rosters

PIECE: Final = 256 * 1024
"""Bytes of a file that are sent at once."""


class PracticeServicer(practice_service_pb2_grpc.PracticeServiceServicer):
    """What schools do with practice courses, and what operators see of a session."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def SetPracticeSitting(
        self, request: pb.SetPracticeSittingRequest, context: Context
    ) -> pb.SetPracticeSittingResponse:
        wanted = mapping.wanted_sitting(request)
        return mapping.time_set(await practice_administration.set_practice_time(self._deps, wanted, caller()))

    async def ListCollisions(self, request: pb.ListCollisionsRequest, context: Context) -> pb.ListCollisionsResponse:
        query = PracticeQuery(request.session_id, request.school_code, request.course_code)
        listing = Listing((str, str), _by_candidate)
        page = await listing.page(
            request, partial(practice_administration.list_collisions, self._deps, query, caller())
        )
        catalogue = await self._deps.catalogue_cache.current()
        return pb.ListCollisionsResponse(
            collisions=[mapping.collision(catalogue, one, query.school_code) for one in page.items],
            next_page_token=page.next_page_token,
        )

    async def ListPracticeSelections(
        self, request: pb.ListPracticeSelectionsRequest, context: Context
    ) -> pb.ListPracticeSelectionsResponse:
        state = mapping.state(request.state)
        query = PracticeQuery(request.session_id, request.school_code, request.course_code, state)
        listing = Listing((datetime, str), _by_age)
        fetch = partial(practice_administration.list_practice_selections, self._deps, query, caller())
        page = await listing.page(request, fetch)
        catalogue = await self._deps.catalogue_cache.current()
        return pb.ListPracticeSelectionsResponse(
            entries=[mapping.entry(catalogue, one) for one in page.items], next_page_token=page.next_page_token
        )

    async def ConfirmPracticePayment(
        self, request: pb.ConfirmPracticePaymentRequest, context: Context
    ) -> resources_pb2.Selection:
        confirmed = await practice_administration.confirm_practice_payment(self._deps, request.selection_id, caller())
        return candidates.shown_selection(confirmed)

    async def ImportPracticePayments(
        self, request: pb.ImportPracticePaymentsRequest, context: Context
    ) -> pb.ImportPracticePaymentsResponse:
        file = request.session_id, request.school_code, request.content
        done = await practice_administration.import_practice_payments(
            self._deps, *file, caller(), dry_run=request.dry_run
        )
        return mapping.payments_imported(done)

    async def ExportRoster(
        self, request: pb.ExportRosterRequest, context: Context
    ) -> AsyncIterator[pb.ExportRosterResponse]:
        sheet: Sheet = XlsxSheet() if request.format == pb.ExportRosterRequest.XLSX else CsvSheet()
        done = total = 0
        async for batch in rosters.export_roster(self._deps, mapping.roster_query(request)):
            done, total = done + len(batch.rows), batch.total
            content = await asyncio.to_thread(sheet.add, [cells(batch.catalogue, row) for row in batch.rows])
            yield pb.ExportRosterResponse(rows_done=done, rows_total=total, content=content)
        rest = await asyncio.to_thread(sheet.finish)
        for at in range(0, len(rest), PIECE):
            yield pb.ExportRosterResponse(rows_done=done, rows_total=total, content=rest[at : at + PIECE])

    async def GetSessionCounts(self, request: pb.GetSessionCountsRequest, context: Context) -> pb.SessionCounts:
        found = await rosters.count_selections(self._deps, request.session_id)
        return mapping.counts(request.session_id, found)


def _by_candidate(one: Collision) -> tuple[str, str]:
    return one.selection.candidate_id, one.selection.selection_id


def _by_age(one: PracticeEntry) -> tuple[datetime, str]:
    return one.selection.create_time, one.selection.selection_id
