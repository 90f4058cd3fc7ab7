"""Money on its way back to the candidate: where it stands, and the account for what cannot go back as it came (PA-6,
PA-12).
"""

import asyncio
from typing import Final

from starlette.responses import Response
from zikao.payment.v1 import payment_service_pb2, resources_pb2, settlement_service_pb2

from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page

ROUTE_CLOSED: Final = "ROUTE_CLOSED"


async def show(page: Page, form: Form = BLANK) -> Response:
    """The refunds of an order."""
    order, answer = await asyncio.gather(
        page.ask(page.fill(payment_service_pb2.GetOrderRequest)),
        page.ask(page.fill(payment_service_pb2.ListRefundsRequest)),
    )
    names = {item.item_id: item.course_name for item in order.items}
    waits = any(one.failure_code == ROUTE_CLOSED and one.state == resources_pb2.Refund.FAILED for one in answer.refunds)
    return page.render(
        "portal/refunds.html",
        order=order,
        refunds=[(one, [names[item] for item in one.item_ids if item in names]) for one in answer.refunds],
        needs_account=waits,
        form=form,
    )


async def record_account(page: Page) -> Response:
    """Records where the money goes whose way back is closed; it is then sent again by itself (PA-12)."""
    form = page.form()
    number = form["account_number"].replace(" ", "")
    request = page.fill(settlement_service_pb2.SetRefundAccountRequest, form, account_number=number)
    return await page.submit(request, form, show)
