"""Money on its way back to the candidate: where it stands, asking for it where the session allows that, and the
account for what cannot go back as it came (PA-6, PA-12, PA-14).
"""

import asyncio
from collections.abc import Collection, Iterable
from datetime import UTC
from typing import Final

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2, refund_request_service_pb2
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
    session, asked = await asyncio.gather(
        page.ask(catalogue_service_pb2.GetSessionRequest(session_id=order.session_id)),
        page.ask(refund_request_service_pb2.ListRefundRequestsRequest()),
    )
    names = {item.item_id: item.course_name for item in order.items}
    requests = [one for one in asked.requests if one.order_id == order.order_id]
    waits = any(one.failure_code == ROUTE_CLOSED and one.state == resources_pb2.Refund.FAILED for one in answer.refunds)
    return page.render(
        "portal/refunds.html",
        order=order,
        refunds=[(one, [names[item] for item in one.item_ids if item in names]) for one in answer.refunds],
        needs_account=waits,
        requests=requests,
        askable=_askable(page, order, session, answer.refunds, {one.selection_id for one in requests}),
        deadline=session.refund_request_deadline,
        form=form,
    )


async def request(page: Page) -> Response:
    """Asks for the fee of one course back (PA-14)."""
    form = page.form()
    return await page.submit(page.fill(refund_request_service_pb2.RequestRefundRequest, form), form, show)


async def record_account(page: Page) -> Response:
    """Records where the money goes whose way back is closed; it is then sent again by itself (PA-12)."""
    form = page.form()
    number = form["account_number"].replace(" ", "")
    request = page.fill(settlement_service_pb2.SetRefundAccountRequest, form, account_number=number)
    return await page.submit(request, form, show)


def _askable(
    page: Page,
    order: resources_pb2.Order,
    session: catalogue_pb2.ExamSession,
    refunds: Iterable[resources_pb2.Refund],
    asked_for: Collection[str],
) -> list[tuple[str, str]]:
    """The courses that may be asked for: paid, not going back, not asked for before, while the session allows it."""
    until = session.refund_request_deadline
    if order.state != resources_pb2.Order.PAID or not session.HasField("refund_request_deadline"):
        return []
    if page.now >= until.ToDatetime(tzinfo=UTC):
        return []
    gone = {item_id for one in refunds for item_id in one.item_ids}
    left = [item for item in order.items if item.item_id not in gone and item.item_id not in asked_for]
    return [(item.item_id, f"{item.course_name} {item.course_code}") for item in left]
