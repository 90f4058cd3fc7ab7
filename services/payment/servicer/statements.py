"""The RPCs of SettlementService about reconciliation: parse, call the use case, map."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

import grpc
from google.api.httpbody_pb2 import HttpBody
from zikao.payment.v1 import resources_pb2
from zikao.payment.v1 import settlement_service_pb2 as settlement

from chassis.call_context import time_left
from chassis.rpc import paging
from services.payment.domain.reconciling import Day, Statement
from services.payment.mapping import statements as mapping
from services.payment.usecases.reconciling import Reconciliation

Context = grpc.aio.ServicerContext

STATEMENTS_PAGE: Final = 31
DIFFERENCES_PAGE: Final = 100
LISTING: Final = "statements"
LAST_WORD: Final = 1.0
"""Seconds kept of a call's deadline to say how far the work is."""


class StatementRpcs:
    """What reconciles, and shows statements."""

    _reconciliation: Reconciliation
    _draw_statement: Callable[[Statement], bytes]

    async def ReconcileDay(self, request: settlement.ReconcileDayRequest, context: Context) -> resources_pb2.Statement:
        left = time_left()
        within = None if left is None else timedelta(seconds=max(left - LAST_WORD, 0.0))
        day = mapping.day(request.provider, request.date)
        return mapping.statement(await self._reconciliation.reconcile(day, within=within))

    async def GetStatement(self, request: settlement.GetStatementRequest, context: Context) -> resources_pb2.Statement:
        return mapping.statement(await self._reconciliation.read(mapping.day(request.provider, request.date)))

    async def ListStatements(
        self, request: settlement.ListStatementsRequest, context: Context
    ) -> settlement.ListStatementsResponse:
        size = request.page_size or STATEMENTS_PAGE
        after = paging.decode(LISTING, request.page_token)
        position = Day(after[1], date.fromisoformat(after[0])) if after else None
        found = await self._reconciliation.listed(position, size + 1)
        page, more = found[:size], len(found) > size
        last = (page[-1].day.date.isoformat(), page[-1].day.provider) if more else ()
        return settlement.ListStatementsResponse(
            statements=[mapping.statement(one) for one in page],
            next_page_token=paging.encode(LISTING, last) if more else "",
        )

    async def ListDifferences(
        self, request: settlement.ListDifferencesRequest, context: Context
    ) -> settlement.ListDifferencesResponse:
        size, listing = request.page_size or DIFFERENCES_PAGE, f"differences/{request.provider}/{request.date}"
        after = paging.decode(listing, request.page_token)
        position = (after[0], after[1], after[2]) if after else None
        day = mapping.day(request.provider, request.date)
        found = await self._reconciliation.differences(day, position, size + 1)
        page, more = found[:size], len(found) > size
        last = (page[-1].out_trade_no, page[-1].out_refund_no, page[-1].kind.value) if more else ()
        return settlement.ListDifferencesResponse(
            differences=[mapping.difference(one) for one in page],
            next_page_token=paging.encode(listing, last) if more else "",
        )

    async def DownloadStatement(self, request: settlement.DownloadStatementRequest, context: Context) -> HttpBody:
        said = await self._reconciliation.drawn(mapping.day(request.provider, request.date))
        if request.form == settlement.DownloadStatementRequest.HTML:
            return mapping.as_page(self._draw_statement(said))
        return mapping.as_json(said)
