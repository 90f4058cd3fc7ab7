"""The settlement queue: what no rule settles about money, and what was done about it (PA-6, PA-8, PA-10)."""

from starlette.responses import Response
from zikao.payment.v1 import resources_pb2, settlement_service_pb2

from gateway.web.forms import Form
from gateway.web.labels.lookup import options
from gateway.web.page import Page

PAGE_SIZE = 30


async def show(page: Page) -> Response:
    """The queue, oldest first, as the filters ask."""
    return await _queue(page, Form())


async def resolve(page: Page) -> Response:
    """Marks one as dealt with, as it was when it was read."""
    form = page.form()
    request = settlement_service_pb2.ResolveExceptionRequest(
        exception_id=page.params["exception_id"], note=form["note"], etag=form["etag"]
    )
    return await page.submit(request, form, _queue, "/operation/exceptions")


async def _queue(page: Page, form: Form) -> Response:
    asked = page.query()
    request = settlement_service_pb2.ListExceptionsRequest(
        page_size=PAGE_SIZE, page_token=asked["page_token"], order_id=asked["order_id"]
    )
    request.kind = asked.number("kind")  # type: ignore[assignment]  # the service refuses nonsense
    request.state = asked.number("state")  # type: ignore[assignment]
    answer = await page.ask(request)
    return page.render(
        "operation/exceptions.html",
        status=409 if form.wrong else 200,
        asked=asked,
        form=form,
        refused=page.params.get("exception_id", ""),
        exceptions=answer.exceptions,
        next_page_token=answer.next_page_token,
        states=resources_pb2.Exception,
        kinds=options("exception", page.language)[1:],
        queue_states=options("exception_state", page.language)[1:],
    )
