"""PracticeService: parse, call the use case, map."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.enrollment.v1 import practice_service_pb2 as practice_pb
from zikao.enrollment.v1 import practice_service_pb2_grpc, resources_pb2

from chassis.call_context import caller
from chassis.rpc import paging
from services.enrollment.domain.practice import sitting_at
from services.enrollment.domain.selection import SelectionState
from services.enrollment.mapping import candidate as candidates
from services.enrollment.mapping import practice as mapping
from services.enrollment.mapping.sheets import CsvSheet, Sheet, XlsxSheet, cells
from services.enrollment.ports import Ports
from services.enrollment.ports.practice import PracticeQuery
from services.enrollment.usecases import practice, rosters

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

PIECE: Final = 256 * 1024
"""Bytes of a file that are sent at once."""


class PracticeServicer(practice_service_pb2_grpc.PracticeServiceServicer):
    """What schools do with practice courses, and what operators see of a session."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def SetPracticeSitting(
        self, request: practice_pb.SetPracticeSittingRequest, context: Context
    ) -> practice_pb.SetPracticeSittingResponse:
        start = _instant(request.start_time) if request.HasField("start_time") else None
        end = _instant(request.end_time) if request.HasField("end_time") else None
        wanted = sitting_at(request.session_id, request.school_code, request.course_code, start, end)
        return mapping.time_set(await practice.set_time(wanted, caller(), self._ports))

    async def ListCollisions(
        self, request: practice_pb.ListCollisionsRequest, context: Context
    ) -> practice_pb.ListCollisionsResponse:
        listing = f"collisions/{request.session_id}/{request.school_code}/{request.course_code}"
        query = _query(request, listing)
        found = await practice.collisions(query, caller(), self._ports)
        catalogue = await self._ports.catalogues.current()
        response = practice_pb.ListCollisionsResponse(
            collisions=[mapping.collision(catalogue, one, request.school_code) for one in found]
        )
        if len(found) == query.limit:
            last = found[-1].selection
            response.next_page_token = paging.encode(listing, (last.candidate_id, last.selection_id))
        return response

    async def ListPracticeSelections(
        self, request: practice_pb.ListPracticeSelectionsRequest, context: Context
    ) -> practice_pb.ListPracticeSelectionsResponse:
        listing = f"practice/{request.session_id}/{request.school_code}/{request.course_code}/{request.state}"
        query = _query(request, listing, mapping.state(request.state))
        found = await practice.selections(query, caller(), self._ports)
        catalogue = await self._ports.catalogues.current()
        response = practice_pb.ListPracticeSelectionsResponse(entries=[mapping.entry(catalogue, one) for one in found])
        if len(found) == query.limit:
            last = found[-1].selection
            response.next_page_token = paging.encode(listing, (last.create_time.isoformat(), last.selection_id))
        return response

    async def ConfirmPracticePayment(
        self, request: practice_pb.ConfirmPracticePaymentRequest, context: Context
    ) -> resources_pb2.Selection:
        entry = await practice.confirm_payment(request.selection_id, caller(), self._ports)
        return candidates.selection(await self._ports.catalogues.current(), entry.selection, entry.school_code)

    async def ImportPracticePayments(
        self, request: practice_pb.ImportPracticePaymentsRequest, context: Context
    ) -> practice_pb.ImportPracticePaymentsResponse:
        done = await practice.import_payments(
            request.session_id,
            request.school_code,
            request.content,
            caller(),
            self._ports,
            dry_run=request.dry_run,
        )
        return mapping.payments_imported(done)

    async def ExportRoster(
        self, request: practice_pb.ExportRosterRequest, context: Context
    ) -> AsyncIterator[practice_pb.ExportRosterResponse]:
        sheet: Sheet = XlsxSheet() if request.format == practice_pb.ExportRosterRequest.XLSX else CsvSheet()
        done = total = 0
        async for batch in rosters.roster(mapping.roster_query(request), self._ports):
            done, total = done + len(batch.rows), batch.total
            content = await asyncio.to_thread(sheet.add, [cells(batch.catalogue, row) for row in batch.rows])
            yield practice_pb.ExportRosterResponse(rows_done=done, rows_total=total, content=content)
        rest = await asyncio.to_thread(sheet.finish)
        for at in range(0, len(rest), PIECE):
            yield practice_pb.ExportRosterResponse(rows_done=done, rows_total=total, content=rest[at : at + PIECE])

    async def GetSessionCounts(
        self, request: practice_pb.GetSessionCountsRequest, context: Context
    ) -> practice_pb.SessionCounts:
        return mapping.counts(request.session_id, await rosters.counts(request.session_id, self._ports))


def _query(request: Any, listing: str, state: SelectionState | None = None) -> PracticeQuery:
    after = paging.decode(listing, request.page_token)
    return PracticeQuery(
        request.session_id,
        request.school_code,
        request.course_code,
        state,
        (after[0], after[1]) if after else None,
        paging.page_size(request.page_size),
    )


def _instant(message: Timestamp) -> datetime:
    return message.ToDatetime(tzinfo=UTC)
