"""Erasing one's own account, with all that is held about oneself (ID-20)."""

from starlette.responses import Response
from zikao.identity.v1 import personal_data_service_pb2

from chassis.errors import Refusal
from gateway.portal.own_candidate import ME
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page


async def show(page: Page, form: Form = BLANK) -> Response:
    """What goes and what cannot, and the form."""
    return page.render("portal/account_erasure.html", form=form)


async def erase(page: Page) -> Response:
    """Erases the account, once its owner has said that they know it; whoever was logged in is not any more."""
    form = page.form()
    if not form["known"]:
        texts = "请确认您知道注销后不能恢复", "Confirm that you know it cannot be undone"
        return await show(page, page.mend(form, "known", *texts))
    try:
        erasure = await page.ask(personal_data_service_pb2.EraseAccountRequest(candidate_id=ME))
    except Refusal as refusal:
        return await show(page, page.refused(BLANK, refusal))
    page.log_out()
    return page.render("portal/account_erased.html", erasure=erasure)
