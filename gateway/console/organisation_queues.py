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
        form=_at_its_case(page, form),
        queues=queues.figures,
        cases=cases.cases,
        next_page_token=cases.next_page_token,
    )


async def reopen(page: Page) -> Response:
    """Gives a case one more submission, with the reason that was typed."""
    form = page.form()
    request = page.fill(review_service_pb2.ReopenCaseRequest, form)
    typed = _at_its_case(page, form)
    return await page.submit(request, typed, show, "/operation/reviews", {"reason": _place(page)})


def _at_its_case(page: Page, form: Form) -> Form:
    """The form with its reason where it was typed: every case on the page asks for one."""
    return form.with_defaults({_place(page): form["reason"]}) if "case_id" in page.params else form


def _place(page: Page) -> str:
    return f"reason-{page.params['case_id']}"
