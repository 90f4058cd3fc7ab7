"""One order as an operator needs it to settle something: what is wrong and what can be done about it, items, refunds,
the timeline of its money (PA-6, PA-11, PA-12).
"""

import asyncio

from starlette.responses import Response
from zikao.payment.v1 import payment_service_pb2, resources_pb2, settlement_service_pb2

from gateway.web.forms import Form
from gateway.web.page import Page


async def show(page: Page) -> Response:
    """The order."""
    return await _order(page, Form())


async def refresh(page: Page) -> Response:
    """Asks the platform, and settles what it says (F-17)."""
    request = payment_service_pb2.RefreshOrderRequest(order_id=page.params["order_id"])
    return await page.submit(request, Form(), _order, _path(page))


async def settle_late_money(page: Page) -> Response:
    """Decides whether money on an ended order pays it or goes back (PA-6)."""
    form = page.form()
    request = payment_service_pb2.SettleLateMoneyRequest(order_id=page.params["order_id"])
    request.decision = form.number("decision")  # type: ignore[assignment]  # the service refuses nonsense
    return await page.submit(request, form, _order, _path(page))


async def record_account(page: Page) -> Response:
    """Records where a refund goes whose way back is closed; it is then made again by itself (PA-12)."""
    form = page.form()
    request = settlement_service_pb2.SetRefundAccountRequest(
        order_id=page.params["order_id"],
        holder_name=form["holder_name"],
        account_number=form["account_number"].replace(" ", ""),
        bank_name=form["bank_name"],
    )
    return await page.submit(request, form, _order, _path(page))


async def _order(page: Page, form: Form) -> Response:
    order_id = page.params["order_id"]
    open_ones = settlement_service_pb2.ListExceptionsRequest(order_id=order_id)
    order, timeline, refunds, waiting = await asyncio.gather(
        page.ask(payment_service_pb2.GetOrderRequest(order_id=order_id)),
        page.ask(payment_service_pb2.GetTimelineRequest(order_id=order_id)),
        page.ask(payment_service_pb2.ListRefundsRequest(order_id=order_id)),
        page.ask(open_ones),
    )
    return page.render(
        "operation/order.html",
        order=order,
        order_items=list(order.items),
        entries=timeline.entries,
        refunds=refunds.refunds,
        waiting=waiting.exceptions,
        kinds=resources_pb2.Exception,
        decisions=payment_service_pb2.SettleLateMoneyRequest,
        form=form,
    )


def _path(page: Page) -> str:
    return f"/operation/orders/{page.params['order_id']}"
