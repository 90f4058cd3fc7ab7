"""The account: where it is logged in (ID-14)."""

from starlette.responses import Response
from zikao.identity.v1 import login_service_pb2

from gateway.portal.own_candidate import own_candidate
from gateway.web.page_request import Page


async def show(page: Page) -> Response:
    """What recovers the account, and where it is logged in."""
    answer = await page.ask(login_service_pb2.ListLoginSessionsRequest())
    candidate = await own_candidate(page)
    return page.render("portal/account.html", candidate=candidate, login_sessions=answer.login_sessions)
