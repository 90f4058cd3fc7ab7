"""The settlement queue: what no rule settles about money, and what was done about it (PA-6, PA-8, PA-10)."""

from starlette.responses import Response
from zikao.payment.v1 import resources_pb2, settlement_service_pb2

from gateway.web.form import BLANK, Form
from gateway.web.labels.lookup import options
from gateway.web.page_request import Page

PAGE_SIZE = 30


async def show(page: Page, form: Form = BLANK) -> Response:
    """The queue, oldest first, as the filters ask."""
    asked = page.query()
    answer = await page.ask(page.fill(settlement_service_pb2.ListExceptionsRequest, asked, page_size=PAGE_SIZE))
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


async def resolve(page: Page) -> Response:
    """Marks one as dealt with, as it was when it was read."""
    form = page.form()
    return await page.submit(page.fill(settlement_service_pb2.ResolveExceptionRequest, form), form, show)
