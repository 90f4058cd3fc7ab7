"""One order as an operator needs it to settle something: what is wrong and what can be done about it, items, refunds,
the timeline of its money (PA-6, PA-11, PA-12).
"""

import asyncio
from typing import Final

from starlette.responses import Response
from zikao.payment.v1 import payment_service_pb2, resources_pb2, settlement_service_pb2

from chassis.ids import new_id
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page

Order = resources_pb2.Order
Refund = resources_pb2.Refund
LIVE: Final = frozenset({Order.CREATED, Order.AWAITING_PAYMENT, Order.SUBMITTED_TO_BANK})
PAID: Final = frozenset({Order.PAID, Order.REFUNDING, Order.REFUNDED})
ITEM: Final = "item_ids"


async def show(page: Page, form: Form = BLANK) -> Response:
    """The order."""
    order, timeline, refunds, waiting = await asyncio.gather(
        page.ask(page.fill(payment_service_pb2.GetOrderRequest)),
        page.ask(page.fill(payment_service_pb2.GetTimelineRequest)),
        page.ask(page.fill(payment_service_pb2.ListRefundsRequest)),
        page.ask(page.fill(settlement_service_pb2.ListExceptionsRequest)),
    )
    going_back = {item_id for one in refunds.refunds if one.state != Refund.FAILED for item_id in one.item_ids}
    return page.render(
        "operation/order.html",
        order=order,
        order_items=list(order.items),
        # A second press of the same form asks for the same refund (PA-14).
        refund_id=form["refund_id"] or new_id(),
        refundable=[one for one in order.items if one.item_id not in going_back] if order.state in PAID else [],
        live=order.state in LIVE,
        receipt=await _receipt(page, order),
        entries=timeline.entries,
        refunds=refunds.refunds,
        waiting=waiting.exceptions,
        kinds=resources_pb2.Exception,
        decisions=payment_service_pb2.SettleLateMoneyRequest,
        form=form,
    )


async def refresh(page: Page) -> Response:
    """Asks the platform, and settles what it says (F-17)."""
    return await page.submit(page.fill(payment_service_pb2.RefreshOrderRequest), BLANK, show)


async def cancel(page: Page) -> Response:
    """Ends an order that has not been paid, after the platform was asked (PA-3)."""
    return await page.submit(page.fill(payment_service_pb2.CancelOrderRequest), BLANK, show)


async def refund(page: Page) -> Response:
    """Gives the order or some of its courses back, with a reason (PA-14)."""
    form = page.form()
    item_ids = [value for name, value in page.typed if name == ITEM]
    if not item_ids:
        return await show(page, page.mend(form, ITEM, "请选择要退费的课程", "Choose the courses to give back"))
    request = page.fill(
        payment_service_pb2.CreateRefundRequest, form, item_ids=item_ids, reason=Refund.OPERATOR_DECISION
    )
    return await page.submit(request, form, show)


async def settle_late_money(page: Page) -> Response:
    """Decides whether money on an ended order pays it or goes back (PA-6)."""
    form = page.form()
    return await page.submit(page.fill(payment_service_pb2.SettleLateMoneyRequest, form), form, show)


async def record_account(page: Page) -> Response:
    """Records where a refund goes whose way back is closed; it is then made again by itself (PA-12)."""
    form = page.form()
    number = form["account_number"].replace(" ", "")
    request = page.fill(settlement_service_pb2.SetRefundAccountRequest, form, account_number=number)
    return await page.submit(request, form, show)


async def _receipt(page: Page, order: resources_pb2.Order) -> resources_pb2.Receipt | None:
    return await page.ask(page.fill(payment_service_pb2.GetReceiptRequest)) if order.state in PAID else None
