"""What candidates ask to have back, and what an operator makes of it (PA-14)."""

from starlette.responses import Response
from zikao.enrollment.v1 import refund_request_service_pb2

from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page


async def show(page: Page, form: Form = BLANK) -> Response:
    """The requests, those that wait first; each look is recorded (ID-19)."""
    answer = await page.ask(refund_request_service_pb2.ListRefundRequestsRequest(page_token=page.query()["page_token"]))
    return page.render(
        "operation/refund_requests.html",
        form=form,
        refused=page.params.get("selection_id", ""),
        requests=answer.requests,
        next_page_token=answer.next_page_token,
        states=refund_request_service_pb2.RefundRequest,
    )


async def decide(page: Page) -> Response:
    """Approves a request or refuses it, with words."""
    form = page.form()
    request = page.fill(refund_request_service_pb2.DecideRefundRequestRequest, form)
    return await page.submit(request, form, show, inputs={"note": f"note-{page.params['selection_id']}"})
