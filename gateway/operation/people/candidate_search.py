"""Finding a candidate by exactly what they say: a number, a phone, a name with four characters, an order (OP-3)."""

from collections.abc import Sequence

from starlette.responses import Response
from zikao.identity.v1 import resources_pb2, support_service_pb2
from zikao.payment.v1 import payment_service_pb2

from chassis.errors import Refusal
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page

Candidate = resources_pb2.Candidate


async def show(page: Page, form: Form = BLANK, found: Sequence[Candidate] | None = None) -> Response:
    """The form, and whom it found."""
    return page.render("operation/people.html", form=form, found=found)


async def search(page: Page) -> Response:
    """Whoever fits; an order leads to its candidate at once. What was said stands in no address."""
    form = page.form()
    try:
        if order_id := form["order_id"].strip():
            order = await page.ask(payment_service_pb2.GetOrderRequest(order_id=order_id))
            return page.redirect(f"/operation/people/{order.candidate_id}")
        answer = await page.ask(page.fill(support_service_pb2.SearchCandidatesRequest, form))
    except Refusal as refusal:
        return await show(page, page.refused(form, refusal))
    return await show(page, form, answer.candidates)
