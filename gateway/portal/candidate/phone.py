"""The candidate's phone and its verification by a code (ID-10)."""

import uuid

from starlette.responses import Response
from zikao.identity.v1 import candidate_service_pb2

from chassis.errors import Refusal
from gateway.portal.account.sent_codes import PHONE, SentCode, forget, recall, remember
from gateway.portal.own_candidate import ME, own_candidate, registers
from gateway.web.form import BLANK, Form
from gateway.web.labels import done_labels
from gateway.web.page_request import Page


async def show(page: Page, form: Form = BLANK) -> Response:
    """The phone, and how to verify or change it."""
    candidate = await own_candidate(page)
    unverified = "" if candidate.HasField("phone_verify_time") else candidate.phone
    return page.render(
        "portal/phone.html",
        candidate=candidate,
        form=form.with_defaults({"phone": unverified, "request_id": str(uuid.uuid4())}),
        sent=recall(page, PHONE),
        registers=registers(candidate),
    )


async def send_code(page: Page) -> Response:
    """Sends a code to the phone that was typed, or again where the last one went; then the page asks for it."""
    form = page.form()
    try:
        answer = await page.ask(page.fill(candidate_service_pb2.SendPhoneCodeRequest, form, candidate_id=ME))
    except Refusal as refusal:
        return await show(page, page.refused(form, refusal))
    remember(page, PHONE, SentCode(answer.masked_phone), answer)
    return page.redirect("/phone")


async def verify(page: Page) -> Response:
    """Verifies the phone by the code; whoever registers goes on to the photo."""
    form = page.form()
    try:
        await page.ask(page.fill(candidate_service_pb2.VerifyPhoneRequest, form, candidate_id=ME))
    except Refusal as refusal:
        return await show(page, page.refused(form, refusal))
    forget(page, PHONE)
    page.have_done(done_labels.PHONE_VERIFIED)
    return page.redirect("/photo" if registers(await own_candidate(page)) else "/")
