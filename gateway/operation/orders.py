"""One order as an operator needs it to settle something: items, refunds, the money's timeline (PA-11)."""

import asyncio

from starlette.responses import Response
from zikao.payment.v1 import payment_service_pb2

from chassis.errors import Refusal
from gateway.web.forms import Form
from gateway.web.page import Page


async def show(page: Page) -> Response:
    """The order."""
    return await _order(page, Form())


async def refresh(page: Page) -> Response:
    """Asks the platform, and settles what it says (F-17)."""
    request = payment_service_pb2.RefreshOrderRequest(order_id=page.params["order_id"])
    try:
        await page.ask(page.services.payment.RefreshOrder, request)
    except Refusal as refusal:
        return await _order(page, Form().refused(refusal, page.language))
    return page.redirect(f"/operation/orders/{page.params['order_id']}")


async def _order(page: Page, form: Form) -> Response:
    order_id = page.params["order_id"]
    order, timeline, refunds = await asyncio.gather(
        page.ask(page.services.payment.GetOrder, payment_service_pb2.GetOrderRequest(order_id=order_id)),
        page.ask(page.services.payment.GetTimeline, payment_service_pb2.GetTimelineRequest(order_id=order_id)),
        page.ask(page.services.payment.ListRefunds, payment_service_pb2.ListRefundsRequest(order_id=order_id)),
    )
    return page.render(
        "operation/order.html",
        status=400 if form.wrong else 200,
        order=order,
        order_items=list(order.items),
        entries=timeline.entries,
        refunds=refunds.refunds,
        form=form,
    )
