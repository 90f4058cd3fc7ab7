"""The audit logs of the services: who did what, on whom, when and why (RE-7, RE-11)."""

from typing import Final

from starlette.responses import Response
from zikao.common.v1 import audit_pb2
from zikao.identity.v1 import staff_service_pb2

from gateway.contracts.rpcs import process_of
from gateway.web.page_request import Page

Request = audit_pb2.ListAuditEntriesRequest
MOST_STAFF: Final = 200
PAGES: Final = {
    "candidate": "/operation/people/",
    "order": "/operation/orders/",
    "session": "/operation/sessions/",
    "staff": "/operation/staff/",
}
"""Where an object of a kind is shown."""


async def show(page: Page) -> Response:
    """The log of one service, oldest first: about one object, one candidate, or all."""
    asked = page.query()
    rpcs = {process_of(rpc): rpc for rpc in page.site.services.taking(Request)}
    service = asked["service"] if asked["service"] in rpcs else next(iter(rpcs))
    staff = await page.ask(staff_service_pb2.ListStaffRequest(page_size=MOST_STAFF))
    answer = await page.ask_rpc(rpcs[service], page.fill(Request, asked))
    return page.render(
        "operation/audit.html",
        asked=asked,
        service=service,
        services=[(name, name) for name in rpcs],
        entries=answer.entries,
        names={one.staff_id: one.display_name for one in staff.staff},
        pages=PAGES,
        next_page_token=answer.next_page_token,
    )
