"""The audit log of review: who did what to which case, and who looked at which image (RE-7)."""

from starlette.responses import Response
from zikao.review.v1 import review_service_pb2

from gateway.web.page_request import Page


async def show(page: Page) -> Response:
    """The log, oldest first, of one case or of all."""
    asked = page.query()
    request = review_service_pb2.ListAuditEntriesRequest(case_id=asked["case_id"], page_token=asked["page_token"])
    answer = await page.ask(request)
    return page.render(
        "operation/audit.html", asked=asked, entries=answer.entries, next_page_token=answer.next_page_token
    )
