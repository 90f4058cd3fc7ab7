"""PaymentService: parse, call the use case, map."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeAlias

import grpc
from google.api.httpbody_pb2 import HttpBody
from zikao.payment.v1 import payment_service_pb2 as pb
from zikao.payment.v1 import payment_service_pb2_grpc, resources_pb2

from chassis.call_context import caller, current_call, time_left
from chassis.rpc.paging import Listing
from services.payment.dependencies import Dependencies
from services.payment.domain.orders import Order
from services.payment.mapping import orders as mapping
from services.payment.mapping import refunds as refund_mapping
from services.payment.usecases import (
    late_money,
    notifications,
    order_stream,
    orders,
    payment_attempts,
    platform_queries,
    refunds,
)

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

SVG: Final = "image/svg+xml"
LAST_WORD: Final = timedelta(seconds=1)
"""Kept of a watch's deadline, so that the stream ends with OK and not with a timeout."""


class PaymentServicer(payment_service_pb2_grpc.PaymentServiceServicer):
    """Orders, their payment, their refunds."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._map = mapping.OrderMapping(deps.config.contact, deps.config.pace)

    async def CreateOrder(self, request: pb.CreateOrderRequest, context: Context) -> resources_pb2.Order:
        return self._map.order(await orders.create_order(self._deps, mapping.new_order(request)))

    async def BatchCreateOrders(
        self, request: pb.BatchCreateOrdersRequest, context: Context
    ) -> pb.BatchCreateOrdersResponse:
        asked = [mapping.new_order(one) for one in request.requests]
        return mapping.outcomes(await orders.create_orders(self._deps, asked))

    async def GetOrder(self, request: pb.GetOrderRequest, context: Context) -> resources_pb2.Order:
        return self._map.order(await orders.get_order(self._deps, request.order_id, caller()))

    async def ListOrders(self, request: pb.ListOrdersRequest, context: Context) -> pb.ListOrdersResponse:
        listing: Listing[Order] = Listing(
            (datetime, str), lambda order: (order.create_time, order.order_id), usual_size=20
        )
        which = mapping.order_filter(request)
        page = await listing.page(request, partial(orders.list_orders, self._deps, which, caller()))
        return pb.ListOrdersResponse(
            orders=[self._map.order(order) for order in page.items], next_page_token=page.next_page_token
        )

    async def PayOrder(self, request: pb.PayOrderRequest, context: Context) -> resources_pb2.Order:
        version = request.undertaking_version
        return self._map.order(await payment_attempts.pay_order(self._deps, request.order_id, version, caller()))

    async def GetOrderQr(self, request: pb.GetOrderQrRequest, context: Context) -> HttpBody:
        image = await payment_attempts.draw_qr_code(self._deps, request.order_id, caller())
        return HttpBody(content_type=SVG, data=image)

    async def RefreshOrder(self, request: pb.RefreshOrderRequest, context: Context) -> pb.RefreshOrderResponse:
        return self._map.refreshed(await platform_queries.refresh_order(self._deps, request.order_id, caller()))

    async def WatchOrder(self, request: pb.WatchOrderRequest, context: Context) -> AsyncIterator[pb.WatchOrderResponse]:
        lasting, left = self._deps.config.pace.watch, time_left()
        if left is not None:
            lasting = min(lasting, timedelta(seconds=left) - LAST_WORD)
        stream = order_stream.watch_order(
            self._deps, request.order_id, caller(), just_shown=request.just_shown, lasting=lasting
        )
        async with aclosing(stream) as changes:
            async for order in changes:
                yield pb.WatchOrderResponse(order=self._map.order(order))

    async def CancelOrder(self, request: pb.CancelOrderRequest, context: Context) -> resources_pb2.Order:
        return self._map.order(await platform_queries.cancel_order(self._deps, request.order_id, caller()))

    async def GetTimeline(self, request: pb.GetTimelineRequest, context: Context) -> pb.GetTimelineResponse:
        return self._map.timeline(await orders.get_timeline(self._deps, request.order_id, caller()))

    async def GetReceipt(self, request: pb.GetReceiptRequest, context: Context) -> resources_pb2.Receipt:
        return mapping.receipt(await orders.get_receipt(self._deps, request.order_id, caller()))

    async def ReceivePaymentNotification(
        self, request: pb.ReceivePaymentNotificationRequest, context: Context
    ) -> HttpBody:
        answer = await notifications.receive_notification(self._deps, request.provider, request.body.data, _headers())
        return mapping.acknowledgement(answer)

    async def SettleLateMoney(self, request: pb.SettleLateMoneyRequest, context: Context) -> resources_pb2.Order:
        attach = request.decision == pb.SettleLateMoneyRequest.ATTACH
        order = await late_money.settle_late_money(self._deps, request.order_id, attach=attach, who=caller())
        return self._map.order(order)

    async def CreateRefund(self, request: pb.CreateRefundRequest, context: Context) -> resources_pb2.Refund:
        asked = refund_mapping.new_refund(request)
        return refund_mapping.refund(await refunds.create_refund(self._deps, asked, caller()))

    async def ListRefunds(self, request: pb.ListRefundsRequest, context: Context) -> pb.ListRefundsResponse:
        found = await refunds.list_order_refunds(self._deps, request.order_id, caller())
        return pb.ListRefundsResponse(refunds=[refund_mapping.refund(refund) for refund in found])


def _headers() -> dict[str, str]:
    """The headers that came with the call: metadata whose values are text."""
    call = current_call()
    return {name: value for name, value in call.metadata.items() if isinstance(value, str)} if call else {}
