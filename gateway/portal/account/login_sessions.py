"""The account: where it is logged in (ID-14)."""

from starlette.responses import Response
from zikao.identity.v1 import login_service_pb2

from gateway.web.page_request import Page


async def show(page: Page) -> Response:
    """The login sessions of the account."""
    answer = await page.ask(login_service_pb2.ListLoginSessionsRequest())
    return page.render("portal/account.html", login_sessions=answer.login_sessions)
