"""The candidate's e-mail and its verification by a code (ID-16)."""

import uuid

from starlette.responses import Response
from zikao.identity.v1 import candidate_service_pb2

from chassis.errors import Refusal
from gateway.portal.account.sent_codes import EMAIL, SentCode, forget, recall, remember
from gateway.portal.own_candidate import ME, own_candidate
from gateway.web.form import BLANK, Form
from gateway.web.labels import done_labels
from gateway.web.page_request import Page


async def show(page: Page, form: Form = BLANK) -> Response:
    """The e-mail of the details, whether it is verified, and how it becomes so."""
    candidate = await own_candidate(page)
    return page.render(
        "portal/email.html",
        candidate=candidate,
        form=form.with_defaults({"code": "", "request_id": str(uuid.uuid4())}),
        sent=recall(page, EMAIL),
    )


async def send_code(page: Page) -> Response:
    """Sends a code to the e-mail, for the first time or again; then the page asks for it."""
    try:
        answer = await page.ask(candidate_service_pb2.SendEmailCodeRequest(candidate_id=ME))
    except Refusal as refusal:
        return await show(page, page.refused(BLANK, refusal))
    remember(page, EMAIL, SentCode(answer.masked_email), answer)
    return page.redirect("/email")


async def verify(page: Page) -> Response:
    """Verifies the e-mail by the code: from now on the password can be recovered by it."""
    form = page.form()
    try:
        await page.ask(page.fill(candidate_service_pb2.VerifyEmailRequest, form, candidate_id=ME))
    except Refusal as refusal:
        return await show(page, page.refused(form, refusal))
    forget(page, EMAIL)
    page.have_done(done_labels.EMAIL_VERIFIED)
    return page.redirect("/email")
