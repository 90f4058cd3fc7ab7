"""PaymentService and SettlementService: parse, call the use case, map."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from datetime import timedelta
from typing import Final

import grpc
from google.api.httpbody_pb2 import HttpBody
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import payment_service_pb2_grpc, resources_pb2, settlement_service_pb2_grpc
from zikao.payment.v1 import settlement_service_pb2 as settlement

from chassis.call_context import caller, current_call, time_left
from chassis.rpc import paging
from services.payment import mapping
from services.payment.domain.reconciling import Statement
from services.payment.mapping import calendar as calendar_mapping
from services.payment.mapping import queue as queue_mapping
from services.payment.mapping import refunds as refund_mapping
from services.payment.ports.refunds import BATCH_ORDER
from services.payment.servicer.statements import StatementRpcs
from services.payment.usecases import (
    asking,
    batches,
    late_money,
    notifying,
    operating,
    ordering,
    paying,
    receipts,
    refunding,
    watching,
)
from services.payment.usecases.reconciling import Reconciliation
from services.payment.usecases.till import Till

Context = grpc.aio.ServicerContext

ORDERS_PAGE: Final = 20
QUEUE_PAGE: Final = 50
REFUNDS_PAGE: Final = 100
LAST_WORD: Final = timedelta(seconds=1)
"""Kept of a watch's deadline, so that the stream ends with OK and not with a timeout."""


class PaymentServicer(payment_service_pb2_grpc.PaymentServiceServicer):
    """Orders, their payment, their refunds."""

    def __init__(
        self, till: Till, orders: mapping.OrderMapping, draw: Callable[[str], bytes], watch_lasting: timedelta
    ) -> None:
        self._till = till
        self._map = orders
        self._draw = draw
        self._watch_lasting = watch_lasting

    async def CreateOrder(self, request: pb.CreateOrderRequest, context: Context) -> resources_pb2.Order:
        return self._map.order(await ordering.create_order(self._till, mapping.new_order(request)))

    async def GetOrder(self, request: pb.GetOrderRequest, context: Context) -> resources_pb2.Order:
        return self._map.order(await ordering.get_order(self._till, request.order_id, caller()))

    async def ListOrders(self, request: pb.ListOrdersRequest, context: Context) -> pb.ListOrdersResponse:
        which, size = mapping.order_filter(request), request.page_size or ORDERS_PAGE
        listing = f"orders/{request.candidate_id}/{request.session_id}/{sorted(request.states)}"
        after = paging.decode(listing, request.page_token)
        orders = await ordering.list_orders(self._till, which, caller(), after, size + 1)
        page, more = orders[:size], len(orders) > size
        last = (page[-1].create_time.isoformat(), page[-1].order_id) if more else ()
        return pb.ListOrdersResponse(
            orders=[self._map.order(order) for order in page],
            next_page_token=paging.encode(listing, last) if more else "",
        )

    async def PayOrder(self, request: pb.PayOrderRequest, context: Context) -> resources_pb2.Order:
        return self._map.order(
            await paying.pay_order(self._till, request.order_id, request.undertaking_version, caller())
        )

    async def GetOrderQr(self, request: pb.GetOrderQrRequest, context: Context) -> HttpBody:
        content = await paying.qr_content(self._till, request.order_id, caller())
        return HttpBody(content_type="image/svg+xml", data=self._draw(content))

    async def RefreshOrder(self, request: pb.RefreshOrderRequest, context: Context) -> pb.RefreshOrderResponse:
        done = await asking.refresh_order(self._till, request.order_id, caller())
        return self._map.refreshed(done.order, asked=done.asked, reachable=done.reachable)

    async def WatchOrder(self, request: pb.WatchOrderRequest, context: Context) -> AsyncIterator[pb.WatchOrderResponse]:
        lasting, left = self._watch_lasting, time_left()
        if left is not None:
            lasting = min(lasting, timedelta(seconds=left) - LAST_WORD)
        async with aclosing(watching.watch_order(self._till, request.order_id, caller(), lasting=lasting)) as orders:
            async for order in orders:
                yield pb.WatchOrderResponse(order=self._map.order(order))

    async def CancelOrder(self, request: pb.CancelOrderRequest, context: Context) -> resources_pb2.Order:
        return self._map.order(await asking.cancel_order(self._till, request.order_id, caller()))

    async def GetTimeline(self, request: pb.GetTimelineRequest, context: Context) -> pb.GetTimelineResponse:
        timeline = await ordering.read_timeline(self._till, request.order_id, caller())
        return self._map.timeline(timeline.order, timeline.entries)

    async def GetReceipt(self, request: pb.GetReceiptRequest, context: Context) -> resources_pb2.Receipt:
        dated = await ordering.read_receipt(self._till, request.order_id, caller())
        return mapping.receipt(dated.row, dated.unpublished_year)

    async def ReceivePaymentNotification(
        self, request: pb.ReceivePaymentNotificationRequest, context: Context
    ) -> HttpBody:
        answer = await notifying.receive_notification(self._till, request.provider, request.body.data, _headers())
        return mapping.acknowledgement(answer)

    async def SettleLateMoney(self, request: pb.SettleLateMoneyRequest, context: Context) -> resources_pb2.Order:
        attach = request.decision == pb.SettleLateMoneyRequest.ATTACH
        order = await late_money.settle_late_money(self._till, request.order_id, attach=attach, who=caller())
        return self._map.order(order)

    async def CreateRefund(self, request: pb.CreateRefundRequest, context: Context) -> resources_pb2.Refund:
        asked = refund_mapping.new_refund(request)
        return refund_mapping.refund(await refunding.create_refund(self._till, asked, caller()))

    async def ListRefunds(self, request: pb.ListRefundsRequest, context: Context) -> pb.ListRefundsResponse:
        refunds = await refunding.list_refunds(self._till, request.order_id, caller())
        return pb.ListRefundsResponse(refunds=[refund_mapping.refund(refund) for refund in refunds])


class SettlementServicer(StatementRpcs, settlement_service_pb2_grpc.SettlementServiceServicer):
    """The operator's queue, refund batches, reconciliation and the working days."""

    def __init__(
        self, till: Till, reconciliation: Reconciliation, draw_statement: Callable[[Statement], bytes]
    ) -> None:
        self._till = till
        self._reconciliation = reconciliation
        self._draw_statement = draw_statement

    async def ListExceptions(
        self, request: settlement.ListExceptionsRequest, context: Context
    ) -> settlement.ListExceptionsResponse:
        size = request.page_size or QUEUE_PAGE
        listing = f"exceptions/{request.state}/{request.kind}/{request.order_id}"
        entries = await operating.list_exceptions(
            self._till,
            mapping.exception_state(request.state),
            mapping.exception_kind(request.kind),
            request.order_id or None,
            paging.decode(listing, request.page_token),
            size + 1,
        )
        page, more = entries[:size], len(entries) > size
        last = (page[-1].create_time.isoformat(), page[-1].exception_id) if more else ()
        return settlement.ListExceptionsResponse(
            exceptions=[queue_mapping.exception(entry) for entry in page],
            next_page_token=paging.encode(listing, last) if more else "",
        )

    async def ResolveException(
        self, request: settlement.ResolveExceptionRequest, context: Context
    ) -> resources_pb2.Exception:
        entry = await operating.resolve_exception(
            self._till, request.exception_id, request.etag, request.note, caller()
        )
        return queue_mapping.exception(entry)

    async def CreateRefundBatch(
        self, request: settlement.CreateRefundBatchRequest, context: Context
    ) -> resources_pb2.RefundBatch:
        return refund_mapping.batch(await batches.create_batch(self._till, request.session_id, request.note))

    async def GetRefundBatch(
        self, request: settlement.GetRefundBatchRequest, context: Context
    ) -> resources_pb2.RefundBatch:
        return refund_mapping.batch(await batches.get_batch(self._till, request.refund_batch_id))

    async def PauseRefundBatch(
        self, request: settlement.PauseRefundBatchRequest, context: Context
    ) -> resources_pb2.RefundBatch:
        return refund_mapping.batch(await batches.pause_batch(self._till, request.refund_batch_id, request.etag))

    async def ResumeRefundBatch(
        self, request: settlement.ResumeRefundBatchRequest, context: Context
    ) -> resources_pb2.RefundBatch:
        return refund_mapping.batch(await batches.resume_batch(self._till, request.refund_batch_id, request.etag))

    async def ListBatchRefunds(
        self, request: settlement.ListBatchRefundsRequest, context: Context
    ) -> settlement.ListBatchRefundsResponse:
        size, state = request.page_size or REFUNDS_PAGE, refund_mapping.refund_state(request.state)
        listing = f"batch-refunds/{request.refund_batch_id}/{request.state}"
        after = paging.decode(listing, request.page_token)
        found = await batches.list_refunds(self._till, request.refund_batch_id, state, after, size + 1)
        page, more = found[:size], len(found) > size
        last = (str(BATCH_ORDER[page[-1].state]), page[-1].refund_id) if more else ()
        return settlement.ListBatchRefundsResponse(
            refunds=[refund_mapping.refund(refund) for refund in page],
            next_page_token=paging.encode(listing, last) if more else "",
        )

    async def SetRefundAccount(
        self, request: settlement.SetRefundAccountRequest, context: Context
    ) -> settlement.SetRefundAccountResponse:
        account = refund_mapping.bank_account(request)
        await refunding.set_refund_account(self._till, request.order_id, account, caller())
        return settlement.SetRefundAccountResponse(
            order_id=request.order_id, masked_account_number=account.masked_number
        )

    async def ListDayOverrides(
        self, request: settlement.ListDayOverridesRequest, context: Context
    ) -> settlement.ListDayOverridesResponse:
        known = await receipts.list_overrides(self._till, request.year or None)
        return calendar_mapping.known_days(known.overrides, known.calendar)

    async def SetDayOverrides(
        self, request: settlement.SetDayOverridesRequest, context: Context
    ) -> settlement.ListDayOverridesResponse:
        known = await receipts.change_calendar(self._till, calendar_mapping.change(request))
        return calendar_mapping.known_days(known.overrides, known.calendar)


def _headers() -> dict[str, str]:
    """The headers that came with the call: metadata whose values are text."""
    call = current_call()
    return {name: value for name, value in call.metadata.items() if isinstance(value, str)} if call else {}
