"""The audit logs of the services: who did what, on whom, when and why (RE-7, RE-11)."""

from starlette.responses import Response
from zikao.common.v1 import audit_pb2

from gateway.contracts.rpcs import process_of
from gateway.web.page_request import Page

Request = audit_pb2.ListAuditEntriesRequest


async def show(page: Page) -> Response:
    """The log of one service, oldest first: about one object, one candidate, or all."""
    asked = page.query()
    rpcs = {process_of(rpc): rpc for rpc in page.site.services.taking(Request)}
    service = asked["service"] if asked["service"] in rpcs else next(iter(rpcs))
    answer = await page.ask_rpc(rpcs[service], page.fill(Request, asked))
    return page.render(
        "operation/audit.html",
        asked=asked,
        service=service,
        services=[(name, name) for name in rpcs],
        entries=answer.entries,
        next_page_token=answer.next_page_token,
    )
