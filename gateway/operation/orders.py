"""One order as an operator needs it to settle something: what is wrong and what can be done about it, items, refunds,
the timeline of its money (PA-6, PA-11, PA-12).
"""

import asyncio

from starlette.responses import Response
from zikao.payment.v1 import payment_service_pb2, resources_pb2, settlement_service_pb2

from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page


async def show(page: Page, form: Form = BLANK) -> Response:
    """The order."""
    order, timeline, refunds, waiting = await asyncio.gather(
        page.ask(page.fill(payment_service_pb2.GetOrderRequest)),
        page.ask(page.fill(payment_service_pb2.GetTimelineRequest)),
        page.ask(page.fill(payment_service_pb2.ListRefundsRequest)),
        page.ask(page.fill(settlement_service_pb2.ListExceptionsRequest)),
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


async def refresh(page: Page) -> Response:
    """Asks the platform, and settles what it says (F-17)."""
    return await page.submit(page.fill(payment_service_pb2.RefreshOrderRequest), BLANK, show)


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
