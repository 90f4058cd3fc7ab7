"""Paying: the undertaking, the QR code and its live state, the timeline, the receipt (PA-1, PA-4, PA-9, PA-11)."""

import asyncio
from typing import Final

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_pb2, enrollment_service_pb2
from zikao.enrollment.v1.resources_pb2 import Selection
from zikao.payment.v1 import payment_service_pb2, resources_pb2

from chassis.errors import Refusal
from chassis.ids import short_number
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page
from gateway.web.published_texts import published_text
from gateway.web.user_agents import is_phone

Order = resources_pb2.Order
UNDERTAKING: Final = catalogue_pb2.Text.REGISTRATION_UNDERTAKING
LIVE: Final = frozenset({Order.CREATED, Order.AWAITING_PAYMENT, Order.SUBMITTED_TO_BANK})
PAID: Final = frozenset({Order.PAID, Order.REFUNDING, Order.REFUNDED})
BEING_CREATED: Final = "NOT_FOUND"


async def show_all(page: Page) -> Response:
    """Every order of the candidate, the newest first."""
    answer = await page.ask(payment_service_pb2.ListOrdersRequest(candidate_id="me"))
    numbers = {one.order_id: short_number(one.order_id) for one in answer.orders}
    return page.render("portal/orders.html", orders=answer.orders, numbers=numbers)


async def show(page: Page, form: Form = BLANK, *, unanswered: bool = False) -> Response:
    """One order as it stands; one that is still being created says so and looks again by itself."""
    try:
        order = await page.ask(page.fill(payment_service_pb2.GetOrderRequest))
    except Refusal as refusal:
        if refusal.reason == BEING_CREATED:
            return page.render("portal/order_coming.html", order_id=page.params["order_id"])
        raise
    timeline, undertaking, receipt = await asyncio.gather(
        page.ask(page.fill(payment_service_pb2.GetTimelineRequest)),
        _undertaking(page, order),
        _receipt(page, order),
    )
    return page.render(
        "portal/order.html",
        order=order,
        entries=timeline.entries,
        undertaking=undertaking,
        receipt=receipt,
        form=form,
        unanswered=unanswered,
        order_items=list(order.items),
        sittings=await _sittings(page, order),
        number=short_number(order.order_id),
        on_phone=is_phone(page.request.headers.get("user-agent", "")),
        state_name=Order.State.Name(order.state),
        states=Order,
        live=order.state in LIVE,
    )


async def pay(page: Page) -> Response:
    """Accepts the undertaking in the version that was shown, and gets a QR code (PA-1)."""
    form = page.form()
    if not form["undertaking"]:
        texts = "请阅读并接受报考承诺书", "Read and accept the undertaking"
        return await show(page, page.mend(form, "undertaking", *texts))
    return await page.submit(page.fill(payment_service_pb2.PayOrderRequest, form), form, show)


async def refresh(page: Page) -> Response:
    """Asks the platform, not the local row (PA-4, F-17). When it does not answer the page says so: not knowing is no
    failure (F-18).
    """
    try:
        answer = await page.ask(page.fill(payment_service_pb2.RefreshOrderRequest))
    except Refusal as refusal:
        return await show(page, page.refused(BLANK, refusal))
    if answer.asked and not answer.provider_reachable:
        return await show(page, unanswered=True)
    return page.redirect(page.shown_path)


async def cancel(page: Page) -> Response:
    """Ends an order that has not been paid."""
    return await page.submit(page.fill(payment_service_pb2.CancelOrderRequest), BLANK, show)


async def qr(page: Page) -> Response:
    """The QR code as an image."""
    return page.file(await page.ask(page.fill(payment_service_pb2.GetOrderQrRequest)))


async def _undertaking(page: Page, order: resources_pb2.Order) -> catalogue_pb2.Text | None:
    """The undertaking to accept: nothing to accept once the QR code is there or the order has ended."""
    return await published_text(page, UNDERTAKING) if order.state == Order.CREATED else None


async def _sittings(page: Page, order: resources_pb2.Order) -> dict[str, Selection]:
    """The selections of what is paid, by their items: they say when each course is examined."""
    if order.state not in PAID:
        return {}
    request = enrollment_service_pb2.GetSessionOverviewRequest(session_id=order.session_id)
    return {one.selection_id: one for one in (await page.ask(request)).selections}


async def _receipt(page: Page, order: resources_pb2.Order) -> resources_pb2.Receipt | None:
    return await page.ask(page.fill(payment_service_pb2.GetReceiptRequest)) if order.state in PAID else None
