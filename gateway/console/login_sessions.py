"""Where an account is logged in, and logging out there or everywhere (ID-14)."""

from starlette.responses import Response
from zikao.identity.v1 import login_service_pb2

from gateway.web.labels import done_labels
from gateway.web.page_request import Page


async def show(page: Page) -> Response:
    """The login sessions of a member of staff."""
    answer = await page.ask(login_service_pb2.ListLoginSessionsRequest())
    return page.render("console/logins.html", login_sessions=answer.login_sessions)


async def end_one(page: Page) -> Response:
    """Ends one login session, somewhere else."""
    await page.ask(page.fill(login_service_pb2.DeleteLoginSessionRequest, page.form()))
    page.have_done(done_labels.DEVICE_LOGGED_OUT)
    return page.redirect(page.shown_path)


async def end_all(page: Page) -> Response:
    """Logs out everywhere, here too."""
    await page.ask(login_service_pb2.RevokeAllLoginSessionsRequest())
    page.log_out()
    page.have_done(done_labels.EVERYWHERE_LOGGED_OUT)
    return page.redirect("/login")
