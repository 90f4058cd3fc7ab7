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

from chassis import paging
from chassis.context import caller, current_call, time_left
from services.payment import mapping
from services.payment.usecases import asking, notifying, operating, ordering, paying, receipts, watching
from services.payment.usecases.till import Till

Context = grpc.aio.ServicerContext

ORDERS_PAGE: Final = 20
QUEUE_PAGE: Final = 50
LAST_WORD: Final = timedelta(seconds=1)
"""Kept of a watch's deadline, so that the stream ends with OK and not with a timeout."""


class PaymentServicer(payment_service_pb2_grpc.PaymentServiceServicer):
    """Orders and their payment. SettleLateMoney, CreateRefund and ListRefunds are not served yet."""

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


class SettlementServicer(settlement_service_pb2_grpc.SettlementServiceServicer):
    """The operator's queue and the working days. Reconciliation, statements and refund batches are not served yet."""

    def __init__(self, till: Till) -> None:
        self._till = till

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
            exceptions=[mapping.exception(entry) for entry in page],
            next_page_token=paging.encode(listing, last) if more else "",
        )

    async def ResolveException(
        self, request: settlement.ResolveExceptionRequest, context: Context
    ) -> resources_pb2.Exception:
        entry = await operating.resolve_exception(
            self._till, request.exception_id, request.etag, request.note, caller()
        )
        return mapping.exception(entry)

    async def ListDayOverrides(
        self, request: settlement.ListDayOverridesRequest, context: Context
    ) -> settlement.ListDayOverridesResponse:
        known = await receipts.list_overrides(self._till, request.year or None)
        return mapping.calendar(known.overrides, known.calendar)

    async def SetDayOverrides(
        self, request: settlement.SetDayOverridesRequest, context: Context
    ) -> settlement.ListDayOverridesResponse:
        overrides, years = mapping.day_overrides(request), list(request.complete_years)
        known = await receipts.set_overrides(self._till, overrides, years)
        return mapping.calendar(known.overrides, known.calendar)


def _headers() -> dict[str, str]:
    """The headers that came with the call: metadata whose values are text."""
    call = current_call()
    return {name: value for name, value in call.metadata.items() if isinstance(value, str)} if call else {}
