"""The candidate's phone and its verification by a code (ID-10)."""

import uuid

from starlette.responses import Response
from zikao.identity.v1 import candidate_service_pb2

from chassis.errors import Refusal
from gateway.portal.candidate.own_candidate import ME, own_candidate
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page


async def show(page: Page, form: Form = BLANK) -> Response:
    """The phone, and how to verify or change it."""
    return page.render(
        "portal/phone.html",
        candidate=await own_candidate(page),
        form=form,
        sent_to=form["sent_to"],
    )


async def send_code(page: Page) -> Response:
    """Sends a code to the phone."""
    form = page.form()
    try:
        await page.ask(page.fill(candidate_service_pb2.SendPhoneCodeRequest, form, candidate_id=ME))
    except Refusal as refusal:
        return await show(page, page.refused(form, refusal))
    return await show(page, Form({"request_id": str(uuid.uuid4()), "sent_to": form["phone"]}))


async def verify(page: Page) -> Response:
    """Verifies the phone by the code."""
    form = page.form()
    request = page.fill(candidate_service_pb2.VerifyPhoneRequest, form, candidate_id=ME)
    return await page.submit(request, form, show, "/")
