"""SettlementService: parse, call the use case, map."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final, TypeAlias

import grpc
from google.api.httpbody_pb2 import HttpBody
from zikao.payment.v1 import resources_pb2, settlement_service_pb2_grpc
from zikao.payment.v1 import settlement_service_pb2 as pb

from chassis.call_context import caller, time_left
from chassis.rpc.paging import Listing
from services.payment.dependencies import Dependencies
from services.payment.domain.operator_queue import QueueEntry
from services.payment.domain.reconciliation import Day, Difference, Statement
from services.payment.domain.refunds import BATCH_ORDER, Refund
from services.payment.mapping import operator_queue as queue_mapping
from services.payment.mapping import refunds as refund_mapping
from services.payment.mapping import statements as statement_mapping
from services.payment.mapping import working_days as working_day_mapping
from services.payment.usecases import operator_queue, reconciliation, refund_batches, refunds, working_days

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

LAST_WORD: Final = 1.0
"""Seconds kept of a call's deadline to say how far the work is."""


class SettlementServicer(settlement_service_pb2_grpc.SettlementServiceServicer):
    """The operator's queue, refund batches, reconciliation and the working days."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def ListExceptions(self, request: pb.ListExceptionsRequest, context: Context) -> pb.ListExceptionsResponse:
        listing: Listing[QueueEntry] = Listing((datetime, str), lambda entry: (entry.create_time, entry.exception_id))
        wanted = queue_mapping.exception_filter(request)
        page = await listing.page(request, partial(operator_queue.list_exceptions, self._deps, wanted))
        return pb.ListExceptionsResponse(
            exceptions=[queue_mapping.exception(entry) for entry in page.items], next_page_token=page.next_page_token
        )

    async def GetSettlementFigures(
        self, request: pb.GetSettlementFiguresRequest, context: Context
    ) -> pb.SettlementFigures:
        return queue_mapping.figures(await operator_queue.count_unsettled(self._deps))

    async def ResolveException(self, request: pb.ResolveExceptionRequest, context: Context) -> resources_pb2.Exception:
        entry = await operator_queue.resolve_exception(
            self._deps, request.exception_id, request.etag, request.note, caller()
        )
        return queue_mapping.exception(entry)

    async def CreateRefundBatch(
        self, request: pb.CreateRefundBatchRequest, context: Context
    ) -> resources_pb2.RefundBatch:
        return refund_mapping.batch(await refund_batches.create_batch(self._deps, request.session_id, request.note))

    async def GetRefundBatch(self, request: pb.GetRefundBatchRequest, context: Context) -> resources_pb2.RefundBatch:
        return refund_mapping.batch(await refund_batches.get_batch(self._deps, request.refund_batch_id))

    async def PauseRefundBatch(
        self, request: pb.PauseRefundBatchRequest, context: Context
    ) -> resources_pb2.RefundBatch:
        return refund_mapping.batch(await refund_batches.pause_batch(self._deps, request.refund_batch_id, request.etag))

    async def ResumeRefundBatch(
        self, request: pb.ResumeRefundBatchRequest, context: Context
    ) -> resources_pb2.RefundBatch:
        batch = await refund_batches.resume_batch(self._deps, request.refund_batch_id, request.etag)
        return refund_mapping.batch(batch)

    async def ListBatchRefunds(
        self, request: pb.ListBatchRefundsRequest, context: Context
    ) -> pb.ListBatchRefundsResponse:
        batch_id, state = request.refund_batch_id, refund_mapping.refund_state(request.state)
        listing: Listing[Refund] = Listing(
            (int, str),
            lambda one: (BATCH_ORDER[one.state], one.refund_id),
            usual_size=100,
            largest_size=1000,
        )
        page = await listing.page(request, partial(refund_batches.list_batch_refunds, self._deps, batch_id, state))
        return pb.ListBatchRefundsResponse(
            refunds=[refund_mapping.refund(refund) for refund in page.items], next_page_token=page.next_page_token
        )

    async def SetRefundAccount(
        self, request: pb.SetRefundAccountRequest, context: Context
    ) -> pb.SetRefundAccountResponse:
        account = refund_mapping.bank_account(request)
        await refunds.set_refund_account(self._deps, request.order_id, account, caller())
        return pb.SetRefundAccountResponse(order_id=request.order_id, masked_account_number=account.masked_number)

    async def ReconcileDay(self, request: pb.ReconcileDayRequest, context: Context) -> resources_pb2.Statement:
        left = time_left()
        within = None if left is None else timedelta(seconds=max(left - LAST_WORD, 0.0))
        day = statement_mapping.day(request.provider, request.date)
        return statement_mapping.statement(await reconciliation.reconcile_day(self._deps, day, within=within))

    async def GetStatement(self, request: pb.GetStatementRequest, context: Context) -> resources_pb2.Statement:
        day = statement_mapping.day(request.provider, request.date)
        return statement_mapping.statement(await reconciliation.get_statement(self._deps, day))

    async def ListStatements(self, request: pb.ListStatementsRequest, context: Context) -> pb.ListStatementsResponse:
        listing: Listing[Statement] = Listing((str, str), lambda one: (one.day.date, one.day.provider), usual_size=31)

        async def fetch(after: tuple[str, str] | None, size: int) -> Sequence[Statement]:
            last = Day(after[1], date.fromisoformat(after[0])) if after else None
            return await reconciliation.list_statements(self._deps, last, size)

        page = await listing.page(request, fetch)
        return pb.ListStatementsResponse(
            statements=[statement_mapping.statement(one) for one in page.items], next_page_token=page.next_page_token
        )

    async def ListDifferences(self, request: pb.ListDifferencesRequest, context: Context) -> pb.ListDifferencesResponse:
        day = statement_mapping.day(request.provider, request.date)
        listing: Listing[Difference] = Listing(
            (str, str, str),
            lambda one: one.position,
            usual_size=100,
            largest_size=1000,
        )
        page = await listing.page(request, partial(reconciliation.list_differences, self._deps, day))
        return pb.ListDifferencesResponse(
            differences=[statement_mapping.difference(one) for one in page.items], next_page_token=page.next_page_token
        )

    async def DownloadStatement(self, request: pb.DownloadStatementRequest, context: Context) -> HttpBody:
        day = statement_mapping.day(request.provider, request.date)
        if request.form == pb.DownloadStatementRequest.HTML:
            return statement_mapping.as_page(await reconciliation.draw_statement(self._deps, day))
        return statement_mapping.as_json(await reconciliation.get_drawn_up_statement(self._deps, day))

    async def ListDayOverrides(
        self, request: pb.ListDayOverridesRequest, context: Context
    ) -> pb.ListDayOverridesResponse:
        return working_day_mapping.known_days(await working_days.list_overrides(self._deps, request.year or None))

    async def SetDayOverrides(
        self, request: pb.SetDayOverridesRequest, context: Context
    ) -> pb.ListDayOverridesResponse:
        change = working_day_mapping.change(request)
        return working_day_mapping.known_days(await working_days.change_calendar(self._deps, change))
