"""The queues of all organisations for operators, and the cases that they may reopen (RE-9, RE-10)."""

import asyncio

from starlette.responses import Response
from zikao.review.v1 import review_service_pb2

from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page


async def show(page: Page, form: Form = BLANK) -> Response:
    """What waits where, and the cases whose last submission was rejected."""
    exhausted = page.fill(review_service_pb2.ListExhaustedCasesRequest, page.query())
    queues, cases = await asyncio.gather(page.ask(review_service_pb2.ListReviewFiguresRequest()), page.ask(exhausted))
    return page.render(
        "console/organisation_queues.html",
        form=form,
        queues=queues.figures,
        cases=cases.cases,
        next_page_token=cases.next_page_token,
    )


async def reopen(page: Page) -> Response:
    """Gives a case one more submission, with the reason that was typed."""
    form = page.form()
    place = f"reason-{page.params['case_id']}"
    typed = Form({place: form["reason"]})
    request = page.fill(review_service_pb2.ReopenCaseRequest, form)
    return await page.submit(request, typed, show, "/operation/reviews", {"reason": place})
